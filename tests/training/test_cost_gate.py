"""Score, then cost: what is accepted for being cheaper, and what it takes to call it no worse."""

import numpy as np
import pytest
from gating import repeated, scored, share
from hypothesis import given
from hypothesis import strategies as st

from toolwright.errors import ConfigError
from toolwright.training.gates import PairedGate, ScoreThenCost, StrictImprovement, gate_of
from toolwright.training.gates.cost import lowest_difference


def gate(**options: float) -> ScoreThenCost:
    return ScoreThenCost(PairedGate(), **options)  # pyright: ignore[reportArgumentType] - only numbers are set here


def test_a_better_score_is_accepted_whatever_it_costs():
    before = scored(repeated(share(5, 20), 1), tokens=[10] * 20)
    assert gate().decide(before, scored(repeated(share(15, 20), 1), "q", tokens=[90] * 20)).decision == "accept"


@pytest.mark.parametrize(("tasks", "decision"), [(20, "reject"), (149, "reject"), (150, "reject"), (240, "accept")])
def test_ties_show_no_difference_below_two_points_unless_they_are_many(tasks: int, decision: str):
    before = scored(repeated(share(tasks // 2, tasks), 1), tokens=[100] * tasks)
    after = scored(repeated(share(tasks // 2, tasks), 1), "q", tokens=[50] * tasks)
    verdict = gate().decide(before, after)
    assert verdict.decision == decision


def test_too_few_tasks_buy_nothing_and_hear_what_they_could_show():
    same = share(10, 20)
    before, after = (scored(repeated(same, 1), name, tokens=[cost] * 20) for name, cost in (("p", 100), ("q", 50)))
    verdict = gate().decide(before, after)
    assert (verdict.decision, verdict.repeats) == ("reject", None)
    assert "20 tasks that all tie show 17.8% at best" in verdict.reason


def test_the_reason_says_the_bound_and_the_saving():
    same = share(20, 60)
    before, after = (scored(repeated(same, 1), name, tokens=[cost] * 60) for name, cost in (("p", 100), ("q", 60)))
    verdict = gate(margin=0.10).decide(before, after)
    assert verdict.decision == "accept"
    assert verdict.reason == (
        "no worse and cheaper: 40% fewer tokens a task, 10% wanted; score 0.333 against 0.333 on validation "
        "(60 tasks x 1 repeat), at worst -7.4% (lower bound at level 0.0200), -10.0% allowed"
    )


def test_what_more_repeats_may_show_is_asked_for():
    before = scored(repeated(share(20, 60), 1), tokens=[100] * 60)
    after = scored(repeated(share(17, 60), 1), "q", tokens=[50] * 60)
    verdict = gate(margin=0.10).decide(before, after)
    assert (verdict.decision, verdict.repeats) == ("undecided", 3)
    last = ScoreThenCost(StrictImprovement(), margin=0.10, max_repeats=1).decide(before, after)
    assert last.decision == "reject"
    assert "worse: 0.283 against 0.333" in last.reason
    assert "cheaper, but not shown to be no worse" in last.reason


def test_a_mean_below_the_margin_is_rejected_without_more_repeats():
    before = scored(repeated(share(30, 60), 1), tokens=[100] * 60)
    assert gate(margin=0.1).decide(before, scored(repeated(share(20, 60), 1), "q", tokens=[1] * 60)).repeats is None


def test_too_small_a_saving_is_none():
    same = share(100, 300)
    before, after = (scored(repeated(same, 1), name, tokens=[cost] * 300) for name, cost in (("p", 100), ("q", 91)))
    verdict = gate().decide(before, after)
    assert verdict.decision == "reject"
    assert verdict.reason.endswith("not cheaper: 9% fewer tokens a task, 10% wanted")
    assert gate(saving=0.08).decide(before, after).decision == "accept"


def test_what_costs_more_is_said_to():
    before, after = (scored([[1.0]] * 20, name, tokens=[cost] * 20) for name, cost in (("p", 100), ("q", 315)))
    said = gate().decide(before, after).reason
    assert said.endswith("not cheaper: 215% more tokens a task, 10% fewer wanted")


def test_one_task_that_happened_to_be_cheap_is_no_saving():
    same = share(100, 300)
    before = scored(repeated(same, 1), tokens=[100] * 299 + [9000])
    assert gate().decide(before, scored(repeated(same, 1), "q", tokens=[100] * 300)).decision == "reject"


def test_what_has_no_known_cost_cannot_be_cheaper():
    same = share(100, 300)
    assert gate().decide(scored(repeated(same, 1)), scored(repeated(same, 1), "q")).decision == "reject"


def test_seconds_and_requests_are_costs_too():
    same = share(100, 300)
    slow, fast = (scored(repeated(same, 1), name, seconds=s) for name, s in (("p", 2.0), ("q", 1.0)))
    assert ScoreThenCost(PairedGate(), cost="seconds").decide(slow, fast).decision == "accept"
    assert ScoreThenCost(PairedGate(), cost="requests").decide(slow, fast).decision == "reject"


def test_an_impossible_margin_is_refused():
    with pytest.raises(ConfigError, match="both must lie between 0 and 1"):
        gate(saving=1.0)


def test_the_objective_of_a_config_wraps_the_gate_on_score():
    made = gate_of(has_validation=True, objective="score_then_cost", level_per_run=0.2, epochs=10, cost="seconds")
    assert isinstance(made, ScoreThenCost)
    assert isinstance(made.gate, PairedGate)
    assert (made.cost, made.looks.level) == ("seconds", pytest.approx(0.02))


@given(st.lists(st.sampled_from([-1.0, -0.6, 0.0, 0.2, 1.0]), min_size=1, max_size=60), st.data())
def test_the_bound_lies_below_the_mean_and_rises_with_every_score(differences: list[float], data: st.DataObject):
    lowest = lowest_difference(differences, 0.10)
    assert -1 <= lowest <= sum(differences) / len(differences)
    task = data.draw(st.integers(0, len(differences) - 1))
    raised = [*differences[:task], data.draw(st.floats(differences[task], 1)), *differences[task + 1 :]]
    assert lowest_difference(raised, 0.10) >= lowest


@pytest.mark.soak
@pytest.mark.parametrize(("lost", "gained", "repeats"), [(0.05, 0.0, 1), (0.2, 0.18, 1), (0.2, 0.18, 3)])
@pytest.mark.parametrize("tasks", [20, 100])
def test_the_bound_is_above_the_truth_no_more_often_than_its_level(
    lost: float, gained: float, repeats: int, tasks: int
):
    rng = np.random.default_rng(2)
    drawn = rng.choice([-1.0, 1.0, 0.0], p=[lost, gained, 1 - lost - gained], size=(400, repeats, tasks)).mean(axis=1)
    wrong = sum(lowest_difference(row.tolist(), 0.10) > gained - lost for row in drawn)
    assert wrong <= 40 + 3 * (400 * 0.1 * 0.9) ** 0.5
