"""What happened to functions, replayed from a run's events as training applied it; pure.

    RunStarted.start ─► incumbent ─► candidate of each proposal ─► incumbent, where the gate accepted it
                            ▲          actions admitted, refused          │ else rolled back
                            └─────────────────────────────────────────────┘

Example:
    history = replayed(events, accepted=lambda epoch: None)
    [(change.epoch, change.name, change.happened, change.came_to) for change in history.changes]
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from toolwright.events import (
    ActionAdmitted,
    ActionRefused,
    EpochFinished,
    Event,
    GateDecided,
    RunStarted,
    StepStarted,
    TriedCall,
)
from toolwright.functions import Function, FunctionSet
from toolwright.report.documents.functions.values import Happened
from toolwright.report.proposals import CameTo, EpochDecision, came_to, epoch_decisions

MAX_REFUSED: Final = 1_000
"""Refusals that are told; one reply of a model can hold any number."""

NOT_KEPT: Final = "the run is of an older version of Toolwright, which kept the source of accepted functions only"

UNREAD: Final = "the run holds no function for it; the optimizer's step has it as it was written"
"""Of a refused action: what was proposed is in the reply alone."""

Accepted = Callable[[int], FunctionSet | None]
"""The functions an epoch was accepted with, as the run's folder has them; None where it does not."""


class Change(NamedTuple):
    """One thing that happened to a function.

    Attributes:
        name: Of the function.
        epoch: When; 0 for the starting set.
        proposal: Which of the epoch's.
        happened: What.
        came_to: Whether it stayed.
        reason: As the optimizer stated it.
        refusal: Why it was refused, "" where it was not.
        function: As it entered, or was proposed; None where none was, or it is not known.
        before: What it took the place of, or was to; None where that is nothing, or not known.
        tried: The calls admission made.
        missing: Why the function is not known, "" where it is.
    """

    name: str
    epoch: int
    happened: Happened
    came_to: CameTo
    proposal: int = 0
    reason: str = ""
    refusal: str = ""
    function: Function | None = None
    before: Function | None = None
    tried: tuple[TriedCall, ...] = ()
    missing: str = ""


class History(NamedTuple):
    """A run's changes in order, the names in the best set now, and how many refusals were left out."""

    changes: tuple[Change, ...]
    best: tuple[str, ...]
    left_out: int


_Set = dict[str, Function | None]
"""A function set by name, in order; None where a function is not known."""


def replayed(events: Sequence[Event], accepted: Accepted) -> History:
    """Replays a training's events.

    Args:
        events: Of the run's training, in order, each told once; they may end anywhere.
        accepted: What is known of accepted epochs besides, for events that do not hold their functions.
    """
    replay = _Replay(epoch_decisions(events), accepted)
    for event in events:
        replay.take(event)
    return History(tuple(replay.changes), tuple(replay.incumbent), replay.left_out)


class _Replay:
    """The state of a replay: the incumbent, every proposal's candidate, and the changes so far."""

    def __init__(self, decided: dict[int, EpochDecision], accepted: Accepted) -> None:
        self.incumbent: _Set = {}
        self.changes: list[Change] = []
        self.left_out = 0
        self._decided, self._accepted = decided, accepted
        self._candidates: dict[tuple[int, int], _Set] = {}
        self._applied: set[int] = set()
        self._refused = 0
        self._started = False

    def take(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._start(event)
            case StepStarted():
                self._candidates[event.epoch, event.proposal] = dict(self.incumbent)
            case ActionAdmitted():
                self._admit(event)
            case ActionRefused():
                self._refuse(event)
            case GateDecided():
                if event.decision == "accept":
                    self._accept(event.epoch)
            case EpochFinished():
                if event.accepted:
                    self._accept(event.epoch)
            case _:
                pass

    def _start(self, event: RunStarted) -> None:
        if self._started:  # told again, as by a run that goes on with other settings
            return
        self._started = True
        start = event.start or _functions(self._accepted(0))
        self.incumbent = {function.name: function for function in start}
        self.changes += [
            Change(function.name, epoch=0, happened="start", came_to="accepted", function=function)
            for function in start
        ]

    def _candidate(self, event: ActionAdmitted | ActionRefused) -> _Set:
        return self._candidates.setdefault((event.epoch, event.proposal), dict(self.incumbent))

    def _admit(self, event: ActionAdmitted) -> None:
        candidate, name = self._candidate(event), event.function
        before, there = candidate.get(name), name in candidate
        removed = event.proposed is None and event.action == "remove_function"
        if removed:
            candidate.pop(name, None)
        else:
            candidate[name] = event.proposed
        self.changes.append(
            Change(
                name,
                epoch=event.epoch,
                proposal=event.proposal,
                happened="removed" if removed else "revised" if there else "added",
                came_to=came_to(self._decided.get(event.epoch), event.proposal),
                reason=event.reason,
                function=event.proposed,
                before=before,
                tried=event.tried,
                missing="" if removed or event.proposed is not None else NOT_KEPT,
            )
        )

    def _refuse(self, event: ActionRefused) -> None:
        if not event.function:  # a reply without an action: the step has it
            return
        self._refused += 1
        if self._refused > MAX_REFUSED:
            self.left_out += 1
            return
        self.changes.append(
            Change(
                event.function,
                epoch=event.epoch,
                proposal=event.proposal,
                happened="refused",
                came_to="refused",
                reason=event.stated,
                refusal=event.reason,
                function=event.proposed,
                before=self._candidate(event).get(event.function) if event.proposed else None,
                tried=event.tried,
                missing="" if event.proposed or event.action == "remove_function" else UNREAD,
            )
        )

    def _accept(self, epoch: int) -> None:
        decided = self._decided.get(epoch)
        if epoch in self._applied or decided is None or decided.proposal is None:
            return
        self._applied.add(epoch)
        self.incumbent = self._candidates.get((epoch, decided.proposal), self.incumbent)
        if None in self.incumbent.values():
            self._complete(epoch, decided.proposal)

    def _complete(self, epoch: int, proposal: int) -> None:
        """Takes what the events do not hold from the folder of the accepted epoch."""
        known = {function.name: function for function in _functions(self._accepted(epoch))}
        self.incumbent = {name: known.get(name, function) for name, function in self.incumbent.items()}
        for place in reversed(range(len(self.changes))):
            change = self.changes[place]
            if (
                (change.epoch, change.proposal) == (epoch, proposal)
                and change.missing
                and change.happened != "refused"
                and change.name in known
            ):
                self.changes[place] = change._replace(function=known.pop(change.name), missing="")


def _functions(functions: FunctionSet | None) -> tuple[Function, ...]:
    return functions.functions if functions is not None else ()
