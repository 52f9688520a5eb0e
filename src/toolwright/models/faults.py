"""Whose fault a failed request is, and whether it is worth sending again; a pure classification."""

import asyncio
from typing import Final

from pydantic_ai import exceptions as provider

from toolwright.errors import ModelError, ModelUnavailable, RequestRefused
from toolwright.models.redact import redact

REMEDY: Final = "check the model's name, its key and its base_url (`toolwright doctor CONFIG` tries them)"


class Passing(Exception):  # noqa: N818 - a fault that may pass, not an error of ours
    """A fault that may pass: worth another attempt.

    Attributes:
        fault: A short name: "rate limit", "timeout", "server error", "connection", "unreadable reply", "empty reply".
        wait: Seconds the provider asked to wait, None where it did not say.
    """

    def __init__(self, fault: str, detail: str, wait: float | None = None) -> None:
        super().__init__(f"{fault}: {redact(detail)[:500]}" if detail else fault)
        self.fault = fault
        self.wait = wait


def classify(error: Exception) -> Exception:  # noqa: PLR0911 - a table, one line a kind
    """The error to raise in the place of a provider library's: Passing, RequestRefused or ModelError."""
    text = redact(str(error))[:500]
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
        case _:
            return ModelError(f"the model cannot be asked: {text}; {REMEDY}")
