"""The estimate: low is never above high, what is unknown is said, and figures follow from what is planned."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import add, having, sums
from toolwright.models.spec import Price
from toolwright.training.estimate import FUNCTION_TOKENS, HIGH, LOW, estimate_training
from toolwright.training.outlay import Estimate, Plan, Range, RoleEstimate
from toolwright.training.trainer import Splits

CHEAP = Price(input=1.0, output=2.0)
PLANS = st.builds(
    Plan,
    epochs=st.integers(0, 20),
    patience=st.integers(1, 20),
    repeats=st.integers(1, 4),
    actions=st.integers(1, 5),
    prompt_tokens=st.integers(2_000, 60_000),
    turns=st.integers(1, 30),
    batch=st.integers(0, 6),
)


def splits(train: int = 4, validation: int = 0, test: int = 0) -> Splits:
    return Splits(
        train=sums(train, name="train"),
        validation=sums(validation, 100, "validation") if validation else None,
        test=sums(test, 200, "test") if test else None,
    )


def estimate(plan: Plan, **sets: int) -> Estimate:
    return estimate_training(splits(**sets), plan, {"agent": CHEAP, "optimizer": CHEAP})


def ranges(role: RoleEstimate) -> list[Range]:
    return [found for found in (role.requests, role.input_tokens, role.output_tokens, role.dollars) if found]


@given(PLANS, st.integers(0, 5), st.integers(0, 5))
def test_low_is_never_above_high(plan: Plan, validation: int, test: int) -> None:
    found = estimate(plan, validation=validation, test=test)
    assert [r for r in [*ranges(found.agent), *ranges(found.optimizer), *ranges(found.total)] if r.low > r.high] == []


@given(PLANS)
def test_more_epochs_repeats_and_tasks_never_take_less(plan: Plan) -> None:
    base = ranges(estimate(plan).total)
    for more in (
        estimate(plan.model_copy(update={"epochs": plan.epochs + 1})),
        estimate(plan.model_copy(update={"repeats": plan.repeats + 1})),
        estimate(plan, validation=2),
        estimate(plan, test=2),
    ):
        assert [m for m, b in zip(ranges(more.total), base, strict=True) if m.low < b.low or m.high < b.high] == []


def test_the_requests_are_those_of_the_schedule() -> None:
    """Low: 3 rejected epochs and the test once; high: 10 epochs and the test twice, 1 turn a rollout allowed."""
    found = estimate(Plan(epochs=10, patience=3, repeats=2, turns=1), train=4, validation=3, test=5)
    assert found.agent.requests == Range(low=2 * (4 * 7 + 5), high=2 * (11 * 7 + 2 * 5))
    assert found.optimizer.requests == Range(low=3 * 2, high=10 * (5 + HIGH.code))
    assert found.total.requests == found.agent.requests + found.optimizer.requests


def test_an_agent_that_has_nothing_to_call_answers_at_once_until_it_learned_a_function() -> None:
    """High: 4 tasks and the test of 5 with the starting set; 2 candidates on 4 tasks, the last one on the test, too."""
    plan = Plan(epochs=2, turns=3)
    calling, answering = (estimate(plan.model_copy(update={"calls": c}), test=5).agent for c in (True, False))
    assert calling.requests.high == 3 * (4 + 5 + 2 * 4 + 5)
    assert answering.requests.high == 1 * (4 + 5) + 3 * (2 * 4 + 5)
    assert answering.requests.low == calling.requests.low
    armed = estimate(plan.model_copy(update={"calls": False, "start": having(add()).functions}), test=5).agent
    assert armed.requests == calling.requests


def test_no_more_functions_are_offered_than_the_epochs_can_have_brought() -> None:
    """With one action an epoch: none before the first, one after it; the starting set is offered none."""
    one, three = (estimate(Plan(epochs=1, actions=actions, turns=1)).agent.input_tokens.high for actions in (1, 3))
    assert three - one == 4 * 2 * FUNCTION_TOKENS


def test_no_epochs_ask_no_optimizer() -> None:
    found = estimate(Plan(epochs=0))
    assert found.optimizer.requests == Range(low=0, high=0)
    assert found.agent.requests.low == 4


def test_no_epochs_learn_nothing_and_read_the_test_once() -> None:
    found = estimate(Plan(epochs=0, turns=1), train=4, test=5)
    assert found.agent.requests == Range(low=4 + 5, high=4 + 5)


def test_proposals_and_bought_repeats_are_counted_where_they_may_come() -> None:
    """High: each of 2 epochs' other 2 proposals takes 3 tasks more; each candidate and the start buy 4 validations."""
    plan = Plan(epochs=2, patience=2, turns=1, proposals=3, screen=3)
    screened = estimate(plan, train=5, validation=4)
    assert screened.agent.requests == Range(low=9 * 3 + 2 * 2 * 3, high=9 * 3 + 2 * 2 * 3)
    assert screened.optimizer.requests.low == 3 * estimate(Plan(epochs=2, patience=2)).optimizer.requests.low
    bought = estimate(Plan(epochs=2, patience=2, turns=1, max_repeats=2), train=5, validation=4)
    assert bought.agent.requests == Range(low=9 * 3, high=9 * 3 + 4 * 3)


