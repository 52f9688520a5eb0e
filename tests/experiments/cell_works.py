"""Cells of a small experiment on the simulated endpoint, as a method is given them.

The optimizer first proposes a function that turns a word around, then the right one; the tasks want the seal of a word,
the word turned around, or what no function returns, so that every set of functions has a score of its own.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import JsonValue

from simulated_endpoint import SimulatedEndpoint, question, seal
from support import StubSandbox, strip_times
from toolwright.config.schema import Agent, Config, Kind, Models, Run, Training
from toolwright.events import Event, ModelReplied
from toolwright.experiments.matrix import Method
from toolwright.experiments.methods.work import CellWork, MethodRunner, Other
from toolwright.experiments.records import CellKey, CellRecord
from toolwright.functions import Function
from toolwright.models.ledger import Limits
from toolwright.models.spec import ModelSpec
from toolwright.protocols import EventSink
from toolwright.sync import run_sync
from toolwright.tasks import Task, TaskSet
from toolwright.training.trainer import Splits
from toolwright.trajectories import Outcome

NEVER = "what nobody returns"


def tasks(name: str, *, right: int, turned: int = 0, never: int = 0) -> TaskSet:
    """So many tasks that want a word's seal, the word turned around, and what no function returns."""
    words = [f"{name}word{number}" for number in range(right + turned + never)]
    targets = [seal(word) for word in words[:right]] + [word[::-1] for word in words[right : right + turned]]
    targets += [NEVER] * never
    return TaskSet(
        name=name,
        tasks=tuple(
            Task(id=f"{name}-{number}", question=question(word), target=target)
            for number, (word, target) in enumerate(zip(words, targets, strict=True))
        ),
    )


TRAIN = tasks("train", right=3, never=1)
TEST = tasks("test", right=3, turned=1, never=1)
ELSEWHERE = tasks("elsewhere", right=1, never=3)


def computed(function: Function, arguments: dict[str, JsonValue]) -> Outcome:
    """What the optimizer's functions return, without a process."""
    word = str(arguments["word"])
    return Outcome(status="ok", result=seal(word) if "hashlib" in function.source else word[::-1])


class Sealing(StubSandbox):
    """A sandbox that knows both functions."""

    def __init__(self) -> None:
        super().__init__(computed)

    def packages(self) -> dict[str, str]:
        return {"hashlib": ""}


def config(endpoint: SimulatedEndpoint | str, folder: Path, **changes: Any) -> Config:
    """A cell's configuration; one request at a time, so that what is broken off has all its replies in the journal."""
    url = endpoint if isinstance(endpoint, str) else endpoint.url
    model: dict[str, Any] = {"base_url": url, "attempts": 1, "retry_wait": 0.01, "outage_minutes": 0.001}
    return Config.model_validate(
        {
            "models": Models(
                agent=ModelSpec(model="agent", concurrency=1, **model),
                optimizer=ModelSpec(model="optimizer", concurrency=1, **model),
            ),
            "scorer": Kind(kind="exact"),
            "training": Training(epochs=4),
            "run": Run(folder=str(folder)),
            **changes,
        }
    )


def work(endpoint: SimulatedEndpoint | str, folder: Path, *, method: Method | None = None, **changes: Any) -> CellWork:
    """A cell's work; `changes` are of its configuration, but for these, which are the work's."""
    own = {name: changes.pop(name) for name in ("curve", "others", "events", "splits") if name in changes}
    given: dict[str, Any] = {"splits": Splits(train=TRAIN, test=TEST), "sandbox": Sealing(), **own}
    return CellWork(
        key=CellKey(domain="seals", agent="plain", model="simulated", method="trained"),
        digest="d",
        method=method or Method(),
        config=config(endpoint, folder, **changes),
        base=Path(),
        **given,
    )


def elsewhere(**agent: Any) -> Other:
    """Another domain, whose answers may be written in capitals."""
    loud = tuple(task.model_copy(update={"target": str(task.target).upper()}) for task in ELSEWHERE.tasks)
    scorer = Kind.model_validate({"kind": "exact", "casefold": True})
    return Other(tasks=ELSEWHERE.model_copy(update={"tasks": loud}), agent=Agent(**agent), scorer=scorer)


def limited(work: CellWork, requests: int) -> Config:
    """The work's configuration with so many requests to use."""
    return work.config.model_copy(update={"limits": Limits(requests=requests)})


def timeless(record: CellRecord) -> dict[str, JsonValue]:
    """A record without times."""
    fields = record.model_dump(mode="json")
    return {name: strip_times(value) for name, value in fields.items() if not name.endswith("minutes")}


@dataclass(frozen=True)
class Clean:
    """A cell that nothing disturbed, and how many requests it took."""

    work: CellWork
    record: CellRecord
    asked: int

    @classmethod
    def of(cls, endpoint: SimulatedEndpoint, given: CellWork, runner: MethodRunner) -> Self:
        before = asked(endpoint)
        record = run_sync(runner.run(given))
        return cls(given, record, asked(endpoint) - before)


def asked(endpoint: SimulatedEndpoint) -> int:
    """How many requests it got so far."""
    return endpoint.counts().get("requests", 0)


class Killer:
    """Kills its own process after so many replies, each of which is in the journal by then."""

    def __init__(self, after: int) -> None:
        self.left = after

    def emit(self, event: Event) -> None:
        if isinstance(event, ModelReplied):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def killed_after(replies: int, run: Callable[[EventSink], object]) -> bool:
    """Calls `run` in a process of its own that kills itself; whether it did, or came to the end before."""
    process = multiprocessing.get_context("fork").Process(target=run, args=(Killer(replies),))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0
