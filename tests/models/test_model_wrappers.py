"""The wrappers of the door, one at a time and as the door puts them together."""

import asyncio

import pytest
from asking import Listener, NoJournal, Scripted, ask, say, scratch_store, site

from simulated_endpoint import simulated_endpoint
from toolwright.errors import ModelError, ModelUnavailable, RequestRefused, RunError
from toolwright.messages import AssistantMessage, ModelRequest, Reply, ToolCall
from toolwright.models.door import open_door
from toolwright.models.endpoint import Endpoints
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.passing import Passing
from toolwright.models.spec import ModelSpec
from toolwright.models.wrappers import Journalled, NotEmpty, Paced, Retrying, WithSettings
from toolwright.protocols import CallSite, Model


class Gauge:
    """Takes a moment for each request and keeps count of those under way."""

    def __init__(self, seconds: float = 0.01) -> None:
        self.seconds, self.now, self.most, self.done = seconds, 0, 0, 0

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.seconds)
        self.now -= 1
        self.done += 1
        return say()


async def all_of(model: Model, count: int) -> list[Reply]:
    return await asyncio.gather(*(model.request(site(turn), ask(str(turn))) for turn in range(count)))


def paced(inner: Model, places: int) -> Paced:
    return Paced(inner, Endpoints().of(ModelSpec(model="m", concurrency=places)), Listener())


@pytest.mark.parametrize("places", [1, 3])
async def test_never_more_than_its_places_are_under_way_and_all_are_used(places: int):
    gauge = Gauge()
    await all_of(paced(gauge, places), 10)
    assert (gauge.most, gauge.done) == (places, 10)


async def test_a_request_that_waits_to_be_sent_again_holds_no_place():
    order: list[str] = []

    class Busy:
        async def request(self, site: CallSite, request: ModelRequest) -> Reply:
            order.append(site.task)
            if order == ["first"]:
                raise Passing("unreadable reply", wait=0.1)
            return say()

    model = Retrying(paced(Busy(), 1), 2, Listener(), first_wait=0, patience=0)
    await asyncio.gather(*(model.request(site(task=task), ask()) for task in ("first", "second", "third")))
    assert order == ["first", "second", "third", "first"]


async def test_the_concurrency_of_the_spec_holds_at_the_endpoint():
    with simulated_endpoint(latency=0.05) as endpoint, scratch_store() as store:
        spec = ModelSpec(model="agent", base_url=endpoint.url, concurrency=3)
        async with open_door(spec, "agent", journal=store, ledger=Ledger(Limits()), events=Listener()) as model:
            await asyncio.gather(*(model.request(site(turn), ask()) for turn in range(12)))
        counts = endpoint.counts()
    assert (counts["at_once"], counts["requests"]) == (3, 12)


async def test_faults_are_outlived_until_the_last_attempt():
    listener = Listener()
    inner = Scripted(Passing("timeout"), Passing("server error", "busy"), say("at last"))
    reply = await Retrying(inner, 3, listener, first_wait=0, patience=0).request(site(), ask())
    assert reply.message.text == "at last"
    told = [(retry.role, retry.attempt, retry.fault) for retry in listener.retries]
    assert told == [("agent", 1, "timeout"), ("agent", 2, "server error: busy")]


async def test_after_the_last_attempt_the_model_is_unavailable_and_the_last_fault_is_named():
    inner, listener = Scripted(Passing("timeout"), Passing("server error", "busy")), Listener()
    with pytest.raises(ModelUnavailable, match="the optimizer model failed 3 times in a row; last: server error: busy"):
        await Retrying(inner, 3, listener, first_wait=0, patience=0).request(site(role="optimizer"), ask())
    assert (len(inner.requests), len(listener.retries)) == (3, 2)


@pytest.mark.parametrize("error", [ModelError("no such model"), RequestRefused("too long"), ValueError("a bug")])
async def test_what_no_attempt_can_mend_is_raised_at_once(error: Exception):
    inner, listener = Scripted(error), Listener()
    with pytest.raises(type(error)) as caught:
        await Retrying(inner, 6, listener, first_wait=0, patience=0).request(site(), ask())
    assert caught.value is error
    assert (len(inner.requests), listener.events) == (1, [])


