"""Faults as a real endpoint makes them: which are tried again, how often, and what is said."""

from itertools import pairwise

import pytest
from asking import Listener, ask, door, site
from pydantic_ai.exceptions import ModelHTTPError

from simulated_endpoint import simulated_endpoint
from toolwright.errors import (
    ContextTooLong,
    KeyRefused,
    ModelError,
    ModelUnavailable,
    ModelUnknown,
    QuotaUsedUp,
    RequestRefused,
)
from toolwright.models.faults import classify
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.passing import Passing

FILTER = "the provider's content filter"
FAULTS: dict[str, tuple[str | type[ModelError], str, int]] = {
    # kind: what it counts as (a fault that may pass, or the error it is), what is said, requests paid for
    "rate_limit": ("rate limit", "rate_limit_exceeded", 1),
    "rate_limit_bare": ("rate limit", "rate_limit_exceeded", 1),
    "server_error": ("server error", "server_error", 1),
    "refused": ("connection", "ClientConnectorError: Cannot connect to host 127.0.0.1", 0),
    "reset": ("connection", "Connection reset by peer", 1),
    "hang_up": ("connection", "ServerDisconnectedError: Server disconnected", 1),
    "cut_off": ("connection", "", 1),
    "timeout": ("timeout", "timed out after 1 second", 1),
    "trickle": ("timeout", "timed out after 1 second", 1),
    "truncated": ("unreadable reply", "Failed to decode response as JSON", 1),
    "not_json": ("unreadable reply", "Failed to decode response as JSON", 1),
    "wrong_schema": ("unreadable reply", "validation error", 1),
    "no_choices": ("unreadable reply", "IndexError", 1),
    "empty": ("empty reply", "", 2),
    "content_filter": (RequestRefused, f"{FILTER} withheld the reply", 1),
    "filtered": (RequestRefused, f"{FILTER} refused the request: .*content_filter", 0),
    "too_long": (ContextTooLong, "the request is too long for the model: .*context_length_exceeded", 0),
    "empty_length": (RequestRefused, "cut off before it said anything; raise the setting max_tokens", 1),
    "bad_key": (KeyRefused, r"\(invalid_api_key\); put one it accepts", 0),
    "no_model": (ModelUnknown, r"\(model_not_found\); correct its name \(models.agent\)", 0),
    "quota": (QuotaUsedUp, "the account's quota or credit is used up", 0),
}
"""Every kind of fault: an empty reply and one cut off or withheld are paid for, what was never answered is not."""

PASSING = [kind for kind, (counted, _, _) in FAULTS.items() if isinstance(counted, str) and kind != "refused"]
FINAL = [kind for kind, (counted, _, _) in FAULTS.items() if not isinstance(counted, str)]


@pytest.mark.parametrize("kind", PASSING)
async def test_a_fault_that_may_pass_is_tried_again_once_and_told(kind: str):
    listener, ledger = Listener(), Ledger(Limits())
    fault, says, paid = FAULTS[kind]
    with simulated_endpoint(plan=kind, hang=2, retry_after=0.02) as endpoint:
        async with door(endpoint.url, listener, ledger) as model:
            reply = await model.request(site(), ask())
        assert reply.message.text == "I cannot know that. \\boxed{unknown}"
        assert endpoint.counts()["requests"] == 2
    (retry,) = listener.retries
    assert (retry.role, retry.attempt, retry.fault.partition(":")[0]) == ("agent", 1, fault)
    assert says in retry.fault
    assert retry.wait == 0.02 if kind == "rate_limit" else 0.005 <= retry.wait <= 0.01
    assert ledger.total.requests == paid


@pytest.mark.parametrize("kind", FINAL)
async def test_a_fault_that_will_not_pass_is_sent_once_and_says_what_to_do(kind: str):
    listener, ledger = Listener(), Ledger(Limits())
    error, says, paid = FAULTS[kind]
    assert isinstance(error, type)
    with simulated_endpoint(plan=kind) as endpoint:
        async with door(endpoint.url, listener, ledger) as model:
            with pytest.raises(error, match=says) as caught:
                await model.request(site(), ask())
        assert endpoint.counts()["requests"] == 1
    assert type(caught.value) is error
    assert (listener.events, ledger.total.requests) == ([], paid)


