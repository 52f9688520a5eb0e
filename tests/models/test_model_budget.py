"""The budget: limits hold exactly, also with many requests at once, and nothing is refused that would have fitted."""

import asyncio
from collections.abc import Sequence
from random import Random

import pytest
from asking import Listener, NoJournal, Scripted, ask, say, site
from hypothesis import given
from hypothesis import strategies as st

from simulated_endpoint import simulated_endpoint
from support import MemoryJournal
from toolwright.errors import BudgetReached, ConfigError
from toolwright.events import BudgetAnnounced
from toolwright.messages import AssistantMessage, ModelRequest, Reply, Usage, UserMessage
from toolwright.models.door import open_door
from toolwright.models.ledger import Amount, Ledger, Limits, worst_case
from toolwright.models.passing import Passing
from toolwright.models.spec import ModelSpec, Price
from toolwright.models.wrappers import Budgeted, NotEmpty, Retrying
from toolwright.protocols import CallSite

PRICE = Price(input=0.7, output=3.1)
SHARES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5)), min_size=1, max_size=12)


def using(requests: int = 1, tokens: int = 0, dollars: float = 0.0) -> Usage:
    return Usage(requests=requests, input_tokens=tokens, dollars=dollars)


class Spending:
    """Uses a share of each request's worst case, after some turns of the event loop."""

    def __init__(self, shares: Sequence[tuple[float, int]]) -> None:
        self._shares = list(shares)

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        share, turns = self._shares[site.turn]
        for _ in range(turns):
            await asyncio.sleep(0)
        most = worst_case(request, PRICE)
        spent = Usage(requests=1, input_tokens=int(most.tokens * share), dollars=most.dollars * share)
        return Reply(message=AssistantMessage(text="x"), usage=spent)


async def spend(shares: Sequence[tuple[float, int]], ledger: Ledger) -> tuple[int, int]:
    """Asks all at once; returns how many were answered and refused, each refusal checked to have been needed."""
    model = Budgeted(Spending(shares), ledger, PRICE, NoJournal())
    request = ask(max_tokens=50)
    most = worst_case(request, PRICE)
    refused = 0

    async def one(turn: int) -> None:
        nonlocal refused
        try:
            await model.request(site(turn), request)
        except BudgetReached:
            refused += 1
            after = ledger.total + Usage(requests=1, input_tokens=most.tokens, dollars=most.dollars)
            assert exceeds(after, ledger.limits)

    async with asyncio.timeout(5):
        await asyncio.gather(*(one(turn) for turn in range(len(shares))))
    return ledger.total.requests, refused


def exceeds(usage: Usage, limits: Limits) -> bool:
    return (
        (limits.requests is not None and usage.requests > limits.requests)
        or (limits.tokens is not None and usage.tokens > limits.tokens)
        or (limits.dollars is not None and (usage.dollars or 0.0) > limits.dollars)
    )


@given(shares=SHARES, room=st.floats(0.1, 8), what=st.sampled_from(["requests", "tokens", "dollars"]))
def test_a_limit_is_never_passed_and_nothing_that_fits_is_refused(
    shares: list[tuple[float, int]], room: float, what: str
):
    most = worst_case(ask(max_tokens=50), PRICE)
    limits = {
        "requests": Limits(requests=max(1, int(room))),
        "tokens": Limits(tokens=max(1, int(most.tokens * room))),
        "dollars": Limits(dollars=most.dollars * room),
    }[what]
    ledger = Ledger(limits)
    answered, refused = asyncio.run(spend(shares, ledger))
    assert not exceeds(ledger.total, limits)
    assert answered + refused == len(shares)


@given(shares=SHARES)
def test_after_all_is_settled_the_whole_rest_of_the_budget_is_free(shares: list[tuple[float, int]]):
    ledger = Ledger(Limits(dollars=1e9))

    async def run() -> None:
        await spend(shares, ledger)
        rest = 1e9 - (ledger.total.dollars or 0.0)
        async with asyncio.timeout(30), ledger.reserve(Amount(dollars=rest * (1 - 1e-15))):
            pass

    asyncio.run(run())


