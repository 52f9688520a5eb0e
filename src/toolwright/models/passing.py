"""A fault that may pass: what the provider's side raises and how long one waits; without any provider's library."""

from typing import Final

from toolwright.models.redact import redact

RATE_LIMIT: Final = "rate limit"
"""The fault that says that the provider is there, and asked too much; it uses up no attempt."""

LONGEST_ASKED: Final = 300.0
"""Seconds a provider's own word on when to come back is waited for at the most."""

LONGEST: Final = 60.0
"""Seconds waited at the most, where the provider does not say how long."""

_MANY: Final = 100
"""Doublings after which LONGEST is reached whatever the first wait; without a bound, a long row would overflow."""


def growing(first: float, times: int) -> float:
    """Seconds to wait after so many waits in a row: `first`, doubled with each, at most LONGEST."""
    return min(LONGEST, first * 2.0 ** min(times, _MANY))


class Passing(Exception):  # noqa: N818 - a fault that may pass, not an error of ours
    """A fault that may pass: worth another attempt.

    Attributes:
        fault: A short name: RATE_LIMIT, "timeout", "server error", "connection", "unreadable reply", "empty reply".
        wait: Seconds the provider asked to wait, None where it did not say.
    """

    def __init__(self, fault: str, detail: str = "", wait: float | None = None) -> None:
        super().__init__(f"{fault}: {redact(detail)[:500]}" if detail else fault)
        self.fault = fault
        self.wait = wait
