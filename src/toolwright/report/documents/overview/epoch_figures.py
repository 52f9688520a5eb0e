"""The figures of the curves, epoch by epoch: means with their intervals, what was used, how long it took.

Example:
    curves = Curves()  # kept, it reads no evaluation twice
    curves.figures(folder.store, outlines, figures.epochs, told)
"""

from collections.abc import Iterator, Sequence
from typing import Final

from toolwright.messages import Usage
from toolwright.report.documents.event_fold import EventFold
from toolwright.report.documents.outlines import Outline
from toolwright.report.documents.overview.values import EpochFigures
from toolwright.runs.store import RunStore
from toolwright.training.intervals import Interval, interval_of
from toolwright.training.result import EpochRecord

_END: Final = 2**62
_APART: Final = "test"
"""What call sites of the sealed test are for: what it used belongs to no epoch."""


class Curves:
    """Reads epochs' figures, and remembers what cannot change: means of an evaluation, what an ended epoch used."""

    def __init__(self) -> None:
        self._intervals: dict[tuple[int, int, int], Interval | None] = {}
        self._spent: dict[int, dict[str, Usage]] = {}

    def figures(
        self, store: RunStore, outlines: Sequence[Outline], records: Sequence[EpochRecord], told: EventFold
    ) -> Iterator[EpochFigures]:
        """Each ended epoch's figures.

        Args:
            store: The run's.
            outlines: Its evaluations.
            records: The epochs.
            told: What its events tell.
        """
        known = {(one.kept.epoch, one.kept.split): one for one in reversed(outlines)}  # later ones are of later batches
        for record in records:
            number = record.epoch
            train, validation = (self._interval(known.get((number, split)), told) for split in ("train", "validation"))
            yield EpochFigures(
                epoch=number,
                decision=record.decision,
                reason=record.reason,
                train=train,
                validation=validation,
                best=told.best.get(number, record.train if number == 0 else None),
                minutes=store.minutes_at(told.ends[number]) if number in told.ends else 0.0,
                spent=self._used(store, number, told),
                actions=told.actions[number],
                refused=told.refused[number],
            )

    def _interval(self, outline: Outline | None, told: EventFold) -> Interval | None:
        """An evaluation's interval, on the repeats that every candidate is evaluated with first."""
        if outline is None:
            return None
        kept = outline.kept
        rollouts = told.rollouts.get(kept.split, 0)
        known = (kept.event, kept.results, rollouts)  # the gate may buy more repeats of it
        if known not in self._intervals:
            self._intervals[known] = _interval(outline, rollouts)
        return self._intervals[known]

    def _used(self, store: RunStore, epoch: int, told: EventFold) -> dict[str, Usage]:
        """What an epoch used: from its first step to the next one's, the starting set's from the run's beginning."""
        if epoch in self._spent:
            return self._spent[epoch]
        later = [place for number, place in told.steps.items() if number > epoch]
        first = told.steps.get(epoch, _END) if epoch else 0
        spent = store.usage_between(first, min(later, default=_END), _APART)
        if later:
            self._spent[epoch] = spent
        return spent


def _interval(outline: Outline, rollouts: int) -> Interval | None:
    evaluation = outline.evaluation
    if outline.fault or not evaluation.results or not evaluation.complete:
        return None
    tasks = len(evaluation.scores_by_task())
    return interval_of(evaluation.first(max(1, rollouts // tasks)) if rollouts else evaluation)
