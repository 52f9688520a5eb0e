"""What a cell may use, and what is said where that is too little or was used up: which limit it was, what to raise."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from small_experiments import estimate_of

from toolwright.errors import ConfigError
from toolwright.experiments.allowance import Allowance, Spent, used_up
from toolwright.messages import Usage
from toolwright.models.ledger import Limits

AMOUNTS, SOME = st.integers(0, 200), st.integers(1, 200)


def of(name: str, *, own: float | None, budget: float, used: float) -> Allowance:
    """What may be used of one thing, of which others used so much."""
    return Allowance(
        own=Limits.model_validate({name: own}),
        budget=Limits.model_validate({name: budget}),
        others=Spent.model_validate({name: used}),
    )


def counted(requests: int) -> str:
    return "1 request" if requests == 1 else f"{requests} requests"


@given(AMOUNTS, AMOUNTS, SOME, st.none() | SOME)
def test_a_cell_and_what_was_used_never_exceed_the_budget(used: int, low: int, budget: int, own: int | None) -> None:
    whole = Limits(requests=budget)
    if used >= budget:
        said = f"the budget of {counted(budget)} is used up; raise [budget] of the experiment"
        assert used_up(whole, Spent(requests=used)) == said
        return
    assert used_up(whole, Spent(requests=used)) == ""
    allowed = of("requests", own=own, budget=budget, used=used)
    may = allowed.limits.requests
    assert may is not None
    assert used + may <= budget
    assert may <= (own or budget)
    assert (allowed.lacking(estimate_of(low)) != "") == (low > may)


def test_an_unknown_price_is_not_nothing() -> None:
    spent = Spent.of(Usage(requests=3, dollars=None), 1.0)
    with pytest.raises(ConfigError, match="3 requests of cells run before have no known price"):
        used_up(Limits(dollars=1.0), spent)
    assert used_up(Limits(requests=5), spent) == ""


@given(AMOUNTS, SOME, st.none() | SOME)
def test_the_budget_is_named_only_where_it_is_the_tighter_one_and_raising_what_is_named_helps(
    used: int, budget: int, own: int | None
) -> None:
    assume(used < budget)
    allowed = of("requests", own=own, budget=budget, used=used)
    may = allowed.limits.requests
    assert may is not None
    needed = allowed.lacking(estimate_of(may + 1))
    ended = allowed.explained(f"the limit of {may} requests is reached: {may} used, 1 more needed")
    by_budget = f"the experiment's budget of {counted(budget)} was used up (this cell could use {may} of it)"
    assert (by_budget in ended) == (own is None or budget - used <= own)
    assert (f"of the experiment's budget of {counted(budget)}" in needed) == (by_budget in ended)
    for said in (needed, ended):
        limits = own + 1 if own is not None and "[limits]" in said else own
        more = of("requests", own=limits, budget=budget + ("[budget]" in said), used=used)
        assert more.limits.requests == may + 1


REASONS = {
    "a share of what is left": (
        of("requests", own=None, budget=120, used=14),
        "train, part 1 of 2: the limit of 53 requests is reached: 53 used, 1 more needed.",
        (
            "train, part 1 of 2: the experiment's budget of 120 requests was used up (this cell could use 106 of it, a "
            "part of it 53): 53 used, 1 more needed; raise [budget] of the experiment"
        ),
    ),
    "millions": (
        of("tokens", own=8_000_000, budget=9_000_000, used=1_500_000),
        "the limit of 7,500,000 tokens is reached: 7,499,000 used",
        (
            "the experiment's budget of 9,000,000 tokens was used up (this cell could use 7,500,000 of it): 7,499,000 "
            "used; raise [budget] of the experiment"
        ),
    ),
    "both alike": (
        of("dollars", own=5.0, budget=20.0, used=15.0),
        "the limit of 5 dollars is reached: 4.99 used",
        (
            "the experiment's budget of $20 was used up (this cell could use $5 of it): 4.99 used; raise [budget] and "
            "[limits] of the experiment"
        ),
    ),
    "its own": (
        of("minutes", own=10.0, budget=60.0, used=12.5),
        "the limit of 10 minutes is reached",
        "the limit of 10 minutes is reached; raise [limits] of the experiment",
    ),
    "no limit": (of("tokens", own=100, budget=900, used=0), "the model says no.", "the model says no."),
    "no limit of ours": (
        of("tokens", own=100, budget=900, used=0),
        "the limit of 4 requests is reached",
        "the limit of 4 requests is reached",
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_why_a_cell_ended_is_said_with_what_to_raise(case: str) -> None:
    allowed, said, told = REASONS[case]
    assert allowed.explained(said) == told


def test_figures_of_millions_are_shown_whole() -> None:
    short = Allowance(own=Limits(tokens=1_234_567)).lacking(estimate_of(123_456.7))
    assert short.startswith("it needs 12,345,670 tokens at the least, and may use 1,234,567 tokens; raise [limits]")
    dear = Allowance(own=Limits(dollars=1_234.5)).lacking(estimate_of(20_000_000))
    assert dear.startswith("it needs $200,000.00 at the least, and may use $1,234.50; raise [limits]")


def test_what_takes_nothing_more_lacks_nothing_though_a_limit_was_lowered_below_what_was_used() -> None:
    allowed = Allowance(own=Limits(requests=5))
    assert allowed.lacking(estimate_of(0), Spent(requests=9)) == ""
    assert allowed.lacking(estimate_of(1), Spent(requests=9)) != ""
