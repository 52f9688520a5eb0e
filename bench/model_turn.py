"""CPU time of a model turn beside the bare library call, one by one and many at once, and memory of waiting rollouts.

    python -m bench.model_turn [CONVERSATIONS] [--at-once NUMBER]

Each row of the first table has the same conversations of 6 turns with 5 tools on offer, one after the other in the same
run; in the second, of 3 turns, so many at once, each reply after a second. The endpoint is another process on loopback,
its own time is not in the figures.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.bare import library as bare_library
from bench.waiting import waiting
from bench.work import endpoint
from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.settings import ModelSettings

from toolwright.agents.rollout import RecordingRollout, RolloutLimits
from toolwright.events import Event
from toolwright.functions import Function, FunctionSet
from toolwright.messages import AssistantMessage, Message, ModelRequest, SystemMessage, ToolMessage, UserMessage
from toolwright.models.convert import from_provider, request_parameters, to_provider
from toolwright.models.door import open_door
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.provider_model import ProviderModel
from toolwright.models.providers import open_provider
from toolwright.models.spec import ModelSpec, Price
from toolwright.protocols import CallSite, Model
from toolwright.runs.store import RunStore
from toolwright.sandbox import ConfinedSandbox
from toolwright.tasks import Task

TURNS, FEW_TURNS = 6, 2
WARM_UP = 5
SYSTEM = SystemMessage(text="You are given one task. Work it out and give the answer. " * 8)
NAMES = ("seal", "loan_balance", "crc", "check_character", "workdays")
SOURCE = '''def {name}(word: str, rate: float = 0.5, terms: list[int] | None = None) -> str:
    """Works out what the task asks for, by the rule of its family."""
    return word
'''
FUNCTIONS = FunctionSet(functions=tuple(Function(name=name, source=SOURCE.format(name=name)) for name in NAMES))
Ask = Callable[[Sequence[Message]], Awaitable[AssistantMessage | ModelResponse]]
"""Prepares a request; awaiting what it returns makes it."""

Start = Callable[[int], Ask]

OWN: Final = "pydantic-ai's model_request, its own transport"
BARE: Final = "pydantic-ai's model_request, our client"
WHOLE: Final = "the whole door and the rollout"
PATIENT: Final = ModelSettings(timeout=600)
"""A thousand connections that are opened at once take longer than the library waits for one."""
MORE, FLAT, MEMORY = 1.5, 1.3, 150.0
"""At the most: ms more than the bare request, ratio of many at once to 20, KB of a waiting rollout."""


class Silent:
    """An event sink that does nothing."""

    def emit(self, event: Event) -> None:
        """Takes one event."""


def site(number: int) -> CallSite:
    return CallSite(role="agent", purpose="train", parameters="p" * 32, task=f"task-{number}")


def question(number: int) -> UserMessage:
    return UserMessage(text=f"What is the seal of the word w{number}? Seals cannot be guessed. " + "It is long. " * 20)


async def conversation(number: int, ask: Ask, turns: int) -> list[float]:
    """One conversation: a question, a call, its result, an answer, and on; CPU milliseconds of each turn."""
    messages: list[Message] = [SYSTEM, question(number)]
    times: list[float] = []
    for _ in range(turns):
        coming = ask(messages)
        began = time.process_time()
        came = await coming
        times.append((time.process_time() - began) * 1000)
        reply = from_provider(came) if isinstance(came, ModelResponse) else came
        messages.append(reply)
        messages += [ToolMessage(call_id=call.id, name=call.name, text="0123456789ab") for call in reply.calls]
        if not reply.calls:
            messages.append(UserMessage(text="And now check it again with the function."))
    return times


def unwrapped(model: LibraryModel) -> Start:
    """Asks the library, with its own messages, converted before the time is taken."""

    def start(_: int) -> Ask:
        tools = request_parameters(FUNCTIONS.schemas())

        def ask(messages: Sequence[Message]) -> Awaitable[ModelResponse]:
            return model_request(model, to_provider(messages), model_settings=PATIENT, model_request_parameters=tools)

        return ask

    return start


def through(model: Model) -> Start:
    """Asks a model of ours, without a rollout."""

    def start(number: int) -> Ask:
        turn, tools = iter(range(TURNS)), tuple(FUNCTIONS.schemas())

        async def ask(messages: Sequence[Message]) -> AssistantMessage:
            request = ModelRequest(messages=tuple(messages), tools=tools)
            where = site(number).model_copy(update={"turn": next(turn)})
            return (await model.request(where, request)).message

        return ask

    return start


def rolling(model: Model, store: RunStore) -> Start:
    """Asks through a rollout, as an agent does."""

    def start(number: int) -> Ask:
        rollout = RecordingRollout(
            Task(id=f"task-{number}", question="?"),
            site(number),
            FUNCTIONS,
            model=model,
            sandbox=ConfinedSandbox(),  # never entered: no call is made
            journal=store,
            limits=RolloutLimits(turns=TURNS),
        )
        tools = rollout.specs()  # once, as the agents do

        async def ask(messages: Sequence[Message]) -> AssistantMessage:
            return await rollout.ask(messages, tools)

        return ask

    return start


@asynccontextmanager
async def ways(url: str, folder: Path, at_once: int) -> AsyncGenerator[dict[str, Start]]:
    """The rows of a table: how a conversation may ask, from the bare library to all of ours."""
    spec = ModelSpec(
        model="agent",
        base_url=url,
        price=Price(input=1, output=4),
        settings={"max_tokens": 500},
        concurrency=at_once,
    )
    ledger = Ledger(Limits(requests=10**9, tokens=10**12, dollars=1e9))
    async with AsyncExitStack() as opened:
        first, second = (
            opened.enter_context(RunStore.create(folder / f"{name}.sqlite", name)) for name in ("door", "all")
        )
        bare, library = bare_library(url), open_provider(spec, "agent")
        await opened.enter_async_context(bare)
        await opened.enter_async_context(library)
        door, whole = [
            await opened.enter_async_context(
                open_door(spec, "agent", journal=store, ledger=ledger, events=Silent(), model=library)
            )
            for store in (first, second)
        ]
        yield {
            OWN: unwrapped(bare),
            BARE: unwrapped(library),
            "our messages, converted": through(ProviderModel(library, timeout=600, price=spec.price)),
            "the whole door, journal included": through(door),
            WHOLE: rolling(whole, second),
        }


async def one_by_one(url: str, count: int, folder: Path) -> dict[str, list[float]]:
    """CPU milliseconds of every turn, the rows' conversations in turns."""
    rows: dict[str, list[float]] = {}
    async with ways(url, folder, 1) as starts:
        for number in range(-WARM_UP, count):
            for name, start in starts.items():
                times = await conversation(number, start(number), TURNS)
                if number >= 0:
                    rows.setdefault(name, []).extend(times)
    return rows


