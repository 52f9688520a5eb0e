"""How many tasks a gate needs, and that a training which could accept nothing is refused before it is paid for."""

import pytest
from gating import repeated, scored
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from support import sums
from toolwright.config.schema import Training
from toolwright.errors import ConfigError
from toolwright.parts import checked_gate
from toolwright.training.gates import PairedGate, ScoreThenCost, StrictImprovement, doubt_about_cost, fewest_tasks
from toolwright.training.trainer import Splits


def accepts(gate: PairedGate, tasks: int) -> bool:
    """Whether any look accepts a candidate that is right on all of so many tasks, where the incumbent was wrong."""
    return any(
        gate.decide(
            scored(repeated([0.0] * tasks, look.repeats)), scored(repeated([1.0] * tasks, look.repeats), "q")
        ).decision
        == "accept"
        for look in gate.looks.all
    )


@settings(max_examples=40)
@given(st.floats(0.002, 0.99), st.integers(1, 3), st.integers(1, 6))
def test_the_fewest_tasks_are_those_that_the_best_candidate_is_accepted_on(level: float, repeats: int, most: int):
    gate = PairedGate(level, repeats=repeats, max_repeats=most)
    fewest = fewest_tasks(gate)
    assume(fewest <= 12)  # above, drawn signs are only near
    assert accepts(gate, fewest)
    assert fewest == 1 or not accepts(gate, fewest - 1)


def test_a_gate_on_cost_needs_no_more_tasks_than_its_gate_on_score():
    assert fewest_tasks(PairedGate()) == 5
    assert fewest_tasks(ScoreThenCost(PairedGate())) == 5
    assert fewest_tasks(ScoreThenCost(PairedGate(), max_repeats=1)) == 4
    assert fewest_tasks(ScoreThenCost(StrictImprovement())) == fewest_tasks(StrictImprovement()) == 1


def splits(train: int, validation: int = 0) -> Splits:
    return Splits(train=sums(train), validation=sums(validation, 100, "validation") if validation else None)


@pytest.mark.parametrize(
    ("options", "sets", "said"),
    [
        (
            {},
            (9, 4),
            ["on 4 validation tasks", "give 5 validation tasks or more", 'gate = "strict"', "to 0.157 or more"],
        ),
        ({"gate": "paired"}, (3,), ["on 3 training tasks", "give 5 training tasks"]),
        ({"level_per_run": 0.05}, (9, 8), ["on 8 validation tasks", "give 9 validation", "from 0.005 to 0.01 or more"]),
        ({"objective": "score_then_cost"}, (9, 1), ["on 1 validation task the", 'gate = "strict" (a better mean']),
    ],
)
def test_too_few_tasks_are_refused_with_what_is_enough_and_what_else_can_be_done(
    options: dict[str, object], sets: tuple[int, ...], said: list[str]
):
    with pytest.raises(ConfigError) as refused:
        checked_gate(Training.model_validate(options), splits(*sets))
    assert [part for part in said if part not in str(refused.value)] == []


def test_the_level_that_is_named_is_enough():
    assert isinstance(checked_gate(Training(level=0.157), splits(9, 4)), PairedGate)
    with pytest.raises(ConfigError):
        checked_gate(Training(level=0.156), splits(9, 4))


def test_enough_tasks_a_strict_gate_one_of_ones_own_and_no_epochs_are_let_through():
    own = StrictImprovement(ties="accept")
    assert isinstance(checked_gate(Training(), splits(9, 5)), PairedGate)
    assert isinstance(checked_gate(Training(gate="strict"), splits(1, 1)), StrictImprovement)
    assert isinstance(checked_gate(Training(epochs=0), splits(1, 1)), PairedGate)
    assert checked_gate(Training(), splits(1, 1), own) is own


def test_a_margin_that_so_many_tasks_cannot_show_is_doubted():
    gate = ScoreThenCost(PairedGate())
    assert "20 tasks that all tie show 17.8% at best, the margin is 2.0%" in doubt_about_cost(gate, 20)
    assert doubt_about_cost(gate, 200) == doubt_about_cost(PairedGate(), 20) == ""
