"""The bare library: CPU time of pydantic-ai's own `model_request`, with the very requests a run of ours made."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from pydantic_ai.direct import model_request
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from toolwright.messages import ModelRequest
from toolwright.models.convert import request_parameters, to_provider
from toolwright.runs.store import RunStore


def library(url: str) -> OpenAIChatModel:
    """The library's model as it comes, over its own transport."""
    return OpenAIChatModel("agent", provider=OpenAIProvider(base_url=url, api_key="none-needed"))


def bare_turn(database: Path, url: str, *, warm_up: int = 20, count: int = 200) -> float:
    """Median CPU seconds of a request of the agent's, one after another; the endpoint should not wait."""
    with RunStore.read(database) as store:
        requests = [entry.request for entry in islice(store.requests("agent"), warm_up + count)]
    return statistics.median(asyncio.run(_asked(requests, url))[warm_up:])


async def _asked(requests: Sequence[ModelRequest], url: str) -> list[float]:
    times: list[float] = []
    async with library(url) as model:
        for request in requests:
            sent, tools = to_provider(request.messages), request_parameters(request.tools)
            began = time.process_time()
            await model_request(model, sent, model_request_parameters=tools)
            times.append(time.process_time() - began)
    return times
