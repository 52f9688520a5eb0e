"""An endpoint that gives no usage with its replies, or an impossible one: unknown is not nothing, and limits hold."""

import json
import warnings
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from asking import Listener, ask, door, site
from pydantic_ai.messages import ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.usage import RequestUsage

from toolwright.errors import BudgetReached
from toolwright.events import Warned
from toolwright.messages import ModelRequest, Usage
from toolwright.models.counting import counted
from toolwright.models.ledger import Ledger, Limits, broken_off
from toolwright.models.provider_model import ProviderModel
from toolwright.models.spec import Price
from toolwright.models.transport import openai_provider
from toolwright.protocols import Model

SAID = "The seal of the word is 4711. " * 10
Sent = dict[str, int] | None
"""A usage as an endpoint sends it; None where it sends none."""

ZERO: Sent = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
NEGATIVE: Sent = {"prompt_tokens": -700, "completion_tokens": -30, "total_tokens": -730}
ENDLESS: Sent = {"prompt_tokens": 10**30, "completion_tokens": 10**30, "total_tokens": 10**30}
TOLD: Sent = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


class Telling(ThreadingHTTPServer):
    """An OpenAI-compatible endpoint that sends one and the same reply with a usage of its own."""

    def __init__(self, usage: Sent) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.usage = usage
        self.tokens = 0  # by its own count, 4 characters each, which it tells nobody

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        assert isinstance(server, Telling)
        server.tokens += (sum(len(message["content"]) for message in body["messages"]) + len(SAID)) // 4
        choice = {"index": 0, "message": {"role": "assistant", "content": SAID}, "finish_reason": "stop"}
        reply = {"id": "x", "object": "chat.completion", "created": 1, "model": "agent", "choices": [choice]}
        content = json.dumps(reply if server.usage is None else {**reply, "usage": server.usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Says nothing."""


@contextmanager
def telling(usage: Sent) -> Generator[Telling]:
    with Telling(usage) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def counts(
    *parts: TextPart | ThinkingPart | ToolCallPart, asked: int = 0, said: int = 0, cached: int = 0, longest: int = 9_999
) -> tuple[int, int, int]:
    """Tokens of prompt, reply and cache, of a request of 400 characters for which these were told."""
    told = RequestUsage(input_tokens=asked, output_tokens=said, cache_read_tokens=cached)
    used = counted(ModelResponse(parts=parts, usage=told), ask("x" * 400, max_tokens=longest))
    return used.input_tokens, used.output_tokens, used.cache_read_tokens


async def ask_until_the_budget_ends(model: Model) -> list[Usage]:
    replies: list[Usage] = []
    with suppress(BudgetReached):
        while len(replies) < 100:
            replies.append((await model.request(site(len(replies)), ask("What is it? " * 40))).usage)
    return replies


@pytest.mark.parametrize(("usage", "limits"), [(None, Limits(tokens=3000)), (ZERO, Limits(dollars=0.009))])
async def test_a_limit_holds_at_an_endpoint_that_does_not_tell_what_it_used(usage: Sent, limits: Limits) -> None:
    ledger, price = Ledger(limits), {"input": 3.0, "output": 3.0}
    with telling(usage) as server:
        async with door(server.url, ledger=ledger, price=price, settings={"max_tokens": 100}) as model:
            replies = await ask_until_the_budget_ends(model)
        assert 2000 < server.tokens <= ledger.total.tokens <= 3000
    assert ledger.total == sum(replies, Usage())
    assert ledger.total.dollars == pytest.approx(3e-6 * ledger.total.tokens)


async def test_that_usage_is_estimated_is_said_once_and_not_as_a_warning_of_pythons() -> None:
    listener, found = Listener(), list[tuple[int, int]]()
    with telling(None) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        library = OpenAIChatModel("agent", provider=openai_provider(server.url, "none-needed"))
        async with library:
            model = ProviderModel(library, timeout=5, price=Price(input=1, output=1), events=listener)
            for turn, server.usage in enumerate((TOLD, None, NEGATIVE, ENDLESS)):
                used = (await model.request(site(turn), ask())).usage
                assert len(listener.events) == min(turn, 1)
                found.append((used.input_tokens, used.output_tokens))
    assert found[0] == (7, 2)
    assert found[1] == found[2] == found[3] == (broken_off(ask(), None).input_tokens, 75)
    (event,) = listener.events
    assert isinstance(event, Warned)
    assert event.text.startswith("the endpoint gives no usage with the agent's replies, or an impossible one: ")


def test_what_is_told_and_can_be_is_taken_as_it_is() -> None:
    told = RequestUsage(input_tokens=7, output_tokens=2, cache_read_tokens=3, cache_write_tokens=1)
    response = ModelResponse(parts=[TextPart(SAID)], usage=told)
    assert counted(response, ask()) is told
    assert counts(asked=7) == (7, 0, 0)  # a reply that says nothing may have no tokens


def test_each_count_that_cannot_be_is_estimated_from_what_was_asked_or_said() -> None:
    (prompt, *_) = counts()
    assert 100 < prompt < 150  # 400 characters, and what the request has around them
    assert counts(TextPart("x" * 41)) == (prompt, 11, 0)
    assert counts(TextPart("x" * 41), asked=7) == (7, 11, 0)
    assert counts(TextPart("x" * 41), said=9) == (prompt, 9, 0)
    assert counts(TextPart("é" * 20)) == (prompt, 10, 0)
    assert counts(TextPart("\ud800")) == (prompt, 1, 0)
    assert counts(ThinkingPart("x" * 40), ToolCallPart("seal", '{"word": "ab"}')) == (prompt, 15, 0)
    assert counts(ToolCallPart("seal", {"word": "ab"}), asked=5, said=-1) == (5, 5, 0)


def test_no_reply_is_estimated_longer_than_it_may_be() -> None:
    assert counts(TextPart("x" * 4000), longest=100)[1] == 100


def test_cached_tokens_that_cannot_be_are_none() -> None:
    assert counts(TextPart("x"), asked=7, said=2, cached=-4) == (7, 2, 0)
    assert counts(TextPart("x"), asked=7, said=2, cached=2**40) == (7, 2, 7)
    assert counts(TextPart("x"), asked=7, said=2, cached=8) == (7, 2, 7)  # more than the prompt: it would have no price


def test_a_request_without_anything_has_a_token() -> None:
    assert counted(ModelResponse(parts=[]), ModelRequest(messages=())).input_tokens >= 1
