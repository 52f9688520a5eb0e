"""A provider that is out, or lets nothing through, for spans of a jumping clock; and many requests through the door."""

import asyncio
from collections.abc import Sequence

from asking import Listener, NoJournal, ask, say, site
from jumping import now

from toolwright.events import ProviderPaused, ProviderResumed
from toolwright.messages import ModelRequest, Reply
from toolwright.models.door import open_door
from toolwright.models.endpoint import Endpoints
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.passing import Passing
from toolwright.models.spec import ModelSpec
from toolwright.protocols import CallSite, Role


class Outages:
    """Answers after a second; between these times every request fails after a tenth of one."""

    def __init__(self, *spans: tuple[float, float], fault: Exception | None = None) -> None:
        self.spans, self.fault = spans, fault or Passing("connection", "refused")
        self.tries: list[float] = []
        self.answers: list[float] = []

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        at = now()
        if any(start <= at < end for start, end in self.spans):
            self.tries.append(at)
            await asyncio.sleep(0.1)
            raise self.fault
        await asyncio.sleep(1)
        self.answers.append(now())
        return say()


async def through(
    provider: Outages, count: int, *, limits: Limits | None = None, roles: Sequence[Role] = ("agent",), **given: object
) -> tuple[list[Reply | BaseException], Listener, Ledger]:
    """So many requests at once through the whole door, half of them of each role; their replies or errors."""
    listener, endpoints = Listener(), Endpoints()
    ledger = Ledger(limits or Limits(), clock=now)
    spec = ModelSpec.model_validate({"model": "m", "concurrency": 4, **given})

    async def asked(role: Role, turns: range) -> list[Reply | BaseException]:
        opened = open_door(
            spec, role, journal=NoJournal(), ledger=ledger, events=listener, model=provider, endpoints=endpoints
        )
        async with opened as model:
            requests = (model.request(site(turn, role=role), ask()) for turn in turns)
            return await asyncio.gather(*requests, return_exceptions=True)

    parts = await asyncio.gather(*(asked(role, range(count // len(roles))) for role in roles))
    return [answer for part in parts for answer in part], listener, ledger


def paused(listener: Listener) -> list[ProviderPaused]:
    return [event for event in listener.events if isinstance(event, ProviderPaused)]


def resumed(listener: Listener) -> list[ProviderResumed]:
    return [event for event in listener.events if isinstance(event, ProviderResumed)]
