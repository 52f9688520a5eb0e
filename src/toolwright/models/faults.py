"""Whose fault a failed request is, and whether it is worth sending again; a pure classification."""

import asyncio
import re
from collections.abc import Sequence
from typing import Final

import aiohttp
from pydantic_ai import exceptions as provider

from toolwright.errors import ContextTooLong, ModelError, QuotaUsedUp, RequestRefused
from toolwright.models.passing import Passing
from toolwright.models.redact import redact

REMEDY: Final = "check the model's name, its key and its base_url (`toolwright doctor CONFIG` tries them)"

_TOO_LONG: Final = re.compile(
    r"context_length_exceeded|exceed_context_size|(maximum|max|model's|available|the) context (length|size|window)"
    r"|maximum model length|prompt (is )?too long|reduce the length of the (messages|input)",
    re.IGNORECASE,
)
"""How OpenAI, vLLM, SGLang, llama.cpp, Ollama, LM Studio and Anthropic word it."""

_FILTERED: Final = re.compile(r"content_filter|content management policy|ResponsibleAIPolicyViolation", re.IGNORECASE)
"""How OpenAI and Azure word it."""


def classify(error: Exception, secrets: Sequence[str] = ()) -> Exception:  # noqa: C901, PLR0911 - a table, one line a kind
    """The error to raise in a provider library's place: Passing, RequestRefused, ContextTooLong or another ModelError.

    Args:
        error: What the library raised.
        secrets: Keys to take out of its text beside those `redact` knows.
    """
    text = redact(str(error), secrets)[:500]
    if (lost := _lost_connection(error)) is not None:
        return Passing("connection", redact(f"{type(lost).__name__}: {lost}", secrets)[:500])
    if (refusal := _refusal(error, text)) is not None:
        return refusal
    match error:
        case provider.ModelRateLimitError():
            return Passing("rate limit", text, error.retry_after)
        case provider.ModelTimeoutError() | provider.ModelRequestTimeout() | asyncio.TimeoutError():
            return Passing("timeout", text)
        case provider.ModelUnavailableError() | provider.ModelServerError():
            return Passing("server error", text, error.retry_after)
        case provider.ModelConnectionError():
            return Passing("connection", text)
        case provider.ModelQuotaExceededError():
            return QuotaUsedUp(f"the account's quota or credit is used up: {text}")
        case provider.ModelHTTPError(status_code=status) if status in (408, 409, 425, 429) or status >= 500:
            return Passing("server error" if status != 429 else "rate limit", text, error.retry_after)
        case provider.UnexpectedModelBehavior():
            return Passing("unreadable reply", text)
        case provider.ModelAPIError() if type(error) is provider.ModelAPIError:  # without a category: no JSON, say
            return Passing("unreadable reply", text)
        case _:
            return _unforeseen(error, text)


def _refusal(error: Exception, text: str) -> RequestRefused | None:
    """What another attempt with the same request would not change."""
    match error:
        case provider.ModelHTTPError(status_code=400 | 413 | 422 | 500) if _TOO_LONG.search(text):
            return ContextTooLong(f"the request is too long for the model: {text}")
        case provider.ModelContextWindowExceededError():
            return ContextTooLong(f"the request is too long for the model: {text}")
        case provider.ModelHTTPError(status_code=400 | 422) if _FILTERED.search(text):
            return RequestRefused(f"the provider's content filter refused the request: {text}")
        case provider.ContentFilterError():
            return RequestRefused(f"the provider's content filter refused the request: {text}")
        case provider.OutputTokenLimitExceeded():
            return RequestRefused(f"the reply was cut off by max_tokens: {text}")
        case _:
            return None


def _lost_connection(error: BaseException | None) -> aiohttp.ClientConnectionError | None:
    """The refused or broken connection behind an error, which OpenAI's aiohttp transport passes off as a timeout."""
    while error is not None:
        if isinstance(error, aiohttp.ClientConnectionError) and not isinstance(error, TimeoutError):
            return error
        error = error.__cause__
    return None


def _unforeseen(error: Exception, text: str) -> Exception:
    """What the library lets through: of a reply it cannot take apart, of the network, of a setting it refuses."""
    match error:
        case LookupError() | ValueError() | TypeError() | AttributeError():
            return Passing("unreadable reply", f"{type(error).__name__}: {text}")
        case OSError():
            return Passing("connection", f"{type(error).__name__}: {text}")
        case provider.UserError() | provider.AgentRunError():
            return ModelError(f"the model cannot be asked: {text}; {REMEDY}")
        case _:
            return ModelError(f"the model cannot be asked: {type(error).__name__}: {text}; {REMEDY}")
