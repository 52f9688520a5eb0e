"""A run's record as the documents of its tasks read it: evaluations in outline, what was asked, what the gate decided.

What is damaged is passed over, so that the rest can be shown; each rollout that cannot be read says why.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, repeat

from toolwright.errors import RunError
from toolwright.evaluations import Result
from toolwright.events import GateDecided, TaskSetGiven
from toolwright.report.page.outlines import Outline, Outlines, until_broken
from toolwright.report.page.tasks import Tasks
from toolwright.report.page.trajectories import asked_in
from toolwright.runs.store import RunStore
from toolwright.tasks import Task


class Record:
    """Reads a run; what was read once is not read again.

    Attributes:
        decisions: The gate's by epoch, its last where it looked several times; "start" of the starting set.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._outlines = Outlines(store)
        self._ordinal = 0
        self._given: dict[str, dict[str, Task]] = {}
        self._asked: dict[str, dict[str, Task]] = {}
        self.decisions = {0: "start"}

    @property
    def tasks(self) -> Tasks:
        """What was asked, by split and task id."""
        return self._asked | self._given

    def outlines(self) -> list[Outline]:
        """The evaluations as the run stands now, in the order they were kept first."""
        self._follow()
        outlines = self._outlines.all()
        for outline in outlines:
            if outline.kept.split not in self.tasks:
                self._asked[outline.kept.split] = self._asked_in(outline)
        return outlines

    def rollouts(self, outline: Outline, part: int) -> Iterator[tuple[Result, str]]:
        """A part of an evaluation's rollouts, those that cannot be read in outline and with the reason."""
        first, past = outline.parts[part]
        read = list(until_broken(self._store.results(outline.kept.event, first, past)))
        for known, result in zip(outline.results[first:past], chain(read, repeat(read[-1])), strict=False):
            if isinstance(result, RunError):
                if known is not None:
                    yield known, f"the messages and calls cannot be read: {result}"
            elif known is not None:
                yield result, ""

    def _follow(self) -> None:
        """Takes the events since the last time; those behind a damaged one cannot be read, as the overview says."""
        with suppress(RunError):
            for timed in self._store.events(self._ordinal):
                self._ordinal = timed.ordinal
                if isinstance(timed.event, TaskSetGiven):
                    self._given.setdefault(timed.event.split, {}).update({task.id: task for task in timed.event.tasks})
                elif isinstance(timed.event, GateDecided):
                    self.decisions[timed.event.epoch] = timed.event.decision

    def _asked_in(self, outline: Outline) -> dict[str, Task]:
        """What the tasks of an evaluation asked, of a run that did not tell."""
        parts = range(len(outline.parts))
        rollouts = (result.trajectory for part in parts for result, _ in self.rollouts(outline, part))
        asked = {trajectory.task_id: asked_in(trajectory.messages) for trajectory in rollouts}
        return {task: Task(id=task, question=question) for task, question in asked.items() if question}
