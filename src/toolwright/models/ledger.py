"""The budget: every request reserves its worst case before it is sent, and settles for what it used.

Example:
    >>> Limits(requests=500, dollars=2.5).minutes is None
    True
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import product
from typing import Final, Literal, get_args

from pydantic import ConfigDict, Field

from toolwright.base import Frozen, canonical_json
from toolwright.errors import BudgetReached
from toolwright.events import BudgetAnnounced
from toolwright.messages import ModelRequest, Usage
from toolwright.models.shortfall import shortfall
from toolwright.models.spec import MILLION_TOKENS, Price
from toolwright.protocols import EventSink

BYTES_A_TOKEN: Final = 4
SHARES: Final = (0.5, 0.8)
"""The shares of a limit that are announced."""


class Limits(Frozen):
    """A run's budget over both roles; None is no limit.

    Attributes:
        requests: Answered requests to models; one that failed and is sent again counts when it is answered.
        tokens: Input and output tokens together.
        dollars: US dollars; needs a known price for every model.
        minutes: Wall-clock minutes since the start.
    """

    model_config = ConfigDict(allow_inf_nan=False)

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


_Name = Literal["requests", "tokens", "dollars"]
_NAMES: Final[tuple[_Name, ...]] = get_args(_Name)
_PARTS: Final = 10**12
"""What is reserved is counted in such parts of a dollar, a token or a request."""


def worst_case(request: ModelRequest, price: Price | None) -> Amount:
    """The most a request can use: a token is at least a byte of its JSON text, and the reply at most max_tokens."""
    prompt, reply = _bytes(request), _longest_reply(request)
    dollars = 0.0 if price is None else (prompt * price.input + reply * price.output) / MILLION_TOKENS
    return Amount(requests=1, tokens=prompt + reply, dollars=dollars)


def likely_tokens(request: ModelRequest) -> int:
    """What a provider that paces by tokens will take a request for: a token is about 4 bytes of its text."""
    return _bytes(request) // BYTES_A_TOKEN + _longest_reply(request)


def broken_off(request: ModelRequest, price: Price | None) -> Usage:
    """What a request has likely used whose reply nobody waited for: its prompt."""
    prompt = _bytes(request) // BYTES_A_TOKEN
    dollars = None if price is None else prompt * price.input / MILLION_TOKENS
    return Usage(requests=1, input_tokens=prompt, dollars=dollars)


def _bytes(request: ModelRequest) -> int:
    """The length of the request's JSON text."""
    try:
        return len(request.model_dump_json().encode())
    except ValueError:  # half characters, which can be counted but not written
        return len(canonical_json(request.model_dump(mode="json")).encode("utf-8", "surrogatepass"))


def _longest_reply(request: ModelRequest) -> int:
    """The setting max_tokens; 0 without it: nobody knows, and limits hold within the requests in flight."""
    given = request.settings.get("max_tokens")
    return given if isinstance(given, int) else 0


def used(usage: Usage) -> Amount:
    """What counts of a usage; an unknown price counts nothing, as no dollar limit goes with one."""
    return Amount(requests=usage.requests, tokens=usage.tokens, dollars=usage.dollars or 0.0)


class Ledger:
    """Counts what a run uses by role, refuses what would exceed its limits, and announces when half of one is used.

    Args:
        limits: The run's budget.
        clock: Seconds that only go forward; for tests.
        events: Is told, once each, that 50 % and 80 % of a limit are used.
    """

    def __init__(
        self, limits: Limits, clock: Callable[[], float] = time.monotonic, events: EventSink | None = None
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._events = events
        self._start = clock()
        self._limited: list[_Name] = [name for name in _NAMES if getattr(limits, name) is not None]
        self._reserved: dict[_Name, int] = dict.fromkeys(_NAMES, 0)  # in whole parts: it comes out even again
        self._held = Amount()
        self._held_minutes = 0.0
        self._settled = asyncio.Condition()
        self._announced: set[tuple[str, float]] = set()
        self.usage: dict[str, Usage] = {}

    @property
    def total(self) -> Usage:
        """What both roles used so far."""
        return sum(self.usage.values(), Usage())

    @property
    def minutes(self) -> float:
        """Minutes since the start, those of earlier sessions included."""
        return (self._clock() - self._start) / 60

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the limit in minutes, less what is held back for the test; None without such a limit."""
        if self.limits.minutes is None:
            return None
        return (self.limits.minutes - self._held_minutes - self.minutes) * 60

    def restore(self, usage: Mapping[str, Usage], minutes: float) -> None:
        """Counts what earlier sessions of the run used.

        Args:
            usage: By role.
            minutes: How long they took, 0 or more.
        """
        for role, amount in usage.items():
            self.usage[role] = self.usage.get(role, Usage()) + amount
        self._start -= minutes * 60

    def hold(self, amount: Amount, minutes: float = 0.0) -> None:
        """Keeps an amount back for the sealed test; replaces what was held before."""
        self._held, self._held_minutes = amount, minutes

    def count(self, role: str, usage: Usage) -> None:
        """Adds what a role used."""
        self.usage[role] = self.usage.get(role, Usage()) + usage
        if self._events is not None:
            self._announce(self._events)

    def _announce(self, events: EventSink) -> None:
        limits: dict[str, float] = self.limits.model_dump(exclude_none=True)
        spent = {"minutes": self.minutes, **used(self.total).model_dump()} if limits else {}
        for (name, limit), share in product(limits.items(), SHARES):
            if spent[name] >= share * limit and (name, share) not in self._announced:
                self._announced.add((name, share))
                events.emit(BudgetAnnounced(limit=name, share=share, of=limit))

    @asynccontextmanager
    async def reserve(self, amount: Amount) -> AsyncGenerator[None]:
        """Holds an amount while a request is under way; waits for others to settle where only they stand in the way.

        Raises:
            BudgetReached: The amount does not fit, also with nothing else under way.
        """
        async with self._settled:
            while self._short(amount, self._reserved) is not None:
                if (name := self._short(amount, {})) is not None:
                    raise BudgetReached(self._reached(name, amount))
                await self._settled.wait()
            self._reserve(amount, 1)
        try:
            yield
        finally:
            async with self._settled:
                self._reserve(amount, -1)
                self._settled.notify_all()

    def _reserve(self, amount: Amount, sign: int) -> None:
        for name in self._limited:
            self._reserved[name] += sign * round(getattr(amount, name) * _PARTS)

    def _short(self, amount: Amount, reserved: Mapping[_Name, int]) -> _Name | Literal["minutes"] | None:
        """Which limit an amount would pass, None where it fits."""
        so_far = used(self.total)
        for name in self._limited:
            limit, spent, more = getattr(self.limits, name), getattr(so_far, name), getattr(amount, name)
            held = getattr(self._held, name)
            if spent + reserved.get(name, 0) / _PARTS + held + more > limit:
                return name
        if self.limits.minutes is not None and self.minutes + self._held_minutes >= self.limits.minutes:
            return "minutes"
        return None

    def _reached(self, name: _Name | Literal["minutes"], amount: Amount) -> str:
        """What is said of a limit that an amount would pass."""
        if name == "minutes":
            return f"the limit of {self.limits.minutes:g} minutes is reached"
        return shortfall(
            name,
            getattr(self.limits, name),
            used=getattr(used(self.total), name),
            more=getattr(amount, name),
            under_way=self._reserved[name] / _PARTS,
            held=getattr(self._held, name),
        )
