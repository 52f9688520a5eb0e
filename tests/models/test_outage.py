"""A provider's outage: everything waits for one try at a time, goes on when it answers, and ends when patience does."""

import asyncio

import pytest
from asking import Listener, NoJournal, ask, site
from jumping import jump, now
from outages import Outages, paused, resumed, through

from simulated_endpoint import simulated_endpoint
from toolwright.errors import BudgetReached, ModelError, ModelUnavailable, QuotaUsedUp
from toolwright.events import ModelRetried
from toolwright.messages import ModelRequest, Reply
from toolwright.models.door import open_door
from toolwright.models.endpoint import Endpoints
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.passing import Passing
from toolwright.models.spec import ModelSpec
from toolwright.protocols import CallSite, Role

END = "the provider of m has been out for 5 minutes, last: connection: refused; go on when it is back"


async def test_no_credit_is_no_outage_and_ends_every_request_at_once():
    with simulated_endpoint(plan="ok,quota", fault_rate=1, faults="quota") as endpoint:
        spec = ModelSpec(model="agent", base_url=endpoint.url, concurrency=1)
        async with open_door(spec, "agent", journal=NoJournal(), ledger=Ledger(Limits()), events=Listener()) as model:
            await model.request(site(0), ask())
            rest = (model.request(site(turn), ask()) for turn in range(1, 9))
            found = await asyncio.gather(*rest, return_exceptions=True)
        assert [type(each) for each in found].count(QuotaUsedUp) == 1
        assert all(isinstance(each, ModelUnavailable) for each in found)
        assert endpoint.counts()["requests"] == 2


@pytest.mark.parametrize("fault", ["connection", "timeout", "server error"])
def test_an_outage_is_waited_out_with_one_growing_try_at_a_time_and_no_request_fails(fault: str):
    provider = Outages((5, 305), fault=Passing(fault, "gone"))
    answers, listener, ledger = jump(through(provider, 500, roles=("agent", "optimizer")))
    assert all(isinstance(answer, Reply) for answer in answers)
    assert ledger.total.requests == len(provider.answers) == 500
    tries = [round(at) for at in provider.tries]
    assert len(tries) < 4 * 3 + 10
    assert [each.wait for each in paused(listener)] == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert [each.since for each in paused(listener)][:3] == pytest.approx([0, 1.1, 3.2])
    assert paused(listener)[0].fault == f"{fault}: gone"
    (back,) = resumed(listener)
    assert 300 < back.seconds < 365
    assert min(at for at in provider.answers if at > 6) > 305


def test_what_waits_out_an_outage_uses_no_attempt():
    provider = Outages((1.5, 600))
    answers, listener, _ = jump(through(provider, 40, attempts=6))
    assert all(isinstance(answer, Reply) for answer in answers)
    assert max(event.attempt for event in listener.events if isinstance(event, ModelRetried)) == 1


def test_a_single_request_comes_to_the_pause_before_its_attempts_are_used_up():
    provider = Outages((1.0, 400))
    answers, listener, _ = jump(through(provider, 2, concurrency=1, attempts=2))
    assert all(isinstance(answer, Reply) for answer in answers)
    assert len(resumed(listener)) == 1


def test_when_patience_ends_every_waiting_and_every_later_request_fails_at_once_and_says_how_to_go_on():
    async def run() -> None:
        provider = Outages((2.5, float("inf")))
        answers, listener, ledger = await through(provider, 100, outage_minutes=5)
        failed = [answer for answer in answers if not isinstance(answer, Reply)]
        assert (len(failed), ledger.total.requests) == (88, 12)
        assert {type(error) for error in failed} == {ModelUnavailable}
        assert {str(error) for error in failed} == {END}
        assert 302 < now() < 304
        assert sum(each.wait for each in paused(listener)) < 300
        assert resumed(listener) == []

    jump(run())


@pytest.mark.parametrize("fault", [Passing("connection", "refused"), Passing("server error", "later", wait=120.0)])
def test_a_provider_that_is_back_before_the_patience_ends_is_found_by_a_last_try_at_its_end(fault: Passing):
    provider = Outages((2.5, 295), fault=fault)
    answers, listener, _ = jump(through(provider, 100, outage_minutes=5))
    assert {type(answer) for answer in answers} == {Reply}
    (back,) = resumed(listener)
    last_wait = paused(listener)[-1]
    assert last_wait.since + last_wait.wait == pytest.approx(300, abs=0.01)
    assert back.seconds == pytest.approx(301, abs=0.01)  # the last try takes a second


def test_a_provider_that_is_gone_for_good_is_given_up_with_the_last_try_and_not_before():
    provider = Outages((2.5, float("inf")))
    jump(through(provider, 100, outage_minutes=5))
    began = next(at for at in provider.tries if at > 2.5)
    assert provider.tries[-1] - began == pytest.approx(300, abs=1)