def test_batches_are_counted_with_the_incumbents_that_are_run_on_them() -> None:
    """Low: 3 epochs, the start on 3 batches of 4. High: 10 candidates, each next batch also by an accepted set."""
    found = estimate(Plan(epochs=10, patience=3, batch=4, turns=1), train=100, test=5)
    assert found.agent.requests == Range(low=4 * (1 + 2 + 3) + 5, high=4 * (1 + 1 + 9 + 10) + 2 * 5)
    all_of_them = estimate(Plan(epochs=10, patience=3, batch=100, turns=1), train=100, test=5)
    assert all_of_them.agent == estimate(Plan(epochs=10, patience=3, turns=1), train=100, test=5).agent
    few = estimate(Plan(epochs=10, patience=3, batch=4, turns=1), train=6)
    assert few.agent.requests.low == 6 + 4 * 3  # the start is run on no task twice


@pytest.mark.parametrize(("history", "shown"), [("batch", 4), ("running", 100)])
def test_a_prompt_is_of_a_batch_or_with_a_running_history_of_all_at_the_most(
    history: Literal["batch", "running"], shown: int
) -> None:
    found = estimate(Plan(batch=4, history=history, prompt_tokens=1_000_000), train=100)
    alone = estimate(Plan(prompt_tokens=1_000_000), train=shown)
    assert found.optimizer == alone.optimizer


def test_the_agents_own_instructions_go_with_every_request() -> None:
    told = estimate(Plan(epochs=0, instructions="x" * 400)).agent.input_tokens
    assert told.low - estimate(Plan(epochs=0)).agent.input_tokens.low == 4 * LOW.turns * 100


def test_the_price_is_that_of_the_tokens() -> None:
    found = estimate(Plan()).agent
    assert found.dollars is not None
    assert found.dollars.low == (found.input_tokens.low * 1.0 + found.output_tokens.low * 2.0) / 1e6


def test_an_unknown_price_is_unknown_and_so_is_the_sum() -> None:
    found = estimate_training(splits(), Plan(), {"agent": CHEAP, "optimizer": None})
    assert found.agent.dollars is not None
    assert found.optimizer.dollars is None
    assert found.total.dollars is None


def test_starting_functions_cost_tokens_with_every_request() -> None:
    with_one = estimate(Plan(epochs=0, start=having(add()).functions)).agent.input_tokens
    without = estimate(Plan(epochs=0)).agent.input_tokens
    assert (with_one.low - without.low) / (4 * LOW.turns) > len(add().description) / 4


def test_the_optimizers_prompt_is_held_by_its_budget() -> None:
    small, large = (
        estimate(Plan(prompt_tokens=tokens), train=400).optimizer.input_tokens for tokens in (2_000, 40_000)
    )
    assert large.high - small.high == 10 * (5 + HIGH.code) * 38_000


def test_the_assumptions_are_stated() -> None:
    text = "\n".join(estimate(Plan(epochs=7, patience=2), test=3).assumptions)
    for part in ("epochs: 2 (", "to 7 (high)", "1 to 4 requests,", "sealed test", "4 characters"):
        assert part in text
    assert "1 to 4 requests (1 where" in "\n".join(estimate(Plan(calls=False)).assumptions)
    assert "sealed test" not in "\n".join(estimate(Plan()).assumptions)
