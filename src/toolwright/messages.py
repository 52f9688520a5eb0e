"""Our own messages, provider-neutral: what a request holds and what a reply brings.

Example:
    >>> ask = ModelRequest(messages=(SystemMessage(text="Be brief."), UserMessage(text="2 + 2?")))
    >>> len(ask.digest)
    32
"""

import json
from functools import cached_property
from typing import Annotated, Final, Literal, cast

from pydantic import AfterValidator, Field, JsonValue

from toolwright.base import Frozen, canonical_json, digest_of_text
from toolwright.redaction import redacted

MAX_DEPTH: Final = 100
"""Levels of lists and objects that a call's arguments may have."""

DOLLAR_PLACES: Final = 10
"""Decimal places of dollars used: a token's price where that of a million has four; exact in sums up to $100,000."""


class ToolSpec(Frozen):
    """A function, tool or action as a model is offered it; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, JsonValue]

    @cached_property
    def canonical(self) -> str:
        """Its canonical JSON text; a tool is offered in one request after the other."""
        return canonical_json(self.model_dump(mode="json"))


class ToolCall(Frozen):
    """A call a model asks for. `arguments` is the JSON text exactly as the model wrote it."""

    id: str
    name: str
    arguments: str

    def parsed(self) -> dict[str, JsonValue]:
        """The arguments as an object.

        Raises:
            ValueError: They are no JSON object; the message says why.
        """
        try:
            value = json.loads(self.arguments or "{}", parse_constant=_refuse)
        except RecursionError:
            raise ValueError("the arguments are nested too deeply") from None
        except ValueError as error:
            raise ValueError(f"the arguments are not valid JSON: {error}") from None
        if _deeper_than(value, MAX_DEPTH):
            raise ValueError(f"the arguments are nested more than {MAX_DEPTH} levels deep")
        if not _encodable(value):
            raise ValueError("the arguments hold half a surrogate pair, which is no character")
        if not isinstance(value, dict):
            raise ValueError(f"the arguments must be a JSON object, not {type(value).__name__}")  # noqa: TRY004 - one error for all that a model may write wrong
        return cast("dict[str, JsonValue]", value)


def _deeper_than(value: object, levels: int) -> bool:
    """Whether lists and objects are nested deeper than so many levels."""
    if not isinstance(value, dict | list):
        return False
    inner = cast("list[object]", list(value.values()) if isinstance(value, dict) else value)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - any JSON
    return levels == 0 or any(_deeper_than(item, levels - 1) for item in inner)


def _encodable(value: object) -> bool:
    """Whether the value can be sent and saved; a careless escape leaves half a character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


class SystemMessage(Frozen):
    """Instructions to the model."""

    kind: Literal["system"] = "system"
    text: str


class UserMessage(Frozen):
    """What the user, or a text protocol in the user's place, says."""

    kind: Literal["user"] = "user"
    text: str


class AssistantMessage(Frozen):
    """What the model said.

    Attributes:
        text: The reply's text, "" where it only calls.
        calls: The calls it asks for, in order.
        provider: What only its provider understands (signed thoughts, say); sent back untouched, in no digest.
    """

    kind: Literal["assistant"] = "assistant"
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    provider: JsonValue = None


class ToolMessage(Frozen):
    """The result of one call, as the model reads it."""

    kind: Literal["tool"] = "tool"
    call_id: str
    name: str
    text: str


Message = Annotated[SystemMessage | UserMessage | AssistantMessage | ToolMessage, Field(discriminator="kind")]


class ModelRequest(Frozen):
    """One request to a model.

    Attributes:
        messages: The conversation so far.
        tools: What the model may call.
        settings: The role's model settings (temperature, max_tokens, …), by their pydantic-ai names.
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    settings: dict[str, JsonValue] = Field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Identifies the request: messages, tools and settings, call ids renumbered, nothing of the provider's."""
        messages, settings = canonical_json(self._neutral_messages()), canonical_json(self.open_settings)
        tools = ",".join(tool.canonical for tool in self.tools)
        return digest_of_text(f'{{"messages":{messages},"settings":{settings},"tools":[{tools}]}}')

    def neutral(self) -> dict[str, JsonValue]:
        """The request as digested: call ids renumbered in order of appearance, provider parts left out."""
        return {
            "messages": self._neutral_messages(),
            "tools": [tool.model_dump(mode="json") for tool in self.tools],
            "settings": self.open_settings,
        }

    @cached_property
    def open_settings(self) -> dict[str, JsonValue]:
        """The settings as they may be kept and shown: a key among them is hidden, and identifies nothing."""
        return redacted(self.settings) if self.settings else {}

    def _neutral_messages(self) -> list[JsonValue]:
        numbers: dict[str, str] = {}
        return [_neutral(message, numbers) for message in self.messages]


def _neutral(message: Message, numbers: dict[str, str]) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = message.model_dump(mode="json", exclude={"provider"})
    if isinstance(message, AssistantMessage):
        data["calls"] = [
            {"id": numbers.setdefault(call.id, f"call-{len(numbers)}"), "name": call.name, "arguments": call.arguments}
            for call in message.calls
        ]
    elif isinstance(message, ToolMessage):
        data["call_id"] = numbers.setdefault(message.call_id, f"call-{len(numbers)}")
    return data


def _in_places(dollars: float | None) -> float | None:
    return None if dollars is None else round(dollars, DOLLAR_PLACES)


class Usage(Frozen):
    """What requests used. `dollars` is None where a price is unknown; unknown is never 0.

    Dollars have so few places that sums come out the same in whatever order replies arrive.
    """

    requests: int = Field(default=0, ge=0)
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cached_tokens: int = Field(default=0, ge=0)
    dollars: Annotated[float | None, Field(ge=0, allow_inf_nan=False), AfterValidator(_in_places)] = 0.0

    @property
    def tokens(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        unknown = self.dollars is None or other.dollars is None
        return Usage(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            dollars=None if unknown else (self.dollars or 0.0) + (other.dollars or 0.0),
        )


class Reply(Frozen):
    """What a model answered to one request.

    Attributes:
        message: The message, to be appended to the conversation.
        usage: What this request used.
        finish: Why the model stopped, as its provider says ("stop", "length", "tool_call", …).
        model: The model's name, as its provider says.
    """

    message: AssistantMessage
    usage: Usage = Field(default_factory=Usage)
    finish: str = ""
    model: str = ""
