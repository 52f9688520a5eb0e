"""The budget: every request reserves its worst case before it is sent, and settles for what it used.

Example:
    >>> Limits(requests=500, dollars=2.5).minutes is None
    True
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from pydantic import Field

from toolwright.base import Frozen, canonical_json
from toolwright.errors import BudgetReached
from toolwright.messages import ModelRequest, Usage
from toolwright.models.spec import MILLION_TOKENS, Price


class Limits(Frozen):
    """A run's budget over both roles; None is no limit.

    Attributes:
        requests: Answered requests to models; one that failed and is sent again counts when it is answered.
        tokens: Input and output tokens together.
        dollars: US dollars; needs a known price for every model.
        minutes: Wall-clock minutes since the start.
    """

    requests: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)
    dollars: float | None = Field(default=None, gt=0)
    minutes: float | None = Field(default=None, gt=0)


class Amount(Frozen):
    """An amount of each limited thing."""

    requests: int = 0
    tokens: int = 0
    dollars: float = 0.0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(
            requests=self.requests + other.requests,
            tokens=self.tokens + other.tokens,
            dollars=self.dollars + other.dollars,
        )


def worst_case(request: ModelRequest, price: Price | None) -> Amount:
    """The most a request can use: a token is at least a byte of its JSON text, and the reply at most max_tokens."""
    prompt = len(canonical_json(request.model_dump(mode="json")).encode("utf-8", "surrogatepass"))
    given = request.settings.get("max_tokens")
    reply = given if isinstance(given, int) else 0  # nobody knows; limits then hold within the requests in flight
    dollars = 0.0 if price is None else (prompt * price.input + reply * price.output) / MILLION_TOKENS
    return Amount(requests=1, tokens=prompt + reply, dollars=dollars)


def used(usage: Usage) -> Amount:
    """What counts of a usage; an unknown price counts nothing, as no dollar limit goes with one."""
    return Amount(requests=usage.requests, tokens=usage.tokens, dollars=usage.dollars or 0.0)


class Ledger:
    """Counts what a run uses by role and refuses what would exceed its limits.

    Args:
        limits: The run's budget.
        clock: Seconds that only go forward; for tests.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._start = clock()
        self._under_way: list[Amount] = []
        self._held = Amount()
        self._held_minutes = 0.0
        self._settled = asyncio.Condition()
        self.usage: dict[str, Usage] = {}

    @property
    def total(self) -> Usage:
        """What both roles used so far."""
        return sum(self.usage.values(), Usage())

    @property
    def minutes(self) -> float:
        """Minutes since the start."""
        return (self._clock() - self._start) / 60

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the limit in minutes, less what is held back for the test; None without such a limit."""
        if self.limits.minutes is None:
            return None
        return (self.limits.minutes - self._held_minutes - self.minutes) * 60

    def hold(self, amount: Amount, minutes: float = 0.0) -> None:
        """Keeps an amount back for the sealed test; replaces what was held before."""
        self._held, self._held_minutes = amount, minutes

    def count(self, role: str, usage: Usage) -> None:
        """Adds what a role used."""
        self.usage[role] = self.usage.get(role, Usage()) + usage

    @asynccontextmanager
    async def reserve(self, amount: Amount) -> AsyncGenerator[None]:
        """Holds an amount while a request is under way; waits for others to settle where only they stand in the way.

        Raises:
            BudgetReached: The amount does not fit, also with nothing else under way.
        """
        async with self._settled:
            while (short := self._short(amount, sum(self._under_way, Amount()))) is not None:
                if not self._under_way or self._short(amount, Amount()) is not None:
                    raise BudgetReached(short)
                await self._settled.wait()
            self._under_way.append(amount)
        try:
            yield
        finally:
            async with self._settled:
                self._under_way.remove(amount)
                self._settled.notify_all()

    def _short(self, amount: Amount, reserved: Amount) -> str | None:
        """Which limit an amount would pass, None where it fits."""
        after = used(self.total) + reserved + self._held + amount
        for name in ("requests", "tokens", "dollars"):
            limit = getattr(self.limits, name)
            if limit is not None and getattr(after, name) > limit:
                spent, held = getattr(used(self.total), name), getattr(self._held, name)
                kept = f"{held:g} kept back for the sealed test, " if held else ""
                more = getattr(amount, name)
                return f"the limit of {limit:g} {name} is reached: {spent:g} used, {kept}{more:g} more needed"
        if self.limits.minutes is not None and self.minutes + self._held_minutes >= self.limits.minutes:
            return f"the limit of {self.limits.minutes:g} minutes is reached"
        return None
