"""What the door adds to a model, a wrapper each: settings, journal, time, budget, empty replies, retries, pacing."""

import asyncio
import math
import random

from pydantic import JsonValue

from toolwright.errors import BudgetReached, ModelError, ModelUnavailable, QuotaUsedUp, RequestRefused
from toolwright.events import ModelRetried, PaceWaited, ProviderPaused, ProviderResumed, Warned
from toolwright.messages import ModelRequest, Reply
from toolwright.models.endpoint import Endpoint
from toolwright.models.ledger import Ledger, broken_off, likely_tokens, worst_case
from toolwright.models.passing import LONGEST_ASKED, RATE_LIMIT, Passing, growing
from toolwright.models.rates import MINUTE, NO_LIMIT
from toolwright.models.refusals import accepted, as_reply
from toolwright.models.spec import Price
from toolwright.protocols import CallSite, EventSink, Journal, Model, Role


class WithSettings:
    """Gives every request the role's model settings; what the request itself sets wins."""

    def __init__(self, inner: Model, settings: dict[str, JsonValue]) -> None:
        self._inner, self._settings = inner, settings

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Asks with the settings."""
        settings = {**self._settings, **request.settings}
        return await self._inner.request(site, request.model_copy(update={"settings": settings}))


class Journalled:
    """Answers from the journal where it can; keeps every other reply, and a refusal as one, before it is used."""

    def __init__(self, inner: Model, journal: Journal) -> None:
        self._inner, self._journal = inner, journal

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Asks at most once in the life of a run; raises a refusal that is kept again."""
        kept = self._journal.reply(site, request)
        if kept is not None:
            return accepted(kept)
        try:
            reply = await self._inner.request(site, request)
        except RequestRefused as refusal:
            self._journal.keep_reply(site, request, as_reply(refusal))
            raise
        self._journal.keep_reply(site, request, reply)
        return reply


class Budgeted:
    """Reserves a request's worst case in the ledger and counts what it used; the journal keeps it with the reply.

    A request was sent and so is paid for, as far as one can know, when nobody waits for its reply any more: a race was
    lost, say. That has no reply, so it is told to the journal by itself.
    """

    def __init__(self, inner: Model, ledger: Ledger, price: Price | None, journal: Journal) -> None:
        self._inner, self._ledger, self._price, self._journal = inner, ledger, price, journal

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Asks within the budget; raises BudgetReached before it would be passed."""
        async with self._ledger.reserve(worst_case(request, self._price)):
            try:
                reply = await self._inner.request(site, request)
            except asyncio.CancelledError:
                used = broken_off(request, self._price)
                self._ledger.count(site.role, used)
                self._journal.keep_usage(site, used)
                raise
            self._ledger.count(site.role, reply.usage)
            return reply


class NotEmpty:
    """Makes a reply without text and calls a fault, after it was counted: its tokens are paid for, so they are kept."""

    def __init__(self, inner: Model, journal: Journal) -> None:
        self._inner, self._journal = inner, journal

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Asks; raises Passing for an empty reply, RequestRefused where another attempt would change nothing."""
        reply = await self._inner.request(site, request)
        if reply.message.text.strip() or reply.message.calls:
            return reply
        if reply.finish == "length":
            text = "the reply was cut off before it said anything; raise the setting max_tokens"
            raise RequestRefused(text, reply.usage)
        if reply.finish == "content_filter":
            raise RequestRefused("the provider's content filter withheld the reply", reply.usage)
        self._journal.keep_usage(site, reply.usage)
        raise Passing("empty reply")