async def test_a_refused_connection_is_tried_again_and_counts_nothing():
    listener, ledger = Listener(), Ledger(Limits())
    fault, says, paid = FAULTS["refused"]
    with simulated_endpoint() as endpoint:
        endpoint.stop()
        async with door(endpoint.url, listener, ledger, attempts=3) as model:
            with pytest.raises(ModelUnavailable, match=f"failed 3 times in a row; last: {fault}: {says}"):
                await model.request(site(), ask())
    assert [(retry.attempt, retry.fault.startswith(f"{fault}: {says}")) for retry in listener.retries] == [
        (1, True),
        (2, True),
    ]
    assert ledger.total.requests == paid


TOO_LONG = {
    "vLLM": "This model's maximum context length is 4096 tokens. However, your request has 9000 input tokens.",
    "vLLM's engine": "The decoder prompt (length 9000) is longer than the maximum model length of 4096.",
    "SGLang": "The input (9000 tokens) is longer than the model's context length (4096 tokens).",
    "llama.cpp": "the request exceeds the available context size, try increasing it",
    "Ollama": "prompt too long; exceeded max context length by 4904 tokens",
    "LM Studio": "The number of tokens to keep from the initial prompt is greater than the context length",
    "Anthropic": "prompt is too long: 209000 tokens > 200000 maximum",
}


@pytest.mark.parametrize("server", TOO_LONG)
def test_a_context_that_is_too_long_is_told_from_other_refusals_in_every_servers_words(server: str):
    body = {"message": TOO_LONG[server], "type": "invalid_request_error"}
    assert type(classify(ModelHTTPError(400, "m", body), (), "agent")) is ContextTooLong
    other = classify(ModelHTTPError(400, "m", {"message": "temperature must be at most 2"}), (), "agent")
    assert type(other) is ModelError
    assert "temperature must be at most 2; check the model's settings and its address" in str(other)


def test_a_request_larger_than_the_tokens_of_a_minute_is_too_long_and_no_rate_limit_to_wait_for():
    larger = "Request too large for m on tokens per min (TPM): Limit 30000, Requested 61337. Tokens must be reduced."
    faster = "Rate limit reached for m on tokens per min (TPM): Limit 30000, Used 29000, Requested 1337."
    found = [
        classify(ModelHTTPError(429, "m", {"message": text, "code": "rate_limit_exceeded"}), (), "agent")
        for text in (larger, faster)
    ]
    assert [type(error) for error in found] == [ContextTooLong, Passing]


async def test_a_request_is_sent_as_often_as_the_spec_says_and_not_by_the_library_beside():
    with simulated_endpoint(fault_rate=1, faults="server_error") as endpoint:
        async with door(endpoint.url, attempts=4) as model:
            with pytest.raises(ModelUnavailable, match="agent model failed 4 times in a row; last: server error"):
                await model.request(site(), ask())
        assert endpoint.counts()["requests"] == 4


async def test_a_retry_waits_as_long_as_the_provider_asks():
    wait = 0.3
    with simulated_endpoint(plan="rate_limit", retry_after=wait) as endpoint:
        async with door(endpoint.url) as model:
            await model.request(site(), ask())
        times = [entry["at"] for entry in endpoint.log()]
    assert [wait <= later - before for before, later in pairwise(times)] == [True]  # unasked, not a hundredth


@pytest.mark.parametrize(
    "error", [IndexError("no choices"), KeyError("usage"), ValueError("x"), TypeError("x"), AttributeError("x")]
)
def test_what_the_library_trips_over_in_a_reply_is_an_unreadable_reply(error: Exception):
    fault = classify(error, (), "agent")
    assert isinstance(fault, Passing)
    assert str(fault).startswith(f"unreadable reply: {type(error).__name__}: ")


def test_a_broken_network_is_a_connection_fault_and_a_bug_of_the_model_object_ends_the_run():
    errors = ConnectionResetError("peer"), ZeroDivisionError("division by zero")
    fault, bug = (classify(error, (), "agent") for error in errors)
    assert isinstance(fault, Passing)
    assert fault.fault == "connection"
    assert type(bug) is ModelError
    assert "the model cannot be asked: ZeroDivisionError: division by zero" in str(bug)
