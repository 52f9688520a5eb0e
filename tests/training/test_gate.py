from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import evaluation, sums
from toolwright.training.gates import StrictImprovement

scores = st.lists(st.floats(0, 1), min_size=3, max_size=3)


@given(scores, scores)
def test_only_a_strictly_better_mean_is_accepted(before: list[float], after: list[float]):
    incumbent, candidate = evaluation(sums(3), before), evaluation(sums(3), after, parameters="q")
    verdict = StrictImprovement().decide(incumbent, candidate)
    assert (verdict.decision == "accept") == (candidate.mean > incumbent.mean)
    assert verdict.decision != "undecided"


@given(scores, st.permutations(range(3)))
def test_the_same_scores_on_other_tasks_are_a_tie(before: list[float], order: list[int]):
    candidate = evaluation(sums(3), [before[n] for n in order], parameters="q")
    assert StrictImprovement().decide(evaluation(sums(3), before), candidate).decision == "reject"


@pytest.mark.parametrize(("ties", "decision"), [("reject", "reject"), ("accept", "accept")])
def test_ties_are_rejected_as_in_the_paper_or_accepted_as_in_its_code(ties: Literal["reject", "accept"], decision: str):
    same = evaluation(sums(2), [1, 0])
    worse = evaluation(sums(2), [0, 0])
    assert StrictImprovement(ties).decide(same, same).decision == decision
    assert StrictImprovement(ties).decide(same, worse).decision == "reject"


def test_the_verdict_says_the_figures_and_on_what():
    before, after = evaluation(sums(2), [1, 0]), evaluation(sums(2), [1, 1], split="validation")
    assert StrictImprovement().decide(before, after).reason == "better: 1.000 against 0.500 on validation"
    assert StrictImprovement().decide(before, before).reason == "as good: 0.500 against 0.500 on train"
