"""Runs written by hand for the page's tests: what a training keeps, step by step, without one.

Example:
    with new_run(tmp_path) as run:
        run.evaluate(0, [0.0, 1.0])
        run.documents().read("tasks")
"""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support import sums
from toolwright.evaluations import Evaluation, Result, Score
from toolwright.events import (
    EpochFinished,
    EvaluationFinished,
    EvaluationStarted,
    GateDecided,
    RunStarted,
    task_set_given,
)
from toolwright.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, Usage, UserMessage
from toolwright.report.page.source import RunDocuments
from toolwright.runs.folder import RunFolder
from toolwright.tasks import Task, TaskSet
from toolwright.trajectories import Call, Outcome, Trajectory

RUN = "by-hand"


class HandMade:
    """A run that is being written."""

    def __init__(self, folder: RunFolder, tasks: TaskSet) -> None:
        self.folder, self.tasks = folder, tasks

    def start(self) -> None:
        """The training's first events."""
        sizes: dict[str, Any] = {"train": len(self.tasks), "validation": 0, "test": 0, "epochs": 3}
        self.folder.store.emit(RunStarted(run=RUN, **sizes, sandbox="confined", agent="react", models={"agent": "m"}))
        self.folder.store.emit(task_set_given("train", self.tasks))

    def evaluate(self, epoch: int, scores: Sequence[float | None], split: str = "train", **fields: Any) -> int:
        """Keeps an evaluation of the first tasks, one score each; returns its event."""
        results = [made(task, score, epoch=epoch) for task, score in zip(self.tasks.tasks, scores, strict=False)]
        return self.keep(epoch, results, split, **fields)

    def keep(self, epoch: int, results: Sequence[Result], split: str = "train", stopped: str = "") -> int:
        """Keeps an evaluation of those results, with its events."""
        store, parameters = self.folder.store, f"{epoch:032x}"
        evaluation = Evaluation(
            parameters=parameters, tasks=self.tasks.digest, split=split, results=tuple(results), stopped=stopped
        )
        about: dict[str, Any] = {"epoch": epoch, "split": split, "parameters": parameters, "rollouts": len(results)}
        store.emit(EvaluationStarted(**about))
        store.emit(EvaluationFinished(**about, mean=evaluation.mean, scored=len(results), usage=Usage()))
        store.keep_evaluation(evaluation, epoch)
        return store.kept_evaluations()[-1].event

    def decide(self, epoch: int, decision: Any) -> None:
        """The gate's decision, and the epoch's end."""
        self.folder.store.emit(
            GateDecided(epoch=epoch, decision=decision, reason="so it is", incumbent=0.5, candidate=0.5)
        )
        accepted = decision == "accept"
        ended: dict[str, Any] = {
            "loss": 0.5,
            "best": 0.5,
            "accepted": accepted,
            "without_acceptance": int(not accepted),
        }
        self.folder.store.emit(EpochFinished(epoch=epoch, **ended))

    def documents(self) -> RunDocuments:
        """The page's documents of the run, as it is."""
        return RunDocuments(self.folder)


@contextmanager
def new_run(root: Path, tasks: TaskSet | None = None, *, started: bool = True) -> Generator[HandMade]:
    """A run in a folder, with the first events of a training."""
    with RunFolder.create(root, RUN) as folder:
        run = HandMade(folder, tasks or sums(4))
        if started:
            run.start()
        yield run


def made(task: Task, score: float | None, *, epoch: int = 0, repeat: int = 0, **fields: Any) -> Result:
    """A rollout with a call and an answer."""
    trajectory: dict[str, Any] = {
        "task_id": task.id,
        "repeat": repeat,
        "parameters": f"{epoch:032x}",
        "offered": ("add",),
        "messages": said(task, f"epoch {epoch}, repeat {repeat}"),
        "calls": (_CALL,),
        "answer": "128",
        **fields,
    }
    scored = None if score is None else Score(value=score, reason="compared", details={"expected": task.target})
    return Result(trajectory=Trajectory.model_validate(trajectory), score=scored)


def said(task: Task, answer: str) -> tuple[Message, ...]:
    """A conversation."""
    return (
        SystemMessage(text="Answer."),
        UserMessage(text=task.text),
        AssistantMessage(calls=(ToolCall(id="c", name="add", arguments='{"a": 37, "b": 91}'),), provider={"signed": 1}),
        ToolMessage(call_id="c", name="add", text="128"),
        AssistantMessage(text=f"128, in {answer}"),
    )


def change(run: Path, statement: str) -> None:
    """Damages the run's database."""
    database = sqlite3.connect(run / "run.sqlite")
    with database:
        assert database.execute(statement).rowcount
    database.close()


_CALL = Call(
    turn=0,
    index=0,
    kind="function",
    name="add",
    arguments={"a": 37, "b": 91},
    outcome=Outcome(status="ok", result=128, seconds=0.25),
)