async def test_waits_double_from_the_first_with_jitter_and_the_providers_word_goes_before():
    listener = Listener()
    faults = [Passing("timeout"), Passing("timeout"), Passing("rate limit", wait=0.0), Passing("timeout")]
    await Retrying(Scripted(*faults, say()), 6, listener, first_wait=0.02, patience=0).request(site(), ask())
    first, second, third, fourth = [retry.wait for retry in listener.retries]
    assert 0.01 <= first <= 0.02
    assert 0.02 <= second <= 0.04
    assert third == 0.0
    assert 0.08 <= fourth <= 0.16


async def test_a_cancelled_request_is_not_sent_again():
    gauge = Gauge(seconds=30)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await Retrying(gauge, 6, Listener(), first_wait=0, patience=0).request(site(), ask())
    assert gauge.most == 1


async def test_an_empty_reply_is_a_fault_and_a_call_without_text_is_none():
    with pytest.raises(Passing, match="empty reply"):
        await NotEmpty(Scripted(say(" \n")), NoJournal()).request(site(), ask())
    called = Reply(message=AssistantMessage(calls=(ToolCall(id="1", name="add", arguments="{}"),)))
    assert await NotEmpty(Scripted(called), NoJournal()).request(site(), ask()) is called


@pytest.mark.parametrize(("finish", "text"), [("length", "max_tokens"), ("content_filter", "content filter")])
async def test_an_empty_reply_that_would_be_empty_again_is_refused(finish: str, text: str):
    with pytest.raises(RequestRefused, match=text):
        await NotEmpty(Scripted(say("", finish)), NoJournal()).request(site(), ask())


async def test_settings_are_the_roles_and_a_requests_own_win():
    inner = Scripted(say())
    await WithSettings(inner, {"temperature": 0.0, "max_tokens": 900}).request(site(), ask(max_tokens=5))
    assert inner.requests[0].settings == {"temperature": 0.0, "max_tokens": 5}


async def test_a_site_is_asked_once_in_the_life_of_a_run():
    with scratch_store() as store:
        inner = Scripted(say("first"), say("second"))
        model = Journalled(inner, store)
        first = await model.request(site(), ask())
        assert await model.request(site(), ask()) == first
        assert (await model.request(site(1), ask())).message.text == "second"
        assert len(inner.requests) == 2


async def test_a_site_that_asks_something_else_than_before_is_an_error_and_no_request():
    with scratch_store() as store:
        inner = Scripted(say())
        model = Journalled(inner, store)
        await model.request(site(), ask("2 + 2?"))
        with pytest.raises(RunError, match=r"holds a reply for the agent's turn 0 .*but to another request"):
            await model.request(site(), ask("2 + 3?"))
        assert len(inner.requests) == 1


async def test_a_door_opened_again_on_the_same_run_repeats_no_request_and_spends_no_budget():
    with simulated_endpoint() as endpoint, scratch_store() as store:
        spec = ModelSpec(model="agent", base_url=endpoint.url, settings={"max_tokens": 100})
        replies: list[Reply] = []
        ledgers = [Ledger(Limits(requests=1)) for _ in range(2)]
        for ledger in ledgers:
            async with open_door(spec, "agent", journal=store, ledger=ledger, events=Listener()) as model:
                replies.append(await model.request(site(), ask()))
        assert replies[0] == replies[1]
        assert [ledger.total.requests for ledger in ledgers] == [1, 0]
        assert [entry["body"]["max_completion_tokens"] for entry in endpoint.log()] == [100]


async def test_a_failed_request_leaves_nothing_in_the_journal():
    with scratch_store() as store:
        model = Journalled(Scripted(ModelError("no"), say("yes")), store)
        with pytest.raises(ModelError):
            await model.request(site(), ask())
        assert (await model.request(site(), ask())).message.text == "yes"