async def at_once(url: str, count: int, total: int, folder: Path) -> dict[str, float]:
    """CPU milliseconds a turn where so many conversations of a total are under way."""
    rows: dict[str, float] = {}
    places = asyncio.Semaphore(count)

    async def one(number: int, start: Start) -> None:
        async with places:
            await conversation(number, start(number), FEW_TURNS)

    async with ways(url, folder, count) as starts:
        for name in (BARE, WHOLE):  # the library's own transport cannot connect a thousand times at once
            await conversation(-1, starts[name](-1), FEW_TURNS)
            began = time.process_time()
            async with asyncio.TaskGroup() as group:
                for number in range(total):
                    group.create_task(one(number, starts[name]))
            rows[name] = (time.process_time() - began) / (total * FEW_TURNS) * 1000
    return rows


def verdict(value: float, bound: float) -> str:
    return f"   target <= {bound:g}: {'meets' if value <= bound else 'misses'}"


def report(rows: dict[str, list[float]]) -> None:
    bare = statistics.median(rows[BARE])
    print(f"{'CPU time of a model turn':<48}{'median ms':>10}{'p90 ms':>9}{'more ms':>9}{'ratio':>7}")
    for name, times in rows.items():
        median, p90 = statistics.median(times), statistics.quantiles(times, n=10)[-1]
        judged = verdict(median - bare, MORE) if name == WHOLE else ""
        print(f"{name:<48}{median:>10.2f}{p90:>9.2f}{median - bare:>9.2f}{median / bare:>7.2f}{judged}")
    more = statistics.median(rows[WHOLE]) - statistics.median(rows[OWN])
    print(f"{'the whole, over the library as it comes':<48}{more:>28.2f}{'':>7}{verdict(more, MORE)}")
    print(f"{len(rows[BARE])} turns a row, {len(NAMES)} tools: {json.dumps(NAMES)}\n")


def compare(few: dict[str, float], many: dict[str, float], count: int) -> None:
    print(f"{'CPU ms a turn':<48}{'20 at once':>12}{f'{count:,} at once':>16}{'ratio':>7}")
    for name, value in few.items():
        ratio = many[name] / value
        print(
            f"{name:<48}{value:>12.2f}{many[name]:>16.2f}{ratio:>7.2f}{verdict(ratio, FLAT) if name == WHOLE else ''}"
        )
    print()


def main() -> None:
    """Measures and prints; memory first, while the process is as a run finds it."""
    parser = argparse.ArgumentParser(prog="python -m bench.model_turn", description="What a model turn costs.")
    parser.add_argument("conversations", nargs="?", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=1_000)
    chosen = parser.parse_args()
    many = chosen.at_once
    asked, each = asyncio.run(waiting(many))
    with TemporaryDirectory() as one, endpoint() as served:
        report(asyncio.run(one_by_one(served.url, chosen.conversations, Path(one))))
    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        with endpoint(latency=0.05) as served:
            few = asyncio.run(at_once(served.url, 20, min(400, many), Path(one)))
        with endpoint(latency=4) as served:
            compare(few, asyncio.run(at_once(served.url, many, many, Path(two))), many)
    print(f"memory of a waiting rollout: {each / 1000:.0f} KB, {asked:,} at once{verdict(each / 1000, MEMORY)}")


if __name__ == "__main__":
    main()
