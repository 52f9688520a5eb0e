"""Our messages to pydantic-ai's and back."""

from collections.abc import Iterable
from typing import cast

from pydantic import JsonValue
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from toolwright.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, ToolSpec, UserMessage


def to_provider(messages: Iterable[Message]) -> list[ModelMessage]:
    """The conversation in pydantic-ai's form; neighbouring messages to the model become one request."""
    converted: list[ModelMessage] = []
    parts: list[ModelRequestPart] = []
    for message in messages:
        if isinstance(message, AssistantMessage):
            if parts:
                converted.append(ModelRequest(parts=parts))
                parts = []
            converted.append(_response(message))
        else:
            parts.append(_part(message))
    return [*converted, ModelRequest(parts=parts)] if parts else converted


def _part(message: SystemMessage | UserMessage | ToolMessage) -> ModelRequestPart:
    if isinstance(message, SystemMessage):
        return SystemPromptPart(content=_sendable(message.text))
    if isinstance(message, UserMessage):
        return UserPromptPart(content=_sendable(message.text))
    return ToolReturnPart(tool_name=message.name, content=_sendable(message.text), tool_call_id=message.call_id)


def _response(message: AssistantMessage) -> ModelResponse:
    if message.provider is not None:
        return cast("ModelResponse", ModelMessagesTypeAdapter.validate_python([message.provider])[0])
    calls = [ToolCallPart(call.name, _sendable(call.arguments), call.id) for call in message.calls]
    return ModelResponse(parts=[*_text(_sendable(message.text)), *calls])


def _text(text: str) -> list[ModelResponsePart]:
    return [TextPart(content=text)] if text else []


def _sendable(text: str) -> str:
    """The text with half characters, which JSON can escape but no request can hold, replaced."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def from_provider(response: ModelResponse) -> AssistantMessage:
    """A reply in our form; what only its provider understands is kept whole in `provider`."""
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    asked = [part for part in response.parts if isinstance(part, ToolCallPart)]
    calls = tuple(ToolCall(id=part.tool_call_id, name=part.tool_name, arguments=_as_written(part)) for part in asked)
    plain = [*_text(text), *(_bare(part) for part in asked)]
    return AssistantMessage(text=text, calls=calls, provider=None if response.parts == plain else _dump(response))


def _bare(call: ToolCallPart) -> ToolCallPart:
    """The call with nothing but what our own form keeps."""
    return ToolCallPart(call.tool_name, cast("str", call.args), call.tool_call_id)


def _as_written(call: ToolCallPart) -> str:
    """The arguments as the model wrote them, so that it can be told what is wrong with them."""
    return call.args if isinstance(call.args, str) else call.args_as_json_str()


def _dump(response: ModelResponse) -> JsonValue:
    dumped: JsonValue = ModelMessagesTypeAdapter.dump_python([response], mode="json")[0]
    return dumped


def request_parameters(tools: Iterable[ToolSpec]) -> ModelRequestParameters:
    """The tools on offer; text is always allowed. Schemas go as they are, strict mode off."""
    return ModelRequestParameters(
        function_tools=[
            ToolDefinition(
                name=tool.name, description=tool.description, parameters_json_schema=dict(tool.parameters), strict=False
            )
            for tool in tools
        ],
        allow_text_output=True,
    )
