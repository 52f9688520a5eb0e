"""How many tasks a gate needs, and that a training which could accept nothing is refused before it is paid for."""

import numpy as np
import pytest
from gating import repeated, scored
from hypothesis import given, settings
from hypothesis import strategies as st

from support import sums
from toolwright.config.schema import Training
from toolwright.errors import ConfigError
from toolwright.evaluations import Evaluation
from toolwright.parts import checked_gate
from toolwright.protocols import Gate, Verdict
from toolwright.training.best_case import nothing_to_gain
from toolwright.training.gates import PairedGate, ScoreThenCost, StrictImprovement, doubt_about_cost, fewest_tasks
from toolwright.training.gates.looks import Looks
from toolwright.training.gates.replay import false_acceptance
from toolwright.training.gates.sign_flip import SignFlips
from toolwright.training.trainer import Splits


def accepts(gate: PairedGate, tasks: int) -> bool:
    """Whether the easiest look accepts a candidate that is right on all of so many tasks, the incumbent on none."""
    repeats = max(gate.looks.all, key=lambda look: look.level).repeats
    before, after = (scored(repeated([score] * tasks, repeats), name) for score, name in ((0.0, "p"), (1.0, "q")))
    return gate.decide(before, after).decision == "accept"


@settings(max_examples=60)
@given(st.floats(0.002, 0.01) | st.floats(0.002, 0.99), st.integers(1, 3), st.integers(1, 60))
def test_the_fewest_tasks_are_those_that_the_best_candidate_is_accepted_on(level: float, repeats: int, most: int):
    highest = level * Looks(0.5, repeats=repeats, max_repeats=most).highest / 0.5
    if highest < 0.5**12:  # so small a p no number of tasks is sure to give
        with pytest.raises(ConfigError, match=rf"lower max_repeats \({most}\), raise level or level_per_run"):
            PairedGate(level, repeats=repeats, max_repeats=most)
        return
    gate = PairedGate(level, repeats=repeats, max_repeats=most)
    fewest = fewest_tasks(gate)
    assert accepts(gate, fewest)
    assert fewest == 1 or not accepts(gate, fewest - 1)


@pytest.mark.parametrize("tasks", [12, 13, 20, 200])
def test_no_number_of_tasks_gives_a_p_below_what_looks_may_ask_for(tasks: int):
    p_values = [SignFlips(tasks, seed).p_values(np.ones((1, tasks)))[0] for seed in range(20)]
    assert max(p_values) <= 0.5**12
    assert min(p_values) >= 1 / 5000


def test_a_level_is_shared_out_over_as_many_looks_as_can_be_passed():
    assert fewest_tasks(PairedGate(0.002, max_repeats=16)) == 12
    with pytest.raises(ConfigError, match=r"shared out over 9 looks, 0\.000235 for one at the most"):
        PairedGate(0.002, max_repeats=17)


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


class Mine(PairedGate):
    """One of the user's own on ours."""

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        return Verdict(decision="accept", reason="why not")


@pytest.mark.parametrize("own", [Mine(), ScoreThenCost(Mine()), ScoreThenCost(Mine(), margin=0.5)])
def test_nothing_is_supposed_of_a_gate_of_ones_own_that_is_made_from_one_of_ours(own: Gate):
    incumbent = scored([[0.0]])
    assert checked_gate(Training(), splits(3, 1), own) is own
    assert fewest_tasks(own) == 1
    assert doubt_about_cost(own, 1) == nothing_to_gain(own, incumbent, 1) == ""
    assert false_acceptance(incumbent, own) is None
    assert own.decide(incumbent, scored([[0.0]], "q")).decision == "accept"


def test_what_the_gate_reads_is_the_validation_tasks_where_there_are_any():
    alone, both = splits(3), splits(3, 2)
    assert (alone.gated, alone.gated_as) == (alone.train, "training")
    assert (both.gated, both.gated_as) == (both.validation, "validation")


def test_a_margin_that_so_many_tasks_cannot_show_is_doubted():
    gate = ScoreThenCost(PairedGate())
    assert "20 tasks that all tie show 17.8% at best, the margin is 2.0%" in doubt_about_cost(gate, 20)
    assert doubt_about_cost(gate, 200) == doubt_about_cost(PairedGate(), 20) == ""