class Retrying:
    """Sends a request again after a fault that may pass, waiting as long as the provider asks, else ever longer.

    A rate limit uses up no attempt for `patience` seconds: it says only that the request comes too soon.
    """

    def __init__(
        self,
        inner: Model,
        attempts: int,
        events: EventSink,
        *,
        first_wait: float,
        patience: float,
        address: str = "",
    ) -> None:
        self._inner, self._attempts, self._events, self._address = inner, attempts, events, address
        self._first_wait, self._patience = first_wait, patience

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Asks until an answer comes; raises ModelUnavailable after the last attempt."""
        clock = asyncio.get_running_loop().time
        attempt, used_up, limited = 0, 0, float("inf")
        while True:
            attempt += 1
            try:
                return await self._inner.request(site, request)
            except Passing as fault:
                last = fault
            if last.fault == RATE_LIMIT:
                limited = min(limited, clock())
            used_up += last.fault != RATE_LIMIT or clock() - limited >= self._patience
            if used_up >= self._attempts:
                text = f"the {site.role} model failed {attempt} times in a row; last: {last}"
                if last.fault == "connection" and self._address:
                    text += f"; is the server at {self._address} running, and models.{site.role}.base_url right?"
                raise ModelUnavailable(text) from last
            wait = self._wait(attempt, last)
            self._events.emit(ModelRetried(role=site.role, attempt=attempt, fault=str(last), wait=round(wait, 3)))
            await asyncio.sleep(wait)

    def _wait(self, attempt: int, fault: Passing) -> float:
        """Seconds to wait: what the provider asked for, else ever longer from the first wait, with jitter."""
        if fault.wait is not None:
            return min(fault.wait, LONGEST_ASKED)
        return growing(self._first_wait, attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


class InTime:
    """Gives up a request, its retries and its waits when the run's minutes are over."""

    def __init__(self, inner: Model, ledger: Ledger) -> None:
        self._inner, self._ledger = inner, ledger

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Asks while there is time; raises BudgetReached when there is none left."""
        left = self._ledger.seconds_left
        if left is None:
            return await self._inner.request(site, request)
        clock = asyncio.timeout(max(0.0, left))
        try:
            async with clock:
                return await self._inner.request(site, request)
        except TimeoutError:
            if not clock.expired():
                raise
            raise BudgetReached(f"the limit of {self._ledger.limits.minutes:g} minutes is reached") from None


class Paced:
    """Sends each request in its turn at the endpoint; one that fails because the endpoint is out waits for the next.

    A request that no minute of `tokens_per_minute` has room for is let through all the same, and a warning says so.
    """

    def __init__(self, inner: Model, endpoint: Endpoint, events: EventSink) -> None:
        self._inner, self._endpoint, self._events = inner, endpoint, events
        self._warned = False

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Asks when the endpoint's limits and its health let it; raises ModelUnavailable once it was given up."""
        tokens = likely_tokens(request) if self._endpoint.tokens_per_minute < NO_LIMIT else 0
        self._check_size(site.role, tokens)
        while True:
            async with self._endpoint.turn(site.role, tokens, self._tell) as turn:
                try:
                    reply = await self._inner.request(site, request)
                except Passing as fault:
                    self._tell(self._endpoint.failed(turn, fault))
                    if not self._endpoint.out:
                        raise
                except ModelError as error:
                    self._tell(self._endpoint.refused(turn))
                    if isinstance(error, QuotaUsedUp):
                        self._endpoint.give_up(str(error))
                    raise
                else:
                    self._tell(self._endpoint.answered(turn, reply.usage.tokens))
                    return reply

    def _check_size(self, role: Role, tokens: int) -> None:
        """Warns, once, of a request larger than what may be used in a minute."""
        limit = self._endpoint.tokens_per_minute
        if tokens > limit and not self._warned:
            self._warned = True
            minutes = math.ceil(10 * self._endpoint.pays_off(tokens) / MINUTE) / 10
            text = (
                f"a request of the {role} to {self._endpoint.name} has about {tokens:,} tokens (prompt and "
                f"max_tokens), more than tokens_per_minute = {limit:,g} allows in a minute: it is sent all the same, "
                f"and the next waits for up to {minutes:.1f} minutes; raise the limit where the provider "
                "allows more, or lower max_tokens"
            )
            self._events.emit(Warned(text=text))

    def _tell(self, event: ProviderPaused | ProviderResumed | PaceWaited | None) -> None:
        if event is not None:
            self._events.emit(event)


class GivingUp:
    """Gives an endpoint up for all when one request failed for good and it was never heard from."""

    def __init__(self, inner: Model, endpoint: Endpoint) -> None:
        self._inner, self._endpoint = inner, endpoint

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Asks; before it was heard from for only so many requests as have a place, so that the others need not try."""
        if not self._endpoint.ever_heard_from:
            async with self._endpoint.first_contact:
                if not self._endpoint.ever_heard_from:
                    return await self._ask(site, request)
        return await self._ask(site, request)

    async def _ask(self, site: CallSite, request: ModelRequest) -> Reply:
        try:
            return await self._inner.request(site, request)
        except ModelUnavailable as error:
            if not self._endpoint.ever_heard_from:
                self._endpoint.give_up(str(error))
            raise
