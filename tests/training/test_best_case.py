"""Whether anything can be gained: where even a perfect candidate would be rejected, and never where one could win."""

from collections.abc import Sequence
from typing import cast

import pytest
from gating import Rows, repeated, scored, share
from hypothesis import given
from hypothesis import strategies as st
from loops import MemoryKeeper, StubEvaluator, numbered

from support import Events, sums
from toolwright.evaluations import Evaluation
from toolwright.parameters import Parameters
from toolwright.protocols import Gate, Verdict
from toolwright.training.best_case import nothing_to_gain
from toolwright.training.contest import Contests
from toolwright.training.evaluate import Evaluator
from toolwright.training.gates import PairedGate, ScoreThenCost, StrictImprovement
from toolwright.training.state import Evaluated

GATES: list[Gate] = [
    StrictImprovement(),
    StrictImprovement("accept"),
    PairedGate(),
    PairedGate(0.02, max_repeats=1),
    ScoreThenCost(StrictImprovement(), margin=0.3),
]


def gained(gate: Gate, rows: Rows, tokens: int = 0) -> str:
    return nothing_to_gain(gate, scored(rows, tokens=[tokens] * len(rows)), repeats=1)


async def wins(gate: Gate, incumbent: Evaluation, candidate: Parameters) -> bool:
    """Whether a perfect candidate wins a whole contest, in which the incumbent fails all that it has not run yet."""

    def scores(parameters: Parameters, split: str) -> Sequence[float]:
        return [float(parameters == candidate)] * len(incumbent.scores_by_task())

    ring = Contests(
        cast("Evaluator", StubEvaluator(scores)),
        gate,
        MemoryKeeper(),
        Events(),
        train=sums(len(incumbent.scores_by_task())),
        validation=None,
    )
    best = Evaluated(parameters=numbered(0), train=incumbent, validation=None)
    return (await ring.held(best, candidate, 1, 0)).accepted


@pytest.mark.parametrize("gate", GATES)
@given(
    rows=st.integers(1, 3).flatmap(
        lambda repeats: st.lists(
            st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.0, 1.0]), min_size=repeats, max_size=repeats),
            min_size=1,
            max_size=12,
        )
    ),
    tokens=st.sampled_from([0, 100]),
)
async def test_where_nothing_is_to_be_gained_no_candidate_ever_wins(gate: Gate, rows: Rows, tokens: int):
    if gained(gate, rows, tokens):
        incumbent = scored(rows, tokens=[tokens] * len(rows), split="train")
        assert not any([await wins(gate, incumbent, numbered(number)) for number in (1, 2, 3)])


def test_a_perfect_incumbent_cannot_be_beaten_by_score_and_the_text_says_it_is_perfect():
    for gate in (StrictImprovement(), PairedGate()):
        said = gained(gate, repeated([1.0] * 20, 1))
        assert said == "the incumbent scores 1 on every task the gate reads"
    assert gained(StrictImprovement(), repeated(share(19, 20), 1)) == ""


def test_where_ties_are_accepted_there_is_always_something_to_gain():
    assert gained(StrictImprovement("accept"), repeated([1.0] * 20, 1)) == ""


def test_a_perfect_incumbent_that_costs_something_can_be_beaten_by_a_cheaper_one():
    gate = ScoreThenCost(PairedGate(), margin=0.3)
    assert gained(gate, repeated([1.0] * 20, 1), tokens=100) == ""
    assert gained(gate, repeated([1.0] * 20, 1), tokens=0).startswith("the incumbent scores 1 on every task")


def test_too_few_tasks_for_the_level_can_never_be_won():
    assert gained(PairedGate(), repeated([0.0] * 4, 1)).startswith(
        "even one that scored 1 on every task the gate reads"
    )
    assert "4 tasks are too few for this level" in gained(PairedGate(), repeated([0.0] * 4, 1))
    assert gained(PairedGate(), repeated([0.0] * 5, 1)) == ""


def test_what_more_repeats_of_the_incumbent_could_show_is_open_until_it_has_them():
    assert gained(PairedGate(), repeated(share(18, 20), 1)) == ""
    assert gained(PairedGate(), repeated(share(18, 20), 3)) == ""
    assert "still undecided at the last look" in gained(PairedGate(), repeated(share(18, 20), 5))


def test_a_gate_of_the_users_own_is_not_asked():
    class Own:
        def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
            raise AssertionError("it was asked")

    class Derived(Own, StrictImprovement):
        pass

    for gate in (Own(), Derived(), ScoreThenCost(Derived())):
        assert gained(gate, repeated([1.0] * 20, 1)) == ""
