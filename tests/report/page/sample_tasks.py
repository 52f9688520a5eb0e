"""The sample run's tasks by evaluations, and the rollouts of each."""

from typing import Final

from toolwright.messages import AssistantMessage, SystemMessage, ToolCall, ToolMessage, Usage, UserMessage
from toolwright.report.documents import Cell, Column, RolloutView, TaskRow, TasksDocument, TrajectoriesDocument
from toolwright.trajectories import Call, Outcome

TASKS: Final = {
    "train": tuple(f"train/{n}" for n in range(6)),
    "validation": tuple(f"validation/{n}" for n in range(4)),
    "test": ("test/0", "test/1"),
}
_DECISIONS: Final = ("start", "accept", "reject", "accept", "none", "accept", "")


def tasks_document() -> TasksDocument:
    """Twelve tasks and sixteen evaluations, of which one lost its trajectories and one was stopped by a race."""
    columns = _columns()
    rows = tuple(
        TaskRow(
            id=task,
            split=split,
            question=f"What is half of {2 * n + 7}?",
            target=f"{n + 3.5}",
            cells={place: _cell(n, column) for place, column in enumerate(columns) if column.split == split},
        )
        for split, ids in TASKS.items()
        for n, task in enumerate(ids)
    )
    return TasksDocument(columns=columns, tasks=rows)


def trajectories_document(event: int, part: int) -> TrajectoriesDocument:
    """Two repeats of each task of the evaluation in this part."""
    column = next(column for column in _columns() if column.event == event)
    ids = [task for n, task in enumerate(TASKS[column.split]) if _cell(n, column).part == part]
    return TrajectoriesDocument(rollouts=tuple(_rollout(task, repeat, event) for task in ids for repeat in (0, 1)))


def _columns() -> tuple[Column, ...]:
    evaluated = [(epoch, split) for epoch in (0, 1, 2, 3, 5, 6) for split in ("train", "validation")]
    evaluated += [(0, "test"), (5, "test")]
    return tuple(
        Column(
            event=10 * (place + 1),
            epoch=epoch,
            split=split,
            decision=_DECISIONS[epoch],
            parameters=f"{epoch:032x}",
            mean=0.25 + 0.1 * epoch,
            parts=2 if split == "train" else 1,
            stopped="the gate could not accept it any more" if (epoch, split) == (2, "validation") else "",
            missing="its trajectories are damaged" if (epoch, split) == (3, "validation") else "",
        )
        for place, (epoch, split) in enumerate(evaluated)
    )


def _cell(n: int, column: Column) -> Cell:
    missing = column.stopped and n > 1
    return Cell(
        score=None if missing else (0.0, 0.5, 1.0)[(n + column.epoch) % 3],
        part=1 if column.parts > 1 and n > 2 else 0,
        calls=n + 1,
        end="provider" if missing else "answer",
    )


def _rollout(task: str, repeat: int, event: int) -> RolloutView:
    asked = ToolCall(id="c1", name="solve_linear", arguments='{"a": 7, "note": "half\\nof it"}')
    broken = ToolCall(id="c2", name="parse_fraction", arguments='{"text": ')
    return RolloutView(
        task=task,
        repeat=repeat,
        question="What is half of 7?\nAnswer with a number.",
        target={"number": 3.5, "unit": "m"},
        messages=(
            SystemMessage(text="Answer the question."),
            UserMessage(text="What is half of 7?\nAnswer with a number."),
            AssistantMessage(text="I call two functions.", calls=(asked, broken)),
            ToolMessage(call_id="c1", name="solve_linear", text="3.5"),
            ToolMessage(call_id="c2", name="parse_fraction", text="error: the arguments are not valid JSON"),
            AssistantMessage(text=f"The answer is 3.5 (evaluation {event})."),
        ),
        calls=(
            Call(
                turn=0,
                index=0,
                kind="function",
                name="solve_linear",
                arguments={"a": 7},
                outcome=Outcome(status="ok", result=3.5, stdout="halving", seconds=0.012),
            ),
            Call(
                turn=0,
                index=1,
                kind="function",
                name="parse_fraction",
                arguments=None,
                outcome=Outcome(status="refused", error="the arguments are not valid JSON"),
            ),
        ),
        offered=("parse_fraction", "solve_linear"),
        answer="3.5",
        end="answer",
        usage=Usage(requests=2, input_tokens=1800, output_tokens=120, dollars=0.0021),
        seconds=3.2,
        score=0.5 if repeat else 1.0,
        why="the number is right, the unit is missing",
        details={"expected": 3.5, "tolerance": "1e-6"},
        shortened="one message lost 400 characters" if repeat else "",
    )
