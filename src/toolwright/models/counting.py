"""What a request used: as its provider tells it, estimated from the texts where it tells nothing that can be.

Many endpoints of one's own send no usage, or zeros; counted as nothing, it would make every limit void.

Example:
    >>> from toolwright.messages import UserMessage
    >>> response = ModelResponse(parts=[TextPart("It is four.")])
    >>> counted(response, ModelRequest(messages=(UserMessage(text="2 + 2?"),))).output_tokens
    3
"""

from typing import Final

from pydantic_ai.messages import ModelResponse, ModelResponsePart, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.usage import RequestUsage

from toolwright.messages import ModelRequest
from toolwright.models.ledger import BYTES_A_TOKEN, broken_off

_MOST: Final = 2**31
"""More than any request takes, and less than what a database cannot hold."""


def counted(response: ModelResponse, request: ModelRequest) -> RequestUsage:
    """What was told, as it is where every count can be; else each count that cannot be is estimated.

    A prompt has at least a token, and so has a reply that says or calls something. Estimates take a token to be 4 bytes
    of text, as for a request whose reply nobody waited for, and no reply to be longer than `max_tokens`.
    """
    told, said = response.usage, sum(map(_bytes, response.parts))
    prompt_told = 0 < told.input_tokens < _MOST
    reply_told = min(said, 1) <= told.output_tokens < _MOST
    cached = told.cache_read_tokens, told.cache_write_tokens
    if prompt_told and reply_told and min(cached) >= 0 and sum(cached) <= told.input_tokens:
        return told
    prompt = told.input_tokens if prompt_told else max(1, broken_off(request, None).input_tokens)
    return RequestUsage(
        input_tokens=prompt,
        output_tokens=told.output_tokens if reply_told else _estimated(said, request),
        cache_read_tokens=min(max(0, told.cache_read_tokens), prompt),
    )


def _estimated(said: int, request: ModelRequest) -> int:
    """Tokens of a reply of so many bytes, which are no more than it may have."""
    tokens, longest = -(-said // BYTES_A_TOKEN), request.settings.get("max_tokens")
    return min(tokens, longest) if isinstance(longest, int) else tokens


def _bytes(part: ModelResponsePart) -> int:
    """The length of what the model wrote in a part: text, thoughts, or a call."""
    match part:
        case TextPart() | ThinkingPart():
            text = part.content
        case ToolCallPart():
            text = part.tool_name + (part.args if isinstance(part.args, str) else part.args_as_json_str())
        case _:
            text = ""
    return len(text.encode("utf-8", "surrogatepass"))
