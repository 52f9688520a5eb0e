"""Evaluations in a run folder of their own, beside a training or without one, that go on where they were broken off.

Example:
    async with side_run(named(work, "evaluation"), tests) as machine:
        evaluation = await evaluated(machine, parameters, tests)
    took_in(work.runs / "evaluation").usage
"""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from toolwright.evaluations import Evaluation
from toolwright.experiments.methods.work import CellWork
from toolwright.machine import Machine, new_run, running
from toolwright.messages import Usage
from toolwright.origin import digests_of
from toolwright.parameters import Parameters
from toolwright.parts import Parts
from toolwright.runs.folder import RunFolder, holds_run
from toolwright.runs.store import RunStore
from toolwright.tasks import TaskSet
from toolwright.training.state import check_complete
from toolwright.training.trainer import Splits

TRAINING: Final = "training"
"""The name of a training's run, which others lie beside."""


class Took(NamedTuple):
    """What runs took, over all their sessions; of an evaluation, the minutes in which a rollout was under way."""

    usage: Usage
    minutes: float

    def with_more(self, other: "Took") -> "Took":
        """Both, one after the other."""
        return Took(self.usage + other.usage, self.minutes + other.minutes)


NOTHING: Final = Took(Usage(), 0.0)


def named(work: CellWork, name: str) -> Parts:
    """The parts of a cell for its run of that name."""
    return replace(work.parts(), name=name)


def begun(path: Path) -> bool:
    """Whether a run is there to go on with; what is left of a creation that was broken off holds nothing, and goes."""
    if holds_run(path):
        return True
    if path.is_dir():
        shutil.rmtree(path)
    return False


@asynccontextmanager
async def side_run(parts: Parts, tasks: TaskSet, beside: Took = NOTHING) -> AsyncGenerator[Machine]:
    """Opens the run `parts.name`, made where it is not there, to evaluate in it.

    Args:
        parts: What is run; `parts.runs` must be a folder.
        tasks: What is evaluated on.
        beside: What the cell took outside this run, which counts against its limits, too.

    Raises:
        ToolwrightError: The run cannot be opened, or what it needs cannot be started.
    """
    if parts.runs is None:
        raise ValueError("a side run is kept; give its parts a folder")
    path, digests = parts.runs / parts.name, digests_of(parts, Splits(train=tasks))
    there = begun(path)
    spent = took_in(path).with_more(beside) if there else beside
    run = RunFolder.open(path, "evaluation") if there else new_run(parts, digests, "evaluation")
    async with running(parts, run, digests) as machine:
        machine.ledger.restore({"agent": spent.usage}, spent.minutes)
        yield machine


async def evaluated(machine: Machine, parameters: Parameters, tasks: TaskSet) -> Evaluation:
    """Evaluates parameters on test tasks, asking nothing that the run holds.

    Raises:
        Ended: The provider or the budget left a task without a score; what was scored is kept.
        ToolwrightError: As the message says.
    """
    evaluation = await machine.evaluator.evaluate(parameters, tasks, "test")
    check_complete(evaluation)
    return evaluation


def took_in(path: Path) -> Took:
    """What the evaluations in a run took, whatever came of them; nothing where there is no run.

    Raises:
        RunError: The run is damaged.
    """
    if not holds_run(path):
        return NOTHING
    with RunFolder.read(path) as folder:
        usage = sum(folder.store.usage(None).values(), Usage())
        return Took(usage, minutes_of(folder.store))


def minutes_of(store: RunStore) -> float:
    """Minutes in which a rollout of an evaluation was under way: so a pause between two sessions is none of it."""
    seconds, until = 0.0, (0, 0.0)
    for session, begin, end in sorted(store.rollouts_under_way()):
        before = until[1] if until[0] == session else 0.0
        seconds += max(0.0, end - max(begin, before))
        until = (session, max(end, before))
    return seconds / 60