async def test_a_request_waits_where_only_reservations_stand_in_its_way():
    ledger = Ledger(Limits(tokens=100))
    async with asyncio.TaskGroup() as group, ledger.reserve(Amount(requests=1, tokens=60)):
        second = group.create_task(reserved(ledger, Amount(requests=1, tokens=60)))
        await asyncio.sleep(0.02)
        assert not second.done()
        ledger.count("agent", using(tokens=10))
    assert second.result() == 10


async def reserved(ledger: Ledger, amount: Amount) -> int:
    """The tokens used when the reservation was granted."""
    async with ledger.reserve(amount):
        return ledger.total.tokens


async def test_a_request_that_waited_is_refused_once_what_was_used_leaves_too_little():
    ledger = Ledger(Limits(tokens=100))

    async def second() -> None:
        with pytest.raises(BudgetReached, match="is reached: 50 used, and the next request may take up to 60 "):
            await reserved(ledger, Amount(requests=1, tokens=60))

    async with asyncio.TaskGroup() as group, ledger.reserve(Amount(requests=1, tokens=60)):
        group.create_task(second())
        await asyncio.sleep(0.02)
        ledger.count("agent", using(tokens=50))


async def test_a_request_that_fails_or_is_cancelled_gives_its_reservation_back():
    ledger = Ledger(Limits(tokens=10_000))
    for error in (Passing("timeout"), ValueError("x"), asyncio.CancelledError()):
        with pytest.raises(type(error)):
            async with ledger.reserve(Amount(requests=1, tokens=10_000)):
                raise error
    assert await reserved(ledger, Amount(requests=1, tokens=10_000)) == 0


async def test_what_is_held_for_the_sealed_test_is_free_only_when_it_is_let_go():
    ledger = Ledger(Limits(requests=10))
    ledger.hold(Amount(requests=10))
    with pytest.raises(BudgetReached, match="the limit of 10 requests is reached"):
        await reserved(ledger, Amount(requests=1))
    ledger.hold(Amount(requests=9))
    await reserved(ledger, Amount(requests=1))
    ledger.hold(Amount())
    await reserved(ledger, Amount(requests=10))


async def test_minutes_count_from_the_start_and_those_held_count_too():
    now = [100.0]
    ledger = Ledger(Limits(minutes=2), clock=lambda: now[0])
    ledger.hold(Amount(), minutes=0.5)
    now[0] += 89
    await reserved(ledger, Amount(requests=1))
    now[0] += 1
    with pytest.raises(BudgetReached, match="the limit of 2 minutes is reached"):
        await reserved(ledger, Amount(requests=1))
    ledger.hold(Amount())
    await reserved(ledger, Amount(requests=1))
    now[0] += 30
    with pytest.raises(BudgetReached):
        await reserved(ledger, Amount(requests=1))


async def test_both_roles_draw_on_one_budget_and_are_counted_apart():
    ledger = Ledger(Limits(requests=3))
    model = Budgeted(Scripted(say(input=10, output=2)), ledger, None, NoJournal())
    for role in ("agent", "agent", "optimizer"):
        await model.request(site(role=role), ask())
    with pytest.raises(BudgetReached):
        await model.request(site(), ask())
    assert {role: usage.requests for role, usage in ledger.usage.items()} == {"agent": 2, "optimizer": 1}
    assert ledger.total.tokens == 36


async def test_an_empty_reply_is_paid_for_and_each_attempt_is_within_the_budget():
    ledger, journal = Ledger(Limits(requests=2)), MemoryJournal()
    inner = Scripted(say("", output=7))
    counted = NotEmpty(Budgeted(inner, ledger, None, journal), journal)
    model = Retrying(counted, 6, Listener(), first_wait=0, patience=0)
    with pytest.raises(BudgetReached, match="2 used"):
        await model.request(site(), ask())
    assert (len(inner.requests), ledger.total.tokens) == (2, 14)
    assert journal.unanswered == [(site(), Usage(requests=1, output_tokens=7))] * 2


