"""Our messages to the library's and back."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from pydantic_ai.messages import (
    ModelMessagesTypeAdapter,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.messages import ModelRequest as LibraryRequest

from toolwright.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from toolwright.models.convert import from_provider, request_parameters, to_provider

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAME = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
CALLS = st.lists(st.builds(ToolCall, id=NAME, name=NAME, arguments=TEXT), max_size=3).map(tuple)
SAID = st.builds(AssistantMessage, text=TEXT, calls=CALLS)
HEARD = st.one_of(
    st.builds(SystemMessage, text=TEXT),
    st.builds(UserMessage, text=TEXT),
    st.builds(ToolMessage, call_id=NAME, name=NAME, text=TEXT),
)


def back(messages: Sequence[object]) -> list[Message]:
    """The library's conversation in our form again."""
    found: list[Message] = []
    for message in messages:
        if isinstance(message, ModelResponse):
            found.append(from_provider(message))
            continue
        assert isinstance(message, LibraryRequest)
        for part in message.parts:
            if isinstance(part, SystemPromptPart):
                found.append(SystemMessage(text=part.content))
            elif isinstance(part, UserPromptPart):
                found.append(UserMessage(text=str(part.content)))
            else:
                assert isinstance(part, ToolReturnPart)
                found.append(ToolMessage(call_id=part.tool_call_id, name=part.tool_name, text=str(part.content)))
    return found


@given(st.lists(st.one_of(SAID, HEARD), max_size=8))
def test_any_conversation_comes_back_as_it_was(conversation: list[Message]):
    assert back(to_provider(conversation)) == conversation


@given(st.lists(st.one_of(SAID, HEARD), max_size=8))
def test_neighbouring_messages_to_the_model_are_one_request(conversation: list[Message]):
    kinds = [type(message) for message in to_provider(conversation)]
    assert all(pair != (LibraryRequest, LibraryRequest) for pair in pairwise(kinds))
    assert kinds.count(ModelResponse) == sum(isinstance(message, AssistantMessage) for message in conversation)


@pytest.mark.parametrize("arguments", ['{"a": 1', "[1, 2]", "nonsense", "", '{"a":  1, "a": 2}', '{"x": 1e400}'])
def test_arguments_stay_exactly_as_the_model_wrote_them_also_where_they_are_wrong(arguments: str):
    response = ModelResponse(parts=[ToolCallPart("add", arguments, "id")])
    assert from_provider(response).calls == (ToolCall(id="id", name="add", arguments=arguments),)


def test_arguments_a_provider_gives_as_an_object_become_json_text():
    response = ModelResponse(parts=[ToolCallPart("add", {"a": [1, "é"]}, "id"), ToolCallPart("none", None, "id2")])
    message = from_provider(response)
    assert message.calls[0].parsed() == {"a": [1, "é"]}
    assert message.calls[1].parsed() == {}
    assert message.provider is None


@pytest.mark.parametrize(
    "parts",
    [
        [ThinkingPart("Let me see.", signature="c2ln", provider_name="anthropic"), TextPart("four")],
        [ThinkingPart("", id="rs_1", signature="x", provider_name="openai"), ToolCallPart("add", "{}", "c", id="fc_1")],
        [TextPart("four", id="msg_1", provider_name="openai")],
        [ToolCallPart("add", "{}", "c", provider_name="google", provider_details={"thought_signature": "x"})],
        [ToolCallPart("add", "{}", "c"), TextPart("said after the call")],
        [TextPart("one"), TextPart("two")],
    ],
)
def test_what_only_its_provider_understands_is_sent_back_untouched(parts: list[ModelResponsePart]):
    response = ModelResponse(parts=parts, model_name="m", provider_name="p", provider_response_id="r")
    message = AssistantMessage.model_validate_json(from_provider(response).model_dump_json())  # as a journal keeps it
    (sent,) = to_provider([message])
    assert ModelMessagesTypeAdapter.dump_json([sent]) == ModelMessagesTypeAdapter.dump_json([response])
    assert message.text == "".join(part.content for part in parts if isinstance(part, TextPart))
    assert [call.id for call in message.calls] == [p.tool_call_id for p in parts if isinstance(p, ToolCallPart)]


def test_half_characters_which_no_request_can_hold_are_replaced():
    (request, response) = to_provider([UserMessage(text="a\ud800b"), AssistantMessage(text="\udfff", calls=())])
    sent = ModelMessagesTypeAdapter.dump_json([request, response])
    assert "a���b" in sent.decode()


def test_schemas_of_functions_go_as_they_are():
    schema: dict[str, JsonValue] = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    (tool,) = request_parameters([ToolSpec(name="add", description="Adds.", parameters=schema)]).function_tools
    assert (tool.name, tool.description, tool.parameters_json_schema, tool.strict) == ("add", "Adds.", schema, False)
