"""Faults as a real endpoint makes them: which are tried again, how often, and what is said."""

from itertools import pairwise

import pytest
from asking import Listener, ask, door, site

from simulated_endpoint import simulated_endpoint
from toolwright.errors import ModelError, ModelUnavailable, RequestRefused
from toolwright.models.faults import classify
from toolwright.models.passing import Passing

PASSING = {
    "rate_limit": "rate limit",
    "server_error": "server error",
    "timeout": "timeout",
    "trickle": "timeout",
    "truncated": "unreadable reply",
    "not_json": "unreadable reply",
    "no_choices": "unreadable reply",
    "empty": "empty reply",
    "hang_up": "connection",
    "cut_off": "connection",
}
FINAL = {
    "bad_key": (ModelError, "invalid_api_key.*check the model's name, its key and its base_url"),
    "no_model": (ModelError, "model_not_found.*`toolwright doctor CONFIG` tries them"),
    "too_long": (RequestRefused, "the provider refused the request: .*context_length_exceeded"),
    "empty_length": (RequestRefused, "cut off before it said anything; raise the setting max_tokens"),
    "quota": (ModelUnavailable, "the account's quota or credit is used up"),
}


@pytest.mark.parametrize("fault", PASSING)
async def test_a_fault_that_may_pass_is_tried_again_once_and_told(fault: str):
    listener = Listener()
    with simulated_endpoint(plan=fault, hang=2, retry_after=0.02) as endpoint:
        async with door(endpoint.url, listener) as model:
            reply = await model.request(site(), ask())
        assert reply.message.text == "I cannot know that. \\boxed{unknown}"
        assert endpoint.counts()["requests"] == 2
    (retry,) = listener.retries
    assert (retry.role, retry.attempt, retry.fault.partition(":")[0]) == ("agent", 1, PASSING[fault])
    assert retry.wait == 0.02 if fault == "rate_limit" else 0.005 <= retry.wait <= 0.01


@pytest.mark.parametrize("fault", FINAL)
async def test_a_fault_that_will_not_pass_is_sent_once_and_says_what_to_do(fault: str):
    listener = Listener()
    kind, text = FINAL[fault]
    with simulated_endpoint(plan=fault) as endpoint:
        async with door(endpoint.url, listener) as model:
            with pytest.raises(kind, match=text) as caught:
                await model.request(site(), ask())
        assert endpoint.counts()["requests"] == 1
    assert type(caught.value) is kind
    assert listener.retries == []


async def test_a_request_is_sent_as_often_as_the_spec_says_and_not_by_the_library_beside():
    with simulated_endpoint(fault_rate=1, faults="server_error") as endpoint:
        async with door(endpoint.url, attempts=4) as model:
            with pytest.raises(ModelUnavailable, match="agent model failed 4 times in a row; last: server error"):
                await model.request(site(), ask())
        assert endpoint.counts()["requests"] == 4


async def test_an_endpoint_that_is_not_there_is_unavailable_after_the_last_attempt():
    with simulated_endpoint() as endpoint:
        endpoint.stop()
        async with door(endpoint.url, attempts=2) as model:
            with pytest.raises(ModelUnavailable, match="failed 2 times in a row; last: connection"):
                await model.request(site(), ask())


@pytest.mark.parametrize("wait", [0.3, 1])
async def test_a_retry_waits_as_long_as_the_provider_asks(wait: float):
    with simulated_endpoint(plan="rate_limit", retry_after=wait) as endpoint:
        async with door(endpoint.url) as model:
            await model.request(site(), ask())
        times = [entry["at"] for entry in endpoint.log()]
    assert [wait <= later - before < wait + 1 for before, later in pairwise(times)] == [True]


@pytest.mark.parametrize(
    "error", [IndexError("no choices"), KeyError("usage"), ValueError("x"), TypeError("x"), AttributeError("x")]
)
def test_what_the_library_trips_over_in_a_reply_is_an_unreadable_reply(error: Exception):
    fault = classify(error)
    assert isinstance(fault, Passing)
    assert str(fault).startswith(f"unreadable reply: {type(error).__name__}: ")


def test_a_broken_network_is_a_connection_fault_and_a_bug_of_the_model_object_ends_the_run():
    fault, bug = classify(ConnectionResetError("peer")), classify(ZeroDivisionError("division by zero"))
    assert isinstance(fault, Passing)
    assert fault.fault == "connection"
    assert type(bug) is ModelError
    assert "the model cannot be asked: ZeroDivisionError: division by zero" in str(bug)