async def test_a_request_whose_reply_nobody_waits_for_is_counted_and_kept_by_its_prompt():
    ledger, journal, request = Ledger(Limits()), MemoryJournal(), ask("x" * 4000)

    class Endless:
        async def request(self, site: CallSite, request: ModelRequest) -> Reply:
            await asyncio.sleep(60)
            raise AssertionError

    task = asyncio.create_task(Budgeted(Endless(), ledger, PRICE, journal).request(site(), request))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    [(where, used)] = journal.unanswered
    assert (where, used.requests, used.output_tokens) == (site(), 1, 0)
    assert 1000 < used.input_tokens < 1100
    assert ledger.total == used


def test_the_worst_case_holds_the_whole_prompt_a_providers_part_and_the_longest_reply():
    plain = worst_case(ask("x" * 1000, max_tokens=300), Price(input=1, output=10))
    assert plain.requests == 1
    assert 1300 < plain.tokens < 1500
    assert plain.dollars == pytest.approx(((plain.tokens - 300) + 300 * 10) / 1e6)
    thought = AssistantMessage(text="", provider={"thought": "y" * 5000})
    longer = worst_case(ModelRequest(messages=(UserMessage(text="x" * 1000), thought)), None)
    assert longer.tokens > 6000


@given(st.text(max_size=40))
def test_a_token_is_never_less_than_a_byte_of_the_prompt(text: str):
    assert worst_case(ask(text), None).tokens >= len(text.encode("utf-8", "surrogatepass"))


async def test_a_limit_of_requests_holds_to_the_request_at_the_endpoint_under_concurrency():
    with simulated_endpoint(latency=0.01) as endpoint:
        results = await flood(endpoint.url, Limits(requests=7), 20)
        assert endpoint.counts()["requests"] == 7
    assert results.count(True) == 7


async def test_limits_of_tokens_and_dollars_hold_at_the_endpoint_under_concurrency():
    with simulated_endpoint(latency=0.01) as endpoint:
        for limits in (Limits(tokens=900), Limits(dollars=0.01)):
            ledger = Ledger(limits)
            results = await flood(endpoint.url, limits, 40, ledger)
            assert 3 < results.count(True) < 40
            assert not exceeds(ledger.total, limits)


async def flood(url: str, limits: Limits, count: int, ledger: Ledger | None = None) -> list[bool]:
    """Asks many at once through the door; True for each that was answered."""
    price = Price(input=5, output=20)
    spec = ModelSpec(model="agent", base_url=url, settings={"max_tokens": 60}, price=price, concurrency=8)

    async with open_door(
        spec, "agent", journal=NoJournal(), ledger=ledger or Ledger(limits), events=Listener()
    ) as model:

        async def one(turn: int) -> bool:
            try:
                await model.request(site(turn), ask())
            except BudgetReached:
                return False
            return True

        return await asyncio.gather(*(one(turn) for turn in range(count)))


async def test_a_limit_in_dollars_needs_a_price_and_says_how_to_give_one():
    spec = ModelSpec(model="some-model", base_url="http://127.0.0.1:9/v1")
    door = open_door(spec, "agent", journal=NoJournal(), ledger=Ledger(Limits(dollars=1)), events=Listener())
    with pytest.raises(ConfigError, match=r"agent: the price of some-model is not known.*set price = \{ input = "):
        async with door:
            pass


async def test_half_and_four_fifths_of_each_limit_are_announced_once():
    listener, at = Listener(), [0.0]
    ledger = Ledger(Limits(requests=10, tokens=1000, dollars=2, minutes=1), clock=lambda: at[0], events=listener)
    for _ in range(10):
        at[0] += 6
        ledger.count("agent", using(tokens=50, dollars=0.125))
    said = [(event.limit, event.share, event.of) for event in listener.events if isinstance(event, BudgetAnnounced)]
    assert said == [
        ("requests", 0.5, 10),
        ("minutes", 0.5, 1),
        ("requests", 0.8, 10),
        ("dollars", 0.5, 2),
        ("minutes", 0.8, 1),
        ("tokens", 0.5, 1000),
    ]


