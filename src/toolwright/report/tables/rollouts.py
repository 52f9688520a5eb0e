"""The tables of rollouts: one row a task, evaluation and repeat; and one a call of theirs."""

from collections.abc import Iterator
from typing import Final

from toolwright.evaluations import Evaluation, Result
from toolwright.report.documents.outlines import Outlines
from toolwright.report.documents.shortening import encodable
from toolwright.report.tables.table import USAGE, Kind, Row, Table, as_text, usage_values
from toolwright.runs.folder import RunFolder
from toolwright.trajectories import Call

_WHICH: Final[dict[str, Kind]] = {
    "epoch": "int64",
    "split": "string",
    "task": "string",
    "repeat": "int64",
    "again": "bool",
}


def _rollouts(folder: RunFolder) -> Iterator[tuple[Row, Evaluation, Result]]:
    """Every rollout with the values that say which it is."""
    last = {key: place for place, (_, one) in enumerate(Outlines(folder.store).evaluations()) for key in _samples(one)}
    for place, (epoch, evaluation) in enumerate(folder.store.evaluations()):
        for result, key in zip(evaluation.results, _samples(evaluation), strict=True):
            task, repeat = encodable(result.trajectory.task_id), result.trajectory.repeat
            yield (epoch, encodable(evaluation.split), task, repeat, last.get(key, 0) > place), evaluation, result


def _samples(evaluation: Evaluation) -> list[tuple[str, str, str, str, int]]:
    """Which sample each result is: an evaluation with more repeats holds those before it again."""
    about = (evaluation.parameters, evaluation.tasks, evaluation.split)
    return [(*about, one.trajectory.task_id, one.trajectory.repeat) for one in evaluation.results]


def _tasks(folder: RunFolder) -> Iterator[Row]:
    for which, evaluation, result in _rollouts(folder):
        trajectory, score = result.trajectory, result.score
        yield (
            *which,
            evaluation.parameters,
            score.value if score else None,
            encodable(score.reason) if score else None,
            None if trajectory.answer is None else encodable(trajectory.answer),
            trajectory.end,
            encodable(trajectory.error),
            len(trajectory.calls),
            *usage_values(trajectory.usage),
            trajectory.seconds,
        )


def _calls(folder: RunFolder) -> Iterator[Row]:
    for which, _, result in _rollouts(folder):
        for call in result.trajectory.calls:
            yield (*which, *_call(call))


def _call(call: Call) -> Row:
    outcome = call.outcome
    return (
        call.turn,
        call.index,
        call.kind,
        encodable(call.name),
        None if call.arguments is None else as_text(call.arguments),
        outcome.status,
        as_text(outcome.result) if outcome.ok else None,
        encodable(outcome.error),
        outcome.seconds,
    )


TASKS: Final = Table(
    columns={
        **_WHICH,
        "parameters": "string",
        "score": "float64",
        "why": "string",
        "answer": "string",
        "end": "string",
        "error": "string",
        "calls": "int64",
        **USAGE,
        "seconds": "float64",
    },
    rows=_tasks,
)

CALLS: Final = Table(
    columns={
        **_WHICH,
        "turn": "int64",
        "index": "int64",
        "kind": "string",
        "name": "string",
        "arguments": "string",
        "status": "string",
        "result": "string",
        "error": "string",
        "seconds": "float64",
    },
    rows=_calls,
)
