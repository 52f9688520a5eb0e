"""Whose fault a failed request is, and whether it is worth sending again; a pure classification."""

import asyncio
import re
from collections.abc import Sequence
from typing import Final

import aiohttp
from pydantic_ai import exceptions as provider

from toolwright.errors import ContextTooLong, KeyRefused, ModelError, ModelUnknown, QuotaUsedUp, RequestRefused
from toolwright.models.passing import RATE_LIMIT, Passing
from toolwright.models.said import said_by, short, shown

REMEDY: Final = "check the model's settings and its address (`toolwright doctor CONFIG` tries that)"

_TOO_LONG: Final = re.compile(
    r"context_length_exceeded|exceed_context_size|(maximum|max|model's|available|the) context (length|size|window)"
    r"|maximum model length|prompt (is )?too long|reduce the length of the (messages|input)|request too large for",
    re.IGNORECASE,
)
"""How OpenAI, vLLM, SGLang, llama.cpp, Ollama, LM Studio and Anthropic word it.

OpenAI says "too large" as a rate limit (429), where one request is more than its tokens a minute: no waiting helps.
"""

_FILTERED: Final = re.compile(r"content_filter|content management policy|ResponsibleAIPolicyViolation", re.IGNORECASE)
"""How OpenAI and Azure word it."""


def classify(error: Exception, secrets: Sequence[str], role: str) -> Exception:  # noqa: C901, PLR0911 - a table
    """The error to raise in a provider library's place: Passing, RequestRefused, ContextTooLong or another ModelError.

    Args:
        error: What the library raised.
        secrets: Keys to take out of its text beside those `redact` knows.
        role: Whose model it is, so that the error can name the key of the configuration.
    """
    text = shown(said_by(error), secrets)
    if (lost := _lost_connection(error)) is not None:
        return Passing("connection", short(f"{type(lost).__name__}: {lost}", secrets))
    if (final := _refusal(error, text) or _mistake(error, text, role)) is not None:
        return final
    match error:
        case provider.ModelRateLimitError():
            return Passing(RATE_LIMIT, text, error.retry_after)
        case provider.ModelTimeoutError() | provider.ModelRequestTimeout() | asyncio.TimeoutError():
            return Passing("timeout", text)
        case provider.ModelUnavailableError() | provider.ModelServerError():
            return Passing("server error", text, error.retry_after)
        case provider.ModelConnectionError():
            return Passing("connection", text)
        case provider.ModelQuotaExceededError():
            return QuotaUsedUp(f"the account's quota or credit is used up: {text}")
        case provider.ModelHTTPError(status_code=status) if status in (408, 409, 425, 429) or status >= 500:
            return Passing("server error" if status != 429 else RATE_LIMIT, text, error.retry_after)
        case provider.UnexpectedModelBehavior():
            return Passing("unreadable reply", text)
        case provider.ModelAPIError() if type(error) is provider.ModelAPIError:  # without a category: no JSON, say
            return Passing("unreadable reply", text)
        case _:
            return _unforeseen(error, text)


def _refusal(error: Exception, text: str) -> RequestRefused | None:
    """What another attempt with the same request would not change."""
    clue = f"{text} {str(error)[:500]}"
    match error:
        case provider.ModelHTTPError(status_code=400 | 413 | 422 | 429 | 500) if _TOO_LONG.search(clue):
            return ContextTooLong(f"the request is too long for the model: {text}")
        case provider.ModelContextWindowExceededError():
            return ContextTooLong(f"the request is too long for the model: {text}")
        case provider.ModelHTTPError(status_code=400 | 422) if _FILTERED.search(clue):
            return RequestRefused(f"the provider's content filter refused the request: {text}")
        case provider.ContentFilterError():
            return RequestRefused(f"the provider's content filter refused the request: {text}")
        case provider.OutputTokenLimitExceeded():
            return RequestRefused(f"the reply was cut off by max_tokens: {text}")
        case _:
            return None


def _mistake(error: Exception, text: str, role: str) -> KeyRefused | ModelUnknown | None:
    """What only the user can put right: the key, or the model's name or address."""
    match error:
        case provider.ModelAuthenticationError() | provider.ModelHTTPError(status_code=401):
            return KeyRefused(
                f"the provider refuses the key of the {role}'s model: {text}; put one it accepts into the environment "
                f"variable, or name another variable (models.{role}.api_key_env)"
            )
        case provider.ModelNotFoundError(model_name=name) | provider.ModelHTTPError(status_code=404, model_name=name):
            return ModelUnknown(
                f"the provider knows no {name!r}, the {role}'s model: {text}; correct its name (models.{role}), or its "
                f"address (models.{role}.base_url) where that is wrong",
                role,
            )
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