async def test_what_is_not_limited_is_not_announced():
    listener = Listener()
    Ledger(Limits(), events=listener).count("agent", using(requests=10**6, tokens=10**9, dollars=1e6))
    assert listener.events == []


async def test_what_earlier_sessions_used_counts():
    listener, at = Listener(), [100.0]
    ledger = Ledger(Limits(requests=10, minutes=60), clock=lambda: at[0], events=listener)
    ledger.restore({"agent": using(requests=4), "optimizer": using(requests=1)}, minutes=40)
    assert (ledger.total.requests, ledger.minutes, ledger.seconds_left) == (5, 40, 20 * 60)
    with pytest.raises(BudgetReached, match="5 used, 6 more needed"):
        await reserved(ledger, Amount(requests=6))
    await reserved(ledger, Amount(requests=5))
    ledger.count("agent", using())
    assert {role: usage.requests for role, usage in ledger.usage.items()} == {"agent": 5, "optimizer": 1}
    assert [event.model_dump(exclude={"kind"}) for event in listener.events] == [
        {"limit": "requests", "share": 0.5, "of": 10},
        {"limit": "minutes", "share": 0.5, "of": 60},
    ]


@given(
    limit=st.integers(1, 10_000), spent=st.integers(0, 10_000), kept=st.integers(0, 10_000), more=st.integers(1, 10_000)
)
@pytest.mark.parametrize("what", ["tokens", "dollars"])
def test_the_limit_that_would_have_sufficed_is_said_and_does(what: str, limit: int, spent: int, kept: int, more: int):
    unit = 1 if what == "tokens" else 1e-4 / 3

    async def said(most: float) -> str:
        ledger = Ledger(Limits.model_validate({what: most}))
        ledger.count("agent", using(0, spent) if what == "tokens" else using(0, dollars=spent * unit))
        ledger.hold(Amount.model_validate({what: kept * unit}))
        try:
            await reserved(ledger, Amount.model_validate({what: more * unit}))
        except BudgetReached as error:
            return str(error)
        return ""

    text = asyncio.run(said(limit * unit))
    assert (text == "") == (spent + kept + more <= limit) or what == "dollars"
    if text:
        enough = float(text.partition("); ")[2].removesuffix(" would have let it go").replace(",", ""))
        assert asyncio.run(said(enough)) == ""
        assert asyncio.run(said(enough - 2 * (0.5 if what == "tokens" else 1e-6))) != ""


async def test_a_limit_in_tokens_says_why_it_ends_early_and_counts_what_is_under_way_and_kept_back():
    ledger = Ledger(Limits(tokens=9000))
    ledger.count("agent", using(tokens=7120))
    with pytest.raises(BudgetReached) as caught:
        await reserved(ledger, Amount(requests=1, tokens=2310))
    assert str(caught.value) == (
        "the limit of 9,000 tokens is reached: 7,120 used, and the next request may take up to 2,310 (a token is taken "
        "to be at least a byte of it; replies to be max_tokens long); 9,430 would have let it go"
    )
    ledger.hold(Amount(tokens=500))
    async with ledger.reserve(Amount(requests=1, tokens=1000)):
        with pytest.raises(BudgetReached) as caught:
            await reserved(ledger, Amount(requests=1, tokens=2310))
    assert "7,120 used, up to 1,000 by requests under way, 500 kept back for the sealed test, and " in str(caught.value)
    assert str(caught.value).endswith("; 10,930 would have let it go")


@given(amounts=st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=30), order=st.randoms(use_true_random=False))
def test_reservations_add_up_exactly_in_whatever_order_they_are_settled(amounts: list[float], order: Random):
    async def run() -> None:
        ledger = Ledger(Limits(dollars=sum(amounts) + 1))
        held = [ledger.reserve(Amount(dollars=amount)) for amount in amounts]
        for each in held:
            await each.__aenter__()
        order.shuffle(held)
        for each in held:
            await each.__aexit__(None, None, None)
        async with asyncio.timeout(30), ledger.reserve(Amount(dollars=sum(amounts) + 1)):
            pass

    asyncio.run(run())
