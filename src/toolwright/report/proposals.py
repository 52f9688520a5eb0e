"""What became of each proposal of a run, from its events; pure.

Example:
    decided = epoch_decisions(events)
    came_to(decided.get(3), proposal=1)
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from toolwright.events import EpochFinished, Event, GateDecided, ProposalsScreened, StepFinished, StepStarted

CameTo = Literal["accepted", "rolled back", "refused", "pending", "not chosen"]
"""What an action came to: "pending" before the gate has decided, "not chosen" where another proposal was."""


class EpochDecision(NamedTuple):
    """How an epoch was decided.

    Attributes:
        accepted: Whether its candidate was; None before the gate has decided.
        proposal: Which proposal was the candidate; None before that is known.
        changed: Whether the candidate differed from the incumbent.
    """

    accepted: bool | None
    proposal: int | None
    changed: bool


class _Epoch:
    """What an epoch's events said."""

    def __init__(self) -> None:
        self.before: set[str] = set()
        self.candidates: dict[int, str] = {}
        self.chosen = ""
        self.accepted: bool | None = None

    def take(self, event: Event) -> None:
        match event:
            case StepStarted():
                self.before.add(event.parameters)
            case StepFinished():
                self.candidates[event.proposal] = event.candidate
            case ProposalsScreened():
                self.chosen = event.chosen
            case GateDecided():  # an undecided look may be followed by another
                self.accepted = {"accept": True, "reject": False}.get(event.decision)
            case EpochFinished():
                self.accepted = event.accepted
            case _:
                pass

    def decision(self) -> EpochDecision:
        if self.chosen:
            changed = [proposal for proposal, digest in self.candidates.items() if digest == self.chosen]
        else:
            changed = [proposal for proposal, digest in self.candidates.items() if digest not in self.before]
        known = bool(self.chosen) or self.accepted is not None
        return EpochDecision(self.accepted, min(changed, default=0) if known else None, bool(changed))


def epoch_decisions(events: Iterable[Event]) -> dict[int, EpochDecision]:
    """How each epoch that has a step was decided, by epoch."""
    epochs: dict[int, _Epoch] = {}
    for event in events:
        if isinstance(event, StepStarted):
            epochs.setdefault(event.epoch, _Epoch())
        epoch = getattr(event, "epoch", None)
        if epoch in epochs:
            epochs[epoch].take(event)
    return {number: epoch.decision() for number, epoch in epochs.items()}


def came_to(decision: EpochDecision | None, proposal: int) -> CameTo:
    """What an admitted action of a proposal came to."""
    if decision is None or decision.proposal is None:
        return "pending"
    if decision.changed and proposal != decision.proposal:
        return "not chosen"
    if decision.accepted is None:
        return "pending"
    return "accepted" if decision.accepted else "rolled back"
