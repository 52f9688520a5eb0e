"""Pacing: limits for any minute, turns between the roles, and what a provider's complaint changes for everybody."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import pytest
from asking import Listener, NoJournal, ask, say, site
from hypothesis import given
from hypothesis import strategies as st
from jumping import jump, now
from outages import Outages, paused, through

from simulated_endpoint import simulated_endpoint
from toolwright.events import PaceWaited, Warned
from toolwright.messages import ModelRequest, Reply
from toolwright.models.door import open_door
from toolwright.models.endpoint import Endpoint, Endpoints
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.passing import LONGEST, Passing, growing
from toolwright.models.rates import Adaptive, Bucket
from toolwright.models.spec import ModelSpec
from toolwright.models.wrappers import Paced, Retrying
from toolwright.protocols import CallSite, Role

MINUTE = 60.0


def most_in_a_minute(times: Sequence[float], amounts: Sequence[float] | None = None) -> float:
    given = amounts or [1.0] * len(times)
    return max(sum(given[start : bisect_left(times, time + MINUTE - 1e-3)]) for start, time in enumerate(times))


class Provider:
    """Answers after some seconds, or complains; remembers who asked when."""

    def __init__(self, seconds: float = 1.0, *faults: Passing | None, tokens: int = 0) -> None:
        self.seconds, self.faults, self.tokens = seconds, list(faults), tokens
        self.asked: list[tuple[float, str]] = []
        self.under_way = self.most = 0

    @property
    def times(self) -> list[float]:
        return [time for time, _ in self.asked]

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        self.asked.append((now(), site.role))
        fault = self.faults.pop(0) if self.faults else None
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.under_way -= 1
        if fault is not None:
            raise fault
        return say(input=self.tokens)


def own_waits(listener: Listener) -> list[PaceWaited]:
    return [event for event in listener.events if isinstance(event, PaceWaited)]


async def flood(provider: Provider, spec: ModelSpec, count: int, optimizer: int = 0) -> Listener:
    """So many requests of the agent at once, and then some of the optimizer, on one endpoint."""
    listener, endpoints = Listener(), Endpoints()
    roles: dict[Role, int] = {"agent": count, "optimizer": optimizer}
    async with asyncio.TaskGroup() as group:
        for role, number in roles.items():
            paced = Paced(provider, endpoints.of(spec), listener)
            asking = Retrying(paced, spec.attempts, listener, first_wait=spec.retry_wait, patience=0)
            for turn in range(number):
                group.create_task(asking.request(site(turn, role=role), ask()))
    return listener


@given(first=st.floats(0.001, 60), times=st.integers(0, 100_000))
def test_waits_double_up_to_the_longest_however_many_there_were(first: float, times: int):
    assert growing(first, 0) == first
    assert growing(first, times + 1) == min(LONGEST, 2 * growing(first, times))


@given(limit=st.floats(0.5, 2000), pauses=st.lists(st.floats(0, 90), max_size=8))
def test_a_bucket_lets_no_minute_hold_more_than_its_limit_and_wastes_none(limit: float, pauses: list[float]):
    bucket, at = Bucket(limit), 0.0
    times: list[float] = []
    for pause in [0.0, *pauses]:
        at += pause
        for _ in range(int(limit / 4) + 2):
            at += bucket.wait(1, at)
            bucket.take(1, at)
            times.append(at)
    assert most_in_a_minute(times) <= ceil(limit)


@given(limit=st.integers(100, 100_000), shares=st.lists(st.floats(0, 0.3), min_size=1, max_size=60))
def test_tokens_hold_to_within_one_request_also_where_one_is_larger_than_goes_at_once(limit: int, shares: list[float]):
    bucket, at = Bucket(limit), 0.0
    times: list[float] = []
    amounts = [int(limit * share) for share in shares]
    for amount in amounts:
        at += bucket.wait(amount, at)
        bucket.take(amount, at)
        times.append(at)
    assert most_in_a_minute(times, amounts) <= limit + max(amounts) + 1


def test_tokens_that_were_not_needed_after_all_are_free_for_the_next():
    bucket = Bucket(1000)
    bucket.take(100, 0.0)
    assert bucket.wait(100, 0.0) > 5
    bucket.take(-90, 0.0)
    assert bucket.wait(90, 0.0) == 0


def test_complaints_about_one_burst_halve_once_and_successes_bring_the_places_back_one_a_round():
    adaptive = Adaptive(16, first_hold=1.0)
    assert [adaptive.complained(sent=0.0, now=5.0) for _ in range(3)] == [1.0, None, None]
    assert adaptive.places == 8
    assert [adaptive.complained(sent=sent, now=sent) for sent in (6.0, 7.0, 8.0, 9.0)] == [2.0, 4.0, 8.0, 16.0]
    assert adaptive.places == 1
    for expected in range(2, 17):
        for _ in range(expected):
            adaptive.succeeded()
        assert adaptive.places >= expected
    for _ in range(100):
        adaptive.succeeded()
    assert adaptive.places == 16
    assert adaptive.complained(sent=100.0, now=100.0) == 1.0


def test_requests_a_minute_hold_over_an_hour_and_all_are_used():
    provider = Provider(seconds=0.5)
    jump(flood(provider, ModelSpec(model="m", requests_per_minute=30), 900, optimizer=900))
    assert most_in_a_minute(provider.times) <= 30
    assert provider.times[-1] < 1800 / 28 * MINUTE


def test_tokens_a_minute_hold_by_what_replies_really_used():
    provider = Provider(seconds=0.5, tokens=500)
    jump(flood(provider, ModelSpec(model="m", tokens_per_minute=10_000, concurrency=16), 200))
    assert 18 <= most_in_a_minute(provider.times) <= 21


def test_every_long_wait_for_ones_own_limit_is_told_as_such_whoever_waits():
    provider = Provider(seconds=0.5)
    listener = jump(flood(provider, ModelSpec(model="m", requests_per_minute=6), 5, optimizer=3))
    told = own_waits(listener)
    assert paused(listener) == []
    assert {event.limit for event in told} == {"requests_per_minute = 6"}
    assert {event.role for event in told} == {"agent", "optimizer"}
    waited = [after - before for before, after in pairwise(provider.times)]
    assert [event.wait for event in told] == pytest.approx(waited)


@pytest.mark.parametrize(("used", "told"), [(600, [66.5]), (700, [66.5, 57.7]), (10, [66.5, 0.0])])
def test_a_wait_that_replies_make_longer_or_shorter_is_told_again(used: int, told: list[float]):
    waits: list[PaceWaited] = []

    async def run() -> None:
        endpoint = Endpoint(ModelSpec(model="m", tokens_per_minute=600))

        async def one() -> None:
            async with endpoint.turn("agent", 600, waits.append) as turn:
                await asyncio.sleep(20)
                endpoint.answered(turn, used)

        await asyncio.gather(one(), one())

    jump(run())
    assert [each.wait for each in waits] == pytest.approx(told, abs=0.1)
    assert {each.limit for each in waits if each.wait} == {"tokens_per_minute = 600"}


def test_short_waits_for_ones_own_limits_and_waits_that_the_provider_asks_for_are_not_told_as_such():
    provider = Provider(1.0, Passing("rate limit", wait=90.0))
    listener = jump(flood(provider, ModelSpec(model="m", requests_per_minute=15), 20))
    assert own_waits(listener) == paused(listener) == []


def test_a_request_larger_than_a_minutes_tokens_is_sent_and_said_once_for_each_role():
    settings = {"max_tokens": 2400}
    answers, listener, _ = jump(
        through(Outages(), 6, roles=("agent", "optimizer"), tokens_per_minute=1000, settings=settings)
    )
    assert {type(answer) for answer in answers} == {Reply}
    warned = sorted(event.text for event in listener.events if isinstance(event, Warned))
    assert len(warned) == 2
    for role, text in zip(("agent", "optimizer"), warned, strict=True):
        assert text.startswith(f"a request of the {role} to m has about 2,4")
        assert "tokens (prompt and max_tokens), more than tokens_per_minute = 1,000 allows in a minute" in text
        assert "waits for up to 2.7 minutes; raise the limit" in text


@pytest.mark.parametrize("limit", [100, 1000, 2000])
def test_what_is_said_of_the_next_requests_wait_is_just_what_it_waits_at_the_most(limit: int):
    provider, listener = Provider(seconds=0.0, tokens=2400), Listener()
    paced = Paced(provider, Endpoint(ModelSpec(model="m", tokens_per_minute=limit)), listener)

    async def run() -> None:
        for turn in range(2):
            await paced.request(site(turn), ask(max_tokens=2400 - 20))

    jump(run())
    said = next(event.text for event in listener.events if isinstance(event, Warned))
    most = float(said.partition("waits for up to ")[2].partition(" minutes")[0])
    assert most - 0.2 < provider.times[1] / MINUTE <= most


def test_a_request_that_a_minute_has_room_for_is_not_warned_of():
    _, listener, _ = jump(through(Outages(), 3, tokens_per_minute=3000, settings={"max_tokens": 2400}))
    assert [event for event in listener.events if isinstance(event, Warned)] == []


def test_one_request_of_the_optimizer_is_not_behind_five_hundred_of_the_agent():
    provider = Provider()
    jump(flood(provider, ModelSpec(model="m", concurrency=4), 500, optimizer=3))
    firsts = [role for _, role in provider.asked[:10]]
    assert firsts == ["agent"] * 4 + ["agent", "optimizer"] * 3
    assert (provider.most, len(provider.asked)) == (4, 503)


def test_when_the_provider_says_when_to_come_back_nobody_comes_before():
    provider = Provider(1.0, Passing("rate limit", wait=40.0))
    listener = jump(flood(provider, ModelSpec(model="m", concurrency=2), 6))
    assert provider.times == [0, 0, 41, 41, 42, 42, 43]
    assert [retry.wait for retry in listener.retries] == [40.0]


def test_a_complaint_without_a_time_silences_all_a_little_and_halves_what_is_at_once():
    faults = [Passing("rate limit")] * 8
    provider = Provider(1.0, *faults)
    jump(flood(provider, ModelSpec(model="m", concurrency=8, retry_wait=2.0), 40))
    assert provider.times[:12] == [0] * 8 + [3] * 4
    assert provider.most == 8
    at_once = [provider.times.count(time) for time in sorted(set(provider.times))]
    assert at_once[:3] == [8, 4, 4]
    assert max(at_once[1:]) > 5


def test_a_storm_of_complaints_is_outlived_by_five_hundred_requests():
    provider = Provider(0.2, *[Passing("rate limit")] * 60)
    jump(flood(provider, ModelSpec(model="m", concurrency=16), 500))
    assert len(provider.asked) == 560


def test_who_gave_up_waiting_leaves_no_place_taken():
    async def run() -> list[float]:
        endpoint = Endpoint(ModelSpec(model="m", concurrency=1))

        async def hold(seconds: float) -> float:
            async with endpoint.turn("agent"):
                await asyncio.sleep(seconds)
            return now()

        first, second, third = (asyncio.create_task(hold(10)) for _ in range(3))
        await asyncio.sleep(1)
        second.cancel()
        done = [await first]
        third.cancel()  # its leave is given in this very turn of the loop
        return [*done, await hold(10)]

    assert jump(run()) == [10, 20]


@pytest.mark.parametrize("other", [{}, {"model": "other"}, {"base_url": "http://127.0.0.1:9/v1"}, {"api_key_env": "B"}])
def test_roles_share_an_endpoint_where_address_model_and_key_are_the_same(other: dict[str, str]):
    endpoints = Endpoints()
    one = ModelSpec(model="m", base_url="http://127.0.0.1:8/v1", concurrency=2)
    assert (endpoints.of(one) is endpoints.of(one.model_copy(update=other))) == (other == {})


async def test_the_real_endpoint_sees_no_more_requests_in_a_minute_from_both_roles_than_the_limit():
    endpoints = Endpoints()
    with simulated_endpoint() as endpoint:
        began = time.monotonic()
        spec = ModelSpec(model="agent", base_url=endpoint.url, requests_per_minute=600)
        async with asyncio.TaskGroup() as group:
            for role in ("agent", "optimizer"):
                group.create_task(ask_often(spec, role, endpoints, 34))
        times = [entry["at"] for entry in endpoint.log()]
    at_once, each_second = 60, 541 / 60  # a tenth, and the rest spread over the minute
    allowed = [at_once + each_second * (at - began) for at in times]
    assert len(times) == 68
    assert [number for number, most in enumerate(allowed, start=1) if number > most] == []


async def ask_often(spec: ModelSpec, role: Role, endpoints: Endpoints, count: int) -> None:
    ledger, listener = Ledger(Limits()), Listener()
    opened = open_door(spec, role, journal=NoJournal(), ledger=ledger, events=listener, endpoints=endpoints)
    async with opened as model, asyncio.TaskGroup() as group:
        for turn in range(count):
            group.create_task(model.request(site(turn, role=role), ask()))
