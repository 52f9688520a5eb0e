"""A fault that may pass: what the provider's side raises and the retries wait for; free of any provider's library."""

from typing import Final

from toolwright.models.redact import redact

RATE_LIMIT: Final = "rate limit"
"""The fault that says that the provider is there, and asked too much; it uses up no attempt."""

LONGEST_ASKED: Final = 300.0
"""Seconds a provider's own word on when to come back is waited for at the most."""


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
