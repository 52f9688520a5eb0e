"""The small tree of errors: each says what was wrong, where, and what to do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from toolwright.messages import Usage


def leaf_of(error: BaseException) -> BaseException:
    """The first plain error of a group, the error itself where it is none."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("Sequence[BaseException]", error.exceptions)[0]
    return error


class ToolwrightError(Exception):
    """Root of every error Toolwright raises on purpose."""


class ConfigError(ToolwrightError):
    """A configuration or an argument is wrong; the message names the key and the remedy."""


class DataError(ToolwrightError):
    """A task file or task set is wrong; the message names the file and the line or field."""


class FunctionError(ToolwrightError):
    """A function's source, name or folder is wrong; the message names the file and the line."""


class ModelError(ToolwrightError):
    """A model could not be asked: no key, no endpoint, or the provider failed for good."""


class ModelUnavailable(ModelError):  # noqa: N818 - the field says "unavailable"
    """The provider could not be reached or was overloaded, also after retries; nothing it touched is scored."""


class KeyRefused(ModelError):  # noqa: N818 - as above
    """The provider refuses the key; with one it accepts everything goes on as it was."""


class ModelUnknown(ModelError):  # noqa: N818 - as above
    """The provider knows no such model, or nothing is at this address.

    Attributes:
        role: Whose model it is.
    """

    def __init__(self, text: str, role: str) -> None:
        super().__init__(text)
        self.role = role


class QuotaUsedUp(ModelUnavailable):
    """The account's quota or credit is used up; every further request would be refused, too."""


class RequestRefused(ModelError):  # noqa: N818 - as above
    """The provider refuses this very request (too long, filtered); sending it again would change nothing.

    Attributes:
        usage: What a reply that was withheld or cut off has used all the same, None where nothing was answered.
    """

    def __init__(self, text: str, usage: "Usage | None" = None) -> None:
        super().__init__(text)
        self.usage = usage


class ContextTooLong(RequestRefused):
    """The request is longer than the model's context; a shorter one may pass."""


class ReplayError(ModelError):
    """A recording has no reply to exactly this request."""


class BudgetReached(ToolwrightError):  # noqa: N818 - it is an outcome that ends a run cleanly, not a fault
    """A limit in requests, tokens, dollars or minutes was reached before a request was sent."""


class SandboxError(ToolwrightError):
    """The sandbox itself failed (not the function in it); the call has no outcome."""


class RunError(ToolwrightError):
    """A run folder cannot be written, read or continued."""
