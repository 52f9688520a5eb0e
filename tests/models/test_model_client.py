"""Our client sends what OpenAI's own would: the same path, headers and body, whatever is asked and set."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from asking import site
from httpx2 import AsyncClient, MockTransport, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncOpenAI, AsyncStream
from pydantic import BaseModel, JsonValue
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from toolwright.base import canonical_json
from toolwright.messages import (
    AssistantMessage,
    Message,
    ModelRequest,
    SystemMessage,
    ToolCall,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from toolwright.models.client import PlainClient
from toolwright.models.provider_model import ProviderModel
from toolwright.models.spec import SETTINGS

TOOLS = tuple(
    ToolSpec(
        name=name,
        description="Adds é to a word.",
        parameters={
            "type": "object",
            "properties": {"word": {"type": "string", "default": ""}, "rate": {"type": ["number", "null"]}},
            "required": ["word"],
            "$defs": {"Omit": {"enum": [None, 1, 1.0, True]}},
        },
    )
    for name in ("add", "stream")
)
CALLS = (ToolCall(id="c1", name="add", arguments='{"word": "a"}'), ToolCall(id="c2", name="stream", arguments="{"))
ANSWERED = (
    AssistantMessage(text="I call.", calls=CALLS),
    *(ToolMessage(call_id=c.id, name=c.name, text="é") for c in CALLS),
)
CONVERSATIONS: tuple[tuple[Message, ...], ...] = (
    (UserMessage(text="?"),),
    (SystemMessage(text="Be brief."), UserMessage(text="?\n" * 3), *ANSWERED),
    (UserMessage(text="?"), *ANSWERED, AssistantMessage(text="4"), UserMessage(text="And now?")),
)
COMPLETION = {
    "id": "x",
    "object": "chat.completion",
    "created": 1,
    "model": "agent",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "four"}}],
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "extra_body": st.sampled_from([{"top_k": 20, "nested": {"a": [1, None]}}, {"temperature": 0.25}]),
    "frequency_penalty": st.floats(-2, 2),
    "logit_bias": st.just({"50256": -100}),
    "max_tokens": st.integers(1, 1000),
    "presence_penalty": st.floats(-2, 2),
    "seed": st.integers(0, 10),
    "service_tier": st.sampled_from(["auto", "default", "flex", "priority"]),
    "stop_sequences": st.lists(st.text(min_size=1), max_size=3),
    "temperature": st.floats(0, 2),
    "thinking": st.sampled_from([True, False, "low", "high"]),
    "top_k": st.integers(1, 50),
    "top_p": st.floats(0, 1),
}


class Wire:
    """What a client sent."""

    def __init__(self, kind: type[AsyncOpenAI], body: Any = COMPLETION) -> None:
        self.sent: list[Request] = []
        self._body = body
        self.client = kind(
            api_key="k",
            base_url="http://endpoint/v1",
            http_client=AsyncClient(transport=MockTransport(self._answer)),
            max_retries=0,
        )

    def _answer(self, request: Request) -> Response:
        self.sent.append(request)
        return Response(200, json=self._body)

    def said(self) -> list[tuple[str, str, list[tuple[str, str]], str]]:
        """The requests so far, their bodies as canonical JSON."""
        return [
            (sent.method, str(sent.url), _headers(sent), canonical_json(json.loads(sent.content))) for sent in self.sent
        ]


def _headers(request: Request) -> list[tuple[str, str]]:
    """All but the body's length: whether it has spaces is no matter."""
    return [(name, value) for name, value in request.headers.multi_items() if name != "content-length"]


def test_every_setting_is_tried():
    assert VALUES.keys() == SETTINGS


