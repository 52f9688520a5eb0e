"""An endpoint as both roles share it: whose request goes next, within its limits, and only one while it is out.

Example:
    endpoint = Endpoints().of(ModelSpec(model="openai:gpt-5-mini", requests_per_minute=500))
    async with endpoint.turn("agent", tokens=900) as turn:
        endpoint.answered(turn, tokens=850)
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from toolwright.errors import ModelUnavailable
from toolwright.events import PaceWaited, ProviderPaused, ProviderResumed
from toolwright.models.outage import FAULTS, SEVERAL, Outage, Pause
from toolwright.models.passing import LONGEST_ASKED, RATE_LIMIT, Passing
from toolwright.models.rates import MINUTE, NO_LIMIT, Adaptive, Bucket
from toolwright.models.spec import ModelSpec

LONG: Final = 5.0
"""Seconds of waiting for one's own pace that are worth telling, and by which a wait must change to be told again."""

_AN_INSTANT: Final = 1e-6
"""Seconds too short to wait for: what rounding leaves of a wait that is over."""

Teller = Callable[[PaceWaited], None]
"""Is told that a request waits long for its own pace."""


@dataclass(frozen=True)
class Turn:
    """Leave to send one request: whose, since when, its tokens as expected; `probe` is the one try of an outage."""

    role: str
    sent: float
    tokens: int
    probe: bool


@dataclass(frozen=True)
class _Waiting:
    """A request in its role's line, and whom to tell that it waits long."""

    tokens: int
    leave: asyncio.Future[Turn]
    tell: Teller


class Endpoints:
    """The endpoints of a run, each made once, whichever role asks for it first."""

    def __init__(self) -> None:
        self._endpoints: dict[tuple[object, ...], Endpoint] = {}

    def of(self, spec: ModelSpec, model: object | None = None) -> "Endpoint":
        """The endpoint a spec names.

        Roles that name one share it, with the narrower rates, the larger concurrency and the longer patience.

        Args:
            spec: The model, its address, its key's variable and its limits.
            model: An object in the named model's place, which then is the endpoint.
        """
        named = (spec.base_url or spec.model.partition(":")[0], spec.model, spec.api_key_env)
        key = named if model is None else (id(model),)
        if key in self._endpoints:
            self._endpoints[key].share(spec)
        else:
            self._endpoints[key] = Endpoint(spec)
        return self._endpoints[key]


