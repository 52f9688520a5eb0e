"""The evaluations of a run in outline: all that tables and tallies need of them, read once and kept.

What was said and returned stays in the store, where it is read when somebody opens it (`trajectories`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from toolwright.errors import RunError
from toolwright.evaluations import Evaluation, Result
from toolwright.runs.evaluations import KeptEvaluation
from toolwright.runs.store import RunStore

PART: Final = 50
"""Rollouts in one document of trajectories; a task's repeats are never apart."""


@dataclass(frozen=True)
class Outline:
    """One evaluation.

    Attributes:
        kept: Which one it is.
        results: By place; None where the run's record of it is damaged.
        fault: What is damaged, "" where nothing is.
    """

    kept: KeptEvaluation
    results: tuple[Result | None, ...]
    fault: str = ""

    @cached_property
    def evaluation(self) -> Evaluation:
        """The evaluation of those that can be read."""
        kept = self.kept
        results = tuple(result for result in self.results if result is not None)
        return Evaluation(
            parameters=kept.parameters, tasks=kept.tasks, split=kept.split, results=results, stopped=kept.stopped
        )

    @cached_property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """The places, first and past, of each document of its trajectories."""
        starts = [0]
        for place, (before, here) in enumerate(zip(self.results, self.results[1:], strict=False), start=1):
            if place - starts[-1] >= PART and not _same_task(before, here):
                starts.append(place)
        ends = [*starts[1:], len(self.results)]
        return tuple(zip(starts, ends, strict=True)) if self.results else ()


def _same_task(one: Result | None, other: Result | None) -> bool:
    return one is not None and other is not None and one.trajectory.task_id == other.trajectory.task_id


class Outlines:
    """The outlines of a run's evaluations; one that did not change is not read again."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._read: dict[KeptEvaluation, Outline] = {}

    def all(self) -> list[Outline]:
        """One for each evaluation, in the order they were kept first."""
        kept = self._store.kept_evaluations()
        self._read = {one: self._read.get(one) or self._outline(one) for one in kept}
        return list(self._read.values())

    def evaluations(self) -> list[tuple[int, Evaluation]]:
        """The evaluations with their epochs, as figures are made of them.

        Raises:
            RunError: A rollout of one is damaged.
        """
        outlines = self.all()
        if fault := next((one.fault for one in outlines if one.fault), ""):
            raise RunError(f"the run database {self._store.path} is damaged: {fault}")
        return [(one.kept.epoch, one.evaluation) for one in outlines]

    def _outline(self, kept: KeptEvaluation) -> Outline:
        results: list[Result | None] = []
        faults: list[RunError] = []
        for result in until_broken(self._store.outlines(kept.event)):
            results.append(None if isinstance(result, RunError) else result)
            if isinstance(result, RunError):
                faults.append(result)
        fault = f"{len(faults)} of {kept.results} rollouts cannot be read: {faults[0]}" if faults else ""
        return Outline(kept, tuple(results), fault)


def until_broken(results: Iterable[Result | RunError]) -> Iterable[Result | RunError]:
    """The results, and in the end the error where the file itself is broken there."""
    try:
        yield from results
    except RunError as error:
        yield RunError(str(error))  # without its traceback, which would hold the cursor open