@given(
    name=st.sampled_from(["agent", "gpt-5-mini", "o3"]),
    conversation=st.sampled_from(CONVERSATIONS),
    tools=st.sampled_from([(), TOOLS]),
    chosen=st.fixed_dictionaries({}, optional=VALUES),
)
@pytest.mark.filterwarnings("ignore:Sampling parameters:UserWarning")
async def test_a_request_arrives_as_openais_own_client_sends_it(
    name: str, conversation: Sequence[Message], tools: Sequence[ToolSpec], chosen: dict[str, JsonValue]
):
    own, ours = Wire(AsyncOpenAI), Wire(PlainClient)
    request = ModelRequest(messages=tuple(conversation), tools=tuple(tools), settings=chosen)
    replies = [
        await ProviderModel(
            OpenAIChatModel(name, provider=OpenAIProvider(openai_client=wire.client)), timeout=5, price=None
        ).request(site(), request)
        for wire in (own, ours)
    ]
    assert ours.said() == own.said()
    assert ours.sent[0].extensions == own.sent[0].extensions
    assert replies[0] == replies[1]


def completion(message: dict[str, Any] | None = None, choice: Any = None, **changed: Any) -> Any:
    said = {"role": "assistant", "content": "four", **(message or {})}
    first = {"index": 0, "finish_reason": "stop", "message": said} if choice is None else choice
    return {**COMPLETION, "choices": [first], **changed}


ODD: dict[str, Any] = {
    "no time": completion(created=None),
    "a time in text": completion(created="1700000000.5"),
    "a tier of its own": completion(service_tier="flying"),
    "no usage": completion(usage=None),
    "half a usage": completion(usage={"prompt_tokens": 7}),
    "a usage in text": completion(usage={"prompt_tokens": "7", "completion_tokens": 2, "total_tokens": 9}),
    "more than declared": completion({"reasoning_content": "2 + 2", "audio": None}, vendor={"a": [1]}),
    "no reason to stop": completion(choice={"index": 0, "message": {"role": "assistant", "content": "four"}}),
    "another reason to stop": completion(
        choice={"index": 0, "finish_reason": "eos", "message": {"role": "assistant", "content": "four"}}
    ),
    "another role": completion({"role": "model"}),
    "content in parts": completion({"content": [{"type": "text", "text": "four"}]}),
    "calls of a kind of its own": completion({"tool_calls": [{"id": "1", "type": "own", "own": {"name": "add"}}]}),
    "a call without a type": completion({"tool_calls": [{"id": "1", "function": {"name": "a", "arguments": "{}"}}]}),
    "arguments as an object": completion(
        {"tool_calls": [{"id": "1", "type": "function", "function": {"name": "a", "arguments": {"b": 1}}}]}
    ),
    "no choice": completion(choices=[]),
    "no choices": completion(choices=None),
    "choices that are none": completion(choices="four"),
    "an error in a reply": {"error": {"message": "no such model", "code": 404}},
    "a list": [1, 2],
    "a text": "four",
    "nothing": None,
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
async def test_a_reply_that_is_not_as_declared_is_read_as_openais_own_client_reads_it(body: Any):
    own, ours = [await _read(Wire(kind, body)) for kind in (AsyncOpenAI, PlainClient)]
    assert ours == own


async def _read(wire: Wire) -> object:
    """The reply, but the time it came at; or the fault's type."""
    library = OpenAIChatModel("agent", provider=OpenAIProvider(openai_client=wire.client))
    request = ModelRequest(messages=(UserMessage(text="?"),))
    try:
        reply = await ProviderModel(library, timeout=5, price=None).request(site(), request)
    except Exception as error:  # noqa: BLE001 - compared, whatever it is
        return type(error), getattr(error, "fault", "")
    said = reply.model_dump()
    if isinstance(said["message"]["provider"], dict):
        said["message"]["provider"].pop("timestamp")
    return said


async def test_what_is_more_than_json_is_left_to_openais_own_client():
    own, ours = Wire(AsyncOpenAI), Wire(PlainClient)
    for wire in (own, ours):
        create = wire.client.chat.completions.create
        with pytest.raises(TypeError, match="tried to pass a `BaseModel` class"):
            await create(model="m", messages=[], response_format=BaseModel)  # pyright: ignore[reportArgumentType, reportCallIssue]
        named = {"User-Agent": "x"}
        await create(model="m", messages=[], extra_query={"a": "b"}, extra_headers=named)
        stream = await create(model="m", messages=[], stream=True, extra_headers=named)
        assert isinstance(stream, AsyncStream)
        await stream.close()
    assert ours.said() == own.said()
