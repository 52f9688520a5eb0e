"""Simulated trainings: what changes nothing is accepted no more often than the levels say, and what helps is found."""

import numpy as np
import pytest
from gating import repeated, scored, share
from numpy.typing import NDArray
from scipy.stats import binomtest

from toolwright.evaluations import Evaluation
from toolwright.protocols import Gate, Verdict
from toolwright.training.gates import PairedGate, ScoreThenCost, StrictImprovement
from toolwright.training.gates.replay import decide_all, false_acceptance, replay, rule_of

TRAININGS, DECISIONS, MOST = 1000, 10, 5
Floats = NDArray[np.float64]


def chances_of(tasks: int, kind: str) -> Floats:
    """The chance to solve each task, in every training."""
    rng = np.random.default_rng(tasks)
    chances = rng.uniform(0.1, 0.9, size=(TRAININGS, tasks))
    if kind == "mixed":
        chances[:, : tasks // 4], chances[:, tasks // 4 : tasks // 2] = 1.0, 0.0
    return chances


def sampled(chances: Floats, rng: np.random.Generator) -> Floats:
    return (rng.random((len(chances), MOST, chances.shape[1])) < chances[:, None]).astype(np.float64)


def no_more_often(count: int, total: int, level: float) -> bool:
    """Whether so many of so many are what a rate of `level` can give: not significantly more, at one in a thousand."""
    return count <= total * level or binomtest(count, total, level, alternative="greater").pvalue > 0.001


@pytest.mark.soak
@pytest.mark.parametrize(("tasks", "kind"), [(20, "mixed"), (40, "mixed"), (100, "mixed"), (40, "noisy")])
def test_nothing_better_is_accepted_no_more_often_than_the_levels_say(tasks: int, kind: str):
    chances = chances_of(tasks, kind)
    for gate, per_decision, per_run in (
        (PairedGate(0.10), 0.10, None),
        (PairedGate(0.10, level_per_run=0.10, decisions=DECISIONS), 0.01, 0.10),
    ):
        rule, rng = rule_of(gate, 1), np.random.default_rng(5)
        assert rule is not None
        accepted = replay(rule, lambda rng: sampled(chances, rng), DECISIONS, rng)
        assert no_more_often(int(accepted[:, 0].sum()), TRAININGS, per_decision)
        assert no_more_often(int(accepted.sum()), accepted.size, per_decision)
        if per_run is not None:
            assert no_more_often(int(accepted.any(axis=1).sum()), TRAININGS, per_run)


@pytest.mark.soak
def test_the_papers_rule_accepts_what_is_no_better_in_most_trainings():
    chances, rule = chances_of(40, "mixed"), rule_of(StrictImprovement(), 1)
    assert rule is not None
    accepted = replay(rule, lambda rng: sampled(chances, rng), DECISIONS, np.random.default_rng(5))
    assert accepted[:, 0].mean() > 0.3
    assert accepted.any(axis=1).mean() > 0.5


@pytest.mark.soak
def test_more_repeats_find_more_of_what_is_better():
    chances, rng = chances_of(40, "mixed"), np.random.default_rng(9)
    better = chances + (1 - chances) * 0.2
    found: list[float] = []
    for most in (1, 5):
        rule = rule_of(PairedGate(max_repeats=most), 1)
        assert rule is not None
        accepted, _ = decide_all(rule, sampled(chances, rng), sampled(better, rng), rng)
        found.append(float(accepted.mean()))
    assert found[1] > found[0] + 0.1


@pytest.mark.parametrize(("tasks", "allowed"), [(12, 0), (20, 2)])
def test_the_replay_decides_as_the_gate_does(tasks: int, allowed: int):
    """Exactly so where all signs are listed; drawn ones differ, so a p-value near the level falls on either side."""
    rng = np.random.default_rng(4)
    before, after = (sampled(chances_of(tasks, "mixed")[:40] * share, rng) for share in (0.8, 1.0))
    gate = PairedGate(level=0.30)
    rule = rule_of(gate, 1)
    assert rule is not None
    accepted, repeats = decide_all(rule, before, after, rng)
    gated = [
        _decided(gate, scored(b.T.tolist()), scored(a.T.tolist(), "q")) for b, a in zip(before, after, strict=True)
    ]
    differing = sum(
        (verdict.decision == "accept", read) != (bool(a), int(r))
        for (verdict, read), a, r in zip(gated, accepted, repeats, strict=True)
    )
    assert differing <= allowed


def _decided(gate: PairedGate, before: Evaluation, after: Evaluation) -> tuple[Verdict, int]:
    for look in gate.looks.all:
        verdict = gate.decide(before.first(look.repeats), after.first(look.repeats))
        if verdict.decision != "undecided":
            return verdict, look.repeats
    raise AssertionError("the last look decides")


def test_the_measured_rate_of_the_paired_gate_is_under_its_level_and_the_strict_ones_is_not():
    incumbent = scored(repeated(share(12, 20), 1))
    paired = false_acceptance(incumbent, PairedGate(), simulations=100)
    strict = false_acceptance(incumbent, StrictImprovement(), simulations=100)
    assert paired is not None
    assert strict is not None
    assert paired.decision.mean < 0.10 < strict.decision.mean
    assert paired.training.mean < strict.training.mean
    assert strict.training.mean > 0.5


@pytest.mark.soak
def test_an_agent_seen_to_be_steady_is_falsely_improved_less_often():
    rates = [false_acceptance(scored(repeated(share(12, 20), repeats)), PairedGate()) for repeats in (1, 20)]
    once, often = rates
    assert once is not None
    assert often is not None
    assert often.decision.high < once.decision.low


def test_a_seed_gives_its_figures_again():
    incumbent, gate = scored(repeated(share(12, 20), 1)), PairedGate()
    found = false_acceptance(incumbent, gate, decisions=4, seed=3, simulations=50)
    assert found == false_acceptance(incumbent, gate, decisions=4, seed=3, simulations=50)
    assert found != false_acceptance(incumbent, gate, decisions=4, seed=4, simulations=50)


def test_ties_accepted_and_cost_gates_are_replayed_by_what_they_do_on_score():
    steady = scored(repeated([0.5] * 20, 40))
    lenient, strict = (
        false_acceptance(steady, StrictImprovement(ties), simulations=20) for ties in ("accept", "reject")
    )
    assert lenient is not None
    assert strict is not None
    assert lenient.decision.mean > strict.decision.mean
    wrapped = false_acceptance(steady, ScoreThenCost(StrictImprovement()), simulations=20)
    assert wrapped == strict


def test_a_gate_of_ones_own_has_no_measured_rate():
    class Always:
        def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
            return Verdict(decision="accept", reason="why not")

    gate: Gate = Always()
    assert false_acceptance(scored([[1.0]]), gate) is None
    nothing = scored([[1.0]]).model_copy(update={"results": ()})
    assert false_acceptance(nothing, PairedGate()) is None
