"""Which proposal of an epoch went on: of equal ones the first, whichever of them ended first."""

import itertools
from pathlib import Path

import pytest

from toolwright.events import (
    ActionAdmitted,
    EpochFinished,
    Event,
    GateDecided,
    ProposalsScreened,
    StepFinished,
    StepStarted,
)
from toolwright.report.proposals import came_to, epoch_decisions
from toolwright.report.unfinished import figures_so_far
from toolwright.runs.folder import RunFolder


def epoch(candidates: dict[int, str], ended: tuple[int, ...], chosen: str = "") -> list[Event]:
    """An accepted epoch: each proposal's candidate, and the order in which the conversations ended."""
    begun = [StepStarted(epoch=1, proposal=n, parameters="incumbent", history="") for n in sorted(candidates)]
    actions = [
        ActionAdmitted(epoch=1, proposal=n, action="add_function", function=f"f{n}", reason="")
        for n, candidate in candidates.items()
        if candidate != "incumbent"
    ]
    finished = [
        StepFinished(epoch=1, proposal=n, candidate=candidates[n], actions=1, refused=0, end="terminated")
        for n in ended
    ]
    scores = dict.fromkeys(candidates.values(), 0.5)
    screened = [ProposalsScreened(epoch=1, tasks=1, scores=scores, chosen=chosen, requests=1)] if chosen else []
    decided = GateDecided(epoch=1, decision="accept", reason="", incumbent=0, candidate=1)
    last = EpochFinished(epoch=1, loss=0, best=0, accepted=True, without_acceptance=0)
    return [*begun, *actions, *finished, *screened, decided, last]


@pytest.mark.parametrize("chosen", ["", "same"])
@pytest.mark.parametrize("ended", list(itertools.permutations(range(3))))
def test_of_equal_candidates_the_first_proposal_went_on(tmp_path: Path, ended: tuple[int, ...], chosen: str) -> None:
    candidates = {0: "other" if chosen else "incumbent", 1: "same", 2: "same"}
    events = epoch(candidates, ended, chosen)
    decision = epoch_decisions(events)[1]
    assert [came_to(decision, n) for n in (1, 2)] == ["accepted", "not chosen"]
    with RunFolder.create(tmp_path, "equal") as folder:
        for event in events:
            folder.store.emit(event)
        (shown,) = figures_so_far(folder).epochs
    assert [action.function for action in shown.actions] == ["f1"]
