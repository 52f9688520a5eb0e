"""A run's events as figures by epoch: what a tracker of numbers shows; pure.

What belongs to an epoch is told together when the epoch is over, each figure once, so that an interrupted epoch leaves
nothing half told.

Example:
    >>> figures = Figures()
    >>> done = EvaluationFinished(
    ...     epoch=0, split="train", parameters="p", mean=0.25, scored=4, rollouts=4, usage=Usage()
    ... )
    >>> figures.take(done), [tuple(one) for one in figures.take(StepStarted(epoch=1, parameters="p", history=""))]
    ((), [('train.mean', 0.25, 0, False), ('train.loss', 0.75, 0, False), ('best.loss', 0.75, 0, False)])
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

from toolwright.events import (
    EpochFinished,
    EvaluationFinished,
    Event,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from toolwright.functions import FunctionSet
from toolwright.messages import Usage
from toolwright.parameters import Parameters

BY_EPOCH: Final = ("train", "validation")


class Figure(NamedTuple):
    """One number.

    Attributes:
        name: What it is.
        value: The number.
        step: The epoch it belongs to, from 0.
        final: Whether it is of the whole run; a run that goes on after its end may come to another.
    """

    name: str
    value: float
    step: int
    final: bool = False


class Figures:
    """Takes a run's events in, and gives the figures each completes."""

    def __init__(self) -> None:
        self._open: defaultdict[int, dict[str, float]] = defaultdict(dict)
        self._told = -1
        self._test: dict[str, float] = {}
        self._start = ""
        self.accepted: list[int] = []

    def take(self, event: Event) -> tuple[Figure, ...]:
        """The figures that are complete with this event; () for most."""
        match event:
            case RunStarted(start=start):
                self._start = Parameters(functions=FunctionSet(functions=start)).digest
            case EvaluationFinished() if event.scored == event.rollouts:
                self._evaluated(event)
            case StepStarted():
                return self._tell(event.epoch - 1)
            case StepFinished():
                self._add(event.epoch, "actions.admitted", event.actions)
                self._add(event.epoch, "actions.refused", event.refused)
            case EpochFinished():
                self._ended(event)
                return self._tell(event.epoch)
            case RunFinished():
                return (*self._tell(self._told + 1), *self._last(event))
            case _:
                pass
        return ()

    def _evaluated(self, event: EvaluationFinished) -> None:
        """Keeps a mean; with more repeats for a later candidate's sake, an epoch that was told is not told again."""
        if event.split == "test":
            self._test[event.parameters] = event.mean
        elif event.split in BY_EPOCH and event.epoch > self._told:
            self._open[event.epoch] |= {f"{event.split}.mean": event.mean, f"{event.split}.loss": 1 - event.mean}

    def _add(self, epoch: int, name: str, count: int) -> None:
        self._open[epoch][name] = self._open[epoch].get(name, 0) + count

    def _ended(self, event: EpochFinished) -> None:
        self._open[event.epoch] |= {"best.loss": event.best, "accepted": float(event.accepted)}
        if event.accepted:
            self.accepted.append(event.epoch)

    def _tell(self, epoch: int) -> tuple[Figure, ...]:
        """An epoch's figures, the first time they are asked for; the starting set is the best of epoch 0."""
        if epoch <= self._told or epoch not in self._open:
            return ()
        self._told, found = epoch, self._open.pop(epoch)
        if epoch == 0:
            found["best.loss"] = found.get("train.loss", 1.0)
        return tuple(Figure(name, value, epoch) for name, value in found.items())

    def _last(self, event: RunFinished) -> tuple[Figure, ...]:
        ends = {"test.before": self._test.get(self._start), "test.after": self._test.get(event.best)}
        known = {name: value for name, value in ends.items() if value is not None}
        return tuple(
            Figure(name, value, max(self._told, 0), final=True)
            for name, value in {**known, **used(event.usage, "total")}.items()
        )


def used(usage: Mapping[str, Usage], prefix: str) -> dict[str, float]:
    """What each role used as figures; dollars only where every price is known."""
    found: dict[str, float] = {}
    for role, one in usage.items():
        found |= {f"{prefix}.{role}.requests": one.requests, f"{prefix}.{role}.tokens": one.tokens}
        if one.dollars is not None:
            found[f"{prefix}.{role}.dollars"] = one.dollars
    return found
