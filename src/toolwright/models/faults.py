"""Whose fault a failed request is, and whether it is worth sending again; a pure classification."""

import asyncio
from collections.abc import Sequence
from typing import Final

from pydantic_ai import exceptions as provider

from toolwright.errors import ModelError, ModelUnavailable, RequestRefused
from toolwright.models.passing import Passing
from toolwright.models.redact import redact

REMEDY: Final = "check the model's name, its key and its base_url (`toolwright doctor CONFIG` tries them)"


def classify(error: Exception, secrets: Sequence[str] = ()) -> Exception:  # noqa: C901, PLR0911 - a table, one line a kind
    """The error to raise in the place of a provider library's: Passing, RequestRefused or ModelError.

    Args:
        error: What the library raised.
        secrets: Keys to take out of its text beside those `redact` knows.
    """
    text = redact(str(error), secrets)[:500]
    match error:
        case provider.ModelContextWindowExceededError() | provider.ContentFilterError():
            return RequestRefused(f"the provider refused the request: {text}")
        case provider.ModelRateLimitError():
            return Passing("rate limit", text, error.retry_after)
        case provider.ModelTimeoutError() | provider.ModelRequestTimeout() | asyncio.TimeoutError():
            return Passing("timeout", text)
        case provider.ModelUnavailableError() | provider.ModelServerError():
            return Passing("server error", text, error.retry_after)
        case provider.ModelConnectionError():
            return Passing("connection", text)
        case provider.ModelQuotaExceededError():
            return ModelUnavailable(f"the account's quota or credit is used up: {text}")
        case provider.ModelHTTPError(status_code=status) if status in (408, 409, 425, 429) or status >= 500:
            return Passing("server error" if status != 429 else "rate limit", text, error.retry_after)
        case provider.OutputTokenLimitExceeded():
            return RequestRefused(f"the reply was cut off by max_tokens: {text}")
        case provider.UnexpectedModelBehavior():
            return Passing("unreadable reply", text)
        case provider.ModelAPIError() if type(error) is provider.ModelAPIError:  # without a category: no JSON, say
            return Passing("unreadable reply", text)
        case _:
            return _unforeseen(error, text)


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