class Endpoint:
    """One endpoint: its lines, places, rates and outages, for the tasks of one event loop.

    Attributes:
        first_contact: Held by a request, with its retries, as long as the endpoint was never heard from.
        name: Its model's.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.first_contact = asyncio.Semaphore(spec.concurrency)
        self.name = spec.model
        self._lines: OrderedDict[str, deque[_Waiting]] = OrderedDict()
        self._under_way = 0
        self._adaptive = Adaptive(spec.concurrency, spec.retry_wait)
        self._requests = Bucket(spec.requests_per_minute or NO_LIMIT)
        self._tokens = Bucket(spec.tokens_per_minute or NO_LIMIT)
        self._held_until = 0.0
        self._told_until = 0.0
        self._outage = Outage(min(SEVERAL, spec.attempts), spec.outage_minutes * MINUTE)
        self._probing = False
        self._given_up = ""
        self._wake: asyncio.TimerHandle | None = None

    def share(self, spec: ModelSpec) -> None:
        """Takes over what another role's spec says of it."""
        self._adaptive.allow(spec.concurrency)
        self._requests = self._requests.narrowed(spec.requests_per_minute or NO_LIMIT)
        self._tokens = self._tokens.narrowed(spec.tokens_per_minute or NO_LIMIT)
        self._outage.after = min(self._outage.after, spec.attempts)
        self._outage.patience = max(self._outage.patience, spec.outage_minutes * MINUTE)

    @property
    def tokens_per_minute(self) -> float:
        """The limit that a turn's tokens matter for; NO_LIMIT for none."""
        return self._tokens.limit

    def pays_off(self, tokens: int) -> float:
        """Seconds that the next request waits at the most for so many tokens of one before."""
        return self._tokens.pays_off(tokens)

    @property
    def ever_heard_from(self) -> bool:
        """Whether it ever answered, were it only that it is asked too much."""
        return self._outage.ever_heard_from

    @property
    def out(self) -> bool:
        """Whether it is out or given up: a request that failed asks for its turn again, and waits or hears the end."""
        return self._outage.until is not None or bool(self._given_up)

    @asynccontextmanager
    async def turn(self, role: str, tokens: int = 0, tell: Teller = lambda _: None) -> AsyncGenerator[Turn]:
        """Holds a place; waits for it behind the same role's earlier requests, in turn with the other role.

        Args:
            role: Whose request it is.
            tokens: How many it is expected to use; `answered` puts that right.
            tell: Is told of a wait for the configured rates that is LONG or longer, and where that changes much.

        Raises:
            ModelUnavailable: The endpoint was given up.
        """
        if self._given_up:
            raise ModelUnavailable(self._given_up)
        waiting = _Waiting(tokens, asyncio.get_running_loop().create_future(), tell)
        self._lines.setdefault(role, deque()).append(waiting)
        self._serve()
        try:
            turn = await waiting.leave
        except asyncio.CancelledError:
            if waiting.leave.done() and not waiting.leave.cancelled() and waiting.leave.exception() is None:
                self._ended(waiting.leave.result())  # cancelled after the leave was given and before it was used
            raise
        try:
            yield turn
        finally:
            self._ended(turn)

    def answered(self, turn: Turn, tokens: int) -> ProviderResumed | None:
        """A reply came that used so many tokens; returns what is to be told."""
        now = _now()
        self._tokens.take(tokens - turn.tokens, now)
        self._adaptive.succeeded()
        return self._resumed(turn, self._outage.answered(now))

    def refused(self, turn: Turn) -> ProviderResumed | None:
        """The provider refused the request for good, so it is there; returns what is to be told."""
        return self._resumed(turn, self._outage.alive(_now()))

    def failed(self, turn: Turn, fault: Passing) -> ProviderPaused | ProviderResumed | None:
        """The request met a fault that may pass; returns what is to be told."""
        now, asked = _now(), None if fault.wait is None else min(fault.wait, LONGEST_ASKED)
        if fault.fault == RATE_LIMIT:
            pause = self._complained(turn, now, asked)
        elif fault.fault in FAULTS:
            pause = self._outage.failed(now, probe=turn.probe, asked=asked)
        else:
            return self.refused(turn)
        return None if pause is None else self._paused(turn, fault, pause)

    def _complained(self, turn: Turn, now: float, asked: float | None) -> Pause | None:
        """The endpoint has too much to do: silence for a while, or a pause where such silences were of no use."""
        silent = self._adaptive.complained(turn.sent, now)
        fresh = silent is not None or turn.probe
        pause = self._outage.limited(now, probe=turn.probe, asked=asked) if fresh else None
        if pause is None:
            self._held_until = max(self._held_until, now + (asked if asked is not None else silent or 0.0))
        return pause

    def _paused(self, turn: Turn, fault: Passing, pause: Pause) -> ProviderPaused | None:
        if not pause.wait:
            self.give_up(_patience_lost(self.name, self._outage.patience / MINUTE, fault))
            return None
        wait, since = round(pause.wait, 3), round(pause.since, 3)
        return ProviderPaused(role=turn.role, fault=str(fault), wait=wait, since=since)

    def give_up(self, why: str) -> None:
        """Every waiting and later request fails with this, for as long as the endpoint lives."""
        self._given_up = why
        for line in self._lines.values():
            for waiting in line:
                if not waiting.leave.done():
                    waiting.leave.set_exception(ModelUnavailable(why))
        self._lines.clear()

    def _resumed(self, turn: Turn, seconds: float | None) -> ProviderResumed | None:
        return None if seconds is None else ProviderResumed(role=turn.role, seconds=round(seconds, 3))

    def _ended(self, turn: Turn) -> None:
        self._under_way -= 1
        self._probing = self._probing and not turn.probe
        self._serve()

    def _serve(self) -> None:
        """Lets go whoever may go now, and wakes when the next may."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        while (first := self._first()) is not None:
            own = self._own_waits(first[1].tokens)
            wait = self._wait(max(own))
            if wait is None:
                return
            self._tell_of_pace(*first, *own)
            if wait > _AN_INSTANT:
                self._wake = asyncio.get_running_loop().call_later(wait, self._serve)
                return
            self._let_go(*first)

    def _first(self) -> tuple[str, _Waiting] | None:
        """The first of the line whose turn it is; who was cancelled meanwhile leaves."""
        while self._lines:
            role, line = next(iter(self._lines.items()))
            while line and line[0].leave.done():
                line.popleft()
            if line:
                return role, line[0]
            del self._lines[role]
        return None

    def _wait(self, own: float) -> float | None:
        """Seconds until the first in line, which waits so long for its own pace, may go.

        None where the end of another's turn decides.
        """
        now = _now()
        if self._outage.until is not None:
            return None if self._probing else max(0.0, self._outage.until - now)
        if self._under_way >= self._adaptive.places:
            return None
        return max(0.0, self._held_until - now, own)

    def _own_waits(self, tokens: int) -> tuple[float, float]:
        """Seconds that requests_per_minute and tokens_per_minute keep a request back."""
        now = _now()
        return self._requests.wait(1, now), self._tokens.wait(tokens, now)

    def _tell_of_pace(self, role: str, waiting: _Waiting, requests: float, tokens: float) -> None:
        """Tells of a long wait that the configuration makes, and of one that got much longer or shorter than told.

        Of an outage and of a silence after a complaint others tell.
        """
        now, wait = _now(), max(requests, tokens)
        until = now + wait
        if self._outage.until is not None or until < self._held_until:
            return
        if abs(until - max(now, self._told_until)) < LONG:
            return
        self._told_until = until
        narrower = self._requests if requests >= tokens else self._tokens
        name = "requests_per_minute" if narrower is self._requests else "tokens_per_minute"
        limit = f"{name} = {narrower.limit:g}" if wait else ""
        waiting.tell(PaceWaited(role=role, limit=limit, wait=round(wait, 3)))

    def _let_go(self, role: str, waiting: _Waiting) -> None:
        """Takes a request out of its line, which then goes behind the other roles', and gives it its turn."""
        self._lines[role].popleft()
        self._lines.move_to_end(role)
        self._under_way += 1
        now, probe = _now(), self._outage.until is not None
        self._probing = self._probing or probe
        self._requests.take(1, now)
        self._tokens.take(waiting.tokens, now)
        waiting.leave.set_result(Turn(role, now, waiting.tokens, probe))


def _patience_lost(name: str, minutes: float, fault: Passing) -> str:
    """What every request of an endpoint that was given up fails with."""
    if fault.fault == RATE_LIMIT:
        return (
            f"the rate limit of the provider of {name} has let nothing through for {minutes:g} minutes, last: {fault}; "
            "go on later, with a lower concurrency or requests_per_minute if need be"
        )
    return f"the provider of {name} has been out for {minutes:g} minutes, last: {fault}; go on when it is back"


def _now() -> float:
    """The event loop's clock, in seconds; it only goes forward."""
    return asyncio.get_running_loop().time()
