"""A run's record as its documents read it: evaluations in outline, what its events tell, what was asked.

What is damaged is passed over, so that the rest can be shown; each rollout that cannot be read says why.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, repeat

from toolwright.errors import RunError
from toolwright.evaluations import Result
from toolwright.report.documents.event_fold import EventFold
from toolwright.report.documents.outlines import Outline, Outlines, until_broken
from toolwright.report.documents.tasks.building import Tasks
from toolwright.report.documents.tasks.trajectories import asked_in
from toolwright.runs.store import RunStore
from toolwright.tasks import Task


class Record:
    """Reads a run; what was read once is not read again.

    Args:
        store: The run's, open for reading; used by one thread at a time.

    Attributes:
        store: The run's.
        outlines: Its evaluations in outline.
        told: What its events told when somebody followed them last.
    """

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.outlines = Outlines(store)
        self.told = EventFold()
        self._asked: dict[str, dict[str, Task]] = {}

    def tasks(self) -> Tasks:
        """What was asked, by split and task id, as the run stands now."""
        self._follow()
        for outline in self.outlines.all():
            split = outline.kept.split
            if split not in self.told.tasks and split not in self._asked:
                self._asked[split] = self._asked_in(outline)
        return self._asked | self.told.tasks

    def decisions(self) -> dict[int, str]:
        """The gate's by epoch, as the run stands now; "start" of the starting set."""
        self._follow()
        return self.told.decisions

    def rollouts(self, outline: Outline, part: int) -> Iterator[tuple[Result, str]]:
        """A part of an evaluation's rollouts, those that cannot be read in outline and with the reason."""
        first, past = outline.parts[part]
        read = list(until_broken(self.store.results(outline.kept.event, first, past)))
        for known, result in zip(outline.results[first:past], chain(read, repeat(read[-1])), strict=False):
            if isinstance(result, RunError):
                if known is not None:
                    yield known, f"the messages and calls cannot be read: {result}"
            elif known is not None:
                yield result, ""

    def _follow(self) -> None:
        """Takes the events since the last time; those behind a damaged one cannot be read, as the overview says."""
        with suppress(RunError):
            self.told.follow(self.store)

    def _asked_in(self, outline: Outline) -> dict[str, Task]:
        """What the tasks of an evaluation asked, of a run that did not tell."""
        parts = range(len(outline.parts))
        rollouts = (result.trajectory for part in parts for result, _ in self.rollouts(outline, part))
        asked = {trajectory.task_id: asked_in(trajectory.messages) for trajectory in rollouts}
        return {task: Task(id=task, question=question) for task, question in asked.items() if question}
