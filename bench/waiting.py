"""Memory of a rollout that waits for its model: a whole evaluation through the front door, over plain HTTP."""

import asyncio
import time
from tempfile import TemporaryDirectory
from typing import Final

from bench.work import Served, endpoint, resident, rows

from toolwright import ModelSpec, Task, TaskSet, Trainer

LATENCY: Final = 20.0
"""Seconds a reply takes: long enough for all rollouts to have asked."""


async def waiting(count: int) -> tuple[int, float]:
    """How many rollouts of an evaluation waited at once, and bytes of resident memory each of them took."""
    with endpoint(latency=LATENCY) as slow, endpoint() as fast, TemporaryDirectory() as folder:
        await _trainer(fast, 5, folder).aevaluate(_tasks(5))  # all that is imported and kept once
        before = resident()
        running = asyncio.create_task(_trainer(slow, count, folder).aevaluate(_tasks(count)))
        asked = await _all_asked(slow, count)
        after = resident()
        await running
    return asked, (after - before) / asked


async def _all_asked(served: Served, count: int) -> int:
    """Waits until so many requests wait at once, or the first ones are about to be answered."""
    first = asked = 0.0
    while asked < count and not (first and time.monotonic() - first > LATENCY * 0.8):
        await asyncio.sleep(0.2)  # nobody tells of a request's arrival: it is another process
        asked = served.counts().get("requests", 0)
        first = first or (time.monotonic() if asked else 0.0)
    return int(asked)


def _trainer(served: Served, count: int, runs: str) -> Trainer:
    return Trainer(ModelSpec(model="agent", base_url=served.url, concurrency=count), at_once=count, runs=runs)


def _tasks(count: int) -> TaskSet:
    return TaskSet(name="many", tasks=tuple(map(Task.model_validate, rows("many", count))))
