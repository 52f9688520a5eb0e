"""The gate's looks: while it is undecided, both sides get more repeats, up to the gate's limit."""

from collections.abc import Sequence
from typing import cast

from loops import MemoryKeeper, StubEvaluator, numbered, train

from support import Events, sums
from toolwright.evaluations import Evaluation
from toolwright.events import GateDecided
from toolwright.parameters import Parameters
from toolwright.protocols import Verdict
from toolwright.training.contest import Contests
from toolwright.training.evaluate import Evaluator
from toolwright.training.trainer import Splits

TRAIN, VALIDATION = sums(4), sums(4, start=4)


class Looking:
    """Undecided until it has seen so many repeats, then decides as told; remembers what it was shown."""

    def __init__(self, wanted: int, decision: str) -> None:
        self._wanted, self._decision = wanted, decision
        self.seen: list[tuple[int, int]] = []

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        self.seen.append((incumbent.repeats, candidate.repeats))
        if candidate.repeats < self._wanted:
            return Verdict(decision="undecided", reason="too close", repeats=candidate.repeats + 2, noise=0.1)
        return Verdict.model_validate({"decision": self._decision, "reason": "seen enough", "p_value": 0.04})


def halves(parameters: Parameters, split: str) -> Sequence[float]:
    return [0.5] * 4


async def test_an_undecided_gate_buys_repeats_of_both_sides_and_looks_again():
    evaluator, keeper, events, gate = StubEvaluator(halves), MemoryKeeper(), Events(), Looking(5, "accept")
    ring = Contests(cast("Evaluator", evaluator), gate, keeper, events, train=TRAIN, validation=VALIDATION)
    incumbent = await ring.evaluated(numbered(0), 0)
    decided = await ring.held(incumbent, numbered(1), 3, 0)
    assert gate.seen == [(1, 1), (3, 3), (5, 5)]
    assert [look.decision for look in decided.looks] == ["undecided", "undecided", "accept"]
    assert (decided.accepted, decided.incumbent.gated.repeats, decided.candidate.gated.repeats) == (True, 5, 5)
    told = events.of(GateDecided)
    assert [(event.decision, event.repeats) for event in told] == [("undecided", 1), ("undecided", 3), ("accept", 5)]
    assert (told[0].noise, told[2].p_value) == (0.1, 0.04)
    assert [(epoch, each.split) for epoch, each in keeper.evaluations[-2:]] == [(0, "validation"), (3, "validation")]


async def test_only_what_the_gate_reads_is_sampled_again():
    evaluator, gate = StubEvaluator(halves), Looking(3, "reject")
    ring = Contests(cast("Evaluator", evaluator), gate, MemoryKeeper(), Events(), train=TRAIN, validation=VALIDATION)
    decided = await ring.held(await ring.evaluated(numbered(0), 0), numbered(1), 1, 0)
    assert [split for _, split in evaluator.asked] == ["train", "validation"] * 2 + ["validation"] * 2
    assert decided.candidate.train.repeats == 1


async def test_the_next_candidate_is_compared_on_as_many_repeats_as_it_has():
    gate = Looking(3, "reject")
    trained = await train(halves, [numbered(1), numbered(2)], Splits(train=TRAIN, validation=VALIDATION), gate=gate)
    assert gate.seen == [(1, 1), (3, 3), (1, 1), (3, 3)]
    incumbents = [each for each in trained.evaluator.asked if each == (numbered(0).digest, "validation")]
    assert len(incumbents) == 2  # once at the start, once for more repeats; those are there for the second candidate
    assert [len(record.looks) for record in trained.result.epochs] == [0, 2, 2]


async def test_undecided_at_its_limit_is_no_acceptance():
    class Never:
        def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
            return Verdict(decision="undecided", reason="too close", repeats=1)

    trained = await train(halves, [numbered(1)], Splits(train=TRAIN), gate=Never())
    assert trained.result.best == numbered(0)
    assert trained.result.epochs[1].decision == "undecided"