def test_a_provider_given_up_stays_given_up_for_both_roles():
    async def run() -> None:
        endpoints, provider = Endpoints(), Outages((0.5, 120))
        spec = ModelSpec(model="m", outage_minutes=1)

        async def one(role: Role) -> Reply:
            opened = open_door(
                spec, role, journal=NoJournal(), ledger=Ledger(Limits()), events=Listener(), model=provider,
                endpoints=endpoints,
            )  # fmt: skip
            async with opened as model:
                return await model.request(site(role=role), ask())

        await one("agent")
        with pytest.raises(ModelUnavailable):
            await one("agent")
        gone, asked = now(), len(provider.tries)
        await asyncio.sleep(200)
        with pytest.raises(ModelUnavailable, match="go on when it is back"):
            await one("optimizer")
        assert (now(), len(provider.tries)) == (gone + 200, asked)

    jump(run())


def test_a_provider_that_never_answered_fails_after_its_attempts_and_then_at_once():
    async def run() -> None:
        provider = Outages((0, float("inf")))
        answers, listener, _ = await through(provider, 500, attempts=3, roles=("agent", "optimizer"))
        assert {type(answer) for answer in answers} == {ModelUnavailable}
        assert all("model failed 3 times in a row; last: connection: refused" in str(answer) for answer in answers)
        assert now() < 60
        assert paused(listener) == []
        assert 2 * 4 < len(provider.tries) <= 3 * 4

    jump(run())


@pytest.mark.parametrize("fault", [Passing("unreadable reply"), ModelError("no")])
def test_what_shows_that_the_provider_is_there_is_no_outage(fault: Exception):
    _, listener, _ = jump(through(Outages((1.5, 30), fault=fault), 40))
    assert paused(listener) == []


def test_the_minutes_of_the_budget_end_the_waiting():
    async def run() -> None:
        answers, _, _ = await through(Outages((2.5, float("inf"))), 30, limits=Limits(minutes=2))
        assert {type(answer) for answer in answers if not isinstance(answer, Reply)} == {BudgetReached}
        assert now() == pytest.approx(120)

    jump(run())


def test_a_try_that_is_given_up_leaves_the_next_one_to_another_request():
    class Hanging(Outages):
        hanging = -1

        async def request(self, site: CallSite, request: ModelRequest) -> Reply:
            if len(self.tries) == 5:
                self.tries.append(now())
                self.hanging = site.turn
                await asyncio.sleep(10_000)
            return await super().request(site, request)

    async def run() -> list[str]:
        provider, listener = Hanging((1.0, 3.5)), Listener()
        spec = ModelSpec(model="m", concurrency=5)
        opened = open_door(spec, "agent", journal=NoJournal(), ledger=Ledger(Limits()), events=listener, model=provider)
        async with opened as model:
            await model.request(site(99), ask())
            tasks = [asyncio.create_task(model.request(site(turn), ask())) for turn in range(5)]
            await asyncio.sleep(100)
            tasks[provider.hanging].cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
        return sorted(type(each).__name__ for each in done)

    assert jump(run()) == ["CancelledError"] + ["Reply"] * 4


async def test_a_real_endpoint_that_dies_is_told_as_paused_and_given_up_after_the_patience():
    listener, ledger = Listener(), Ledger(Limits())
    with simulated_endpoint(die_after=20) as endpoint:
        spec = ModelSpec(model="agent", base_url=endpoint.url, retry_wait=0.01, outage_minutes=0.02, concurrency=8)
        opened = open_door(spec, "agent", journal=NoJournal(), ledger=ledger, events=listener)
        async with opened as model:
            requests = (model.request(site(turn), ask()) for turn in range(60))
            answers = await asyncio.gather(*requests, return_exceptions=True)
    failed = [answer for answer in answers if not isinstance(answer, Reply)]
    assert ledger.total.requests == len(answers) - len(failed) <= 20
    assert all("has been out for 0.02 minutes, last: connection: " in str(error) for error in failed)
    first, second = [each.wait for each in paused(listener)]
    assert (first, 0 < second < 0.2) == (1.0, True)


@pytest.mark.soak
async def test_a_real_endpoint_that_comes_back_is_gone_on_with_and_nothing_is_lost_or_asked_twice():
    listener, ledger = Listener(), Ledger(Limits())
    with simulated_endpoint(latency=0.05, outage="0.3,2") as endpoint:
        spec = ModelSpec(model="agent", base_url=endpoint.url, retry_wait=0.01, concurrency=8)
        async with open_door(spec, "agent", journal=NoJournal(), ledger=ledger, events=listener) as model:
            answers = await asyncio.gather(*(model.request(site(turn), ask()) for turn in range(120)))
        assert endpoint.counts()["ok"] == ledger.total.requests == len(answers) == 120
    assert 1 <= len(resumed(listener)) <= 3  # a slow machine may meet the end of the outage twice
    assert len(resumed(listener)) <= len(paused(listener)) <= 6
