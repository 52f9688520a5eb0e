"""CPU time of a model turn beside the bare library call: run `python bench/model_turn.py [CONVERSATIONS]`.

Each row has the same conversations of 6 turns with 5 tools on offer, one after the other in the same run, with the
same simulated endpoint in another process on loopback; the endpoint's own time is not in the figures.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model as LibraryModel

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

TURNS = 6
WARM_UP = 5
SYSTEM = SystemMessage(text="You are given one task. Work it out and give the answer. " * 8)
NAMES = ("seal", "loan_balance", "crc", "check_character", "workdays")
SOURCE = '''def {name}(word: str, rate: float = 0.5, terms: list[int] | None = None) -> str:
    """Works out what the task asks for, by the rule of its family."""
    return word
'''
FUNCTIONS = FunctionSet(functions=tuple(Function(name=name, source=SOURCE.format(name=name)) for name in NAMES))
Ask = Callable[[Sequence[Message]], Awaitable[AssistantMessage]]
Start = Callable[[int], Ask]


class Silent:
    """An event sink that does nothing."""

    def emit(self, event: Event) -> None:
        """Takes one event."""


def site(number: int) -> CallSite:
    return CallSite(role="agent", purpose="train", parameters="p" * 32, task=f"task-{number}")


def question(number: int) -> UserMessage:
    return UserMessage(text=f"What is the seal of the word w{number}? Seals cannot be guessed. " + "It is long. " * 20)


async def conversation(number: int, ask: Ask) -> list[float]:
    """One conversation: a question, a call, its result, an answer, and on; CPU milliseconds of each turn."""
    messages: list[Message] = [SYSTEM, question(number)]
    times: list[float] = []
    for _ in range(TURNS):
        began = time.process_time()
        reply = await ask(messages)
        times.append((time.process_time() - began) * 1000)
        messages.append(reply)
        messages += [ToolMessage(call_id=call.id, name=call.name, text="0123456789ab") for call in reply.calls]
        if not reply.calls:
            messages.append(UserMessage(text="And now check it again with the function."))
    return times


async def bare_conversation(number: int, model: LibraryModel) -> list[float]:
    """The same with nothing of ours between: the library's own messages, built beforehand."""
    messages: list[Message] = [SYSTEM, question(number)]
    sent: list[ModelMessage] = to_provider(messages)
    tools = request_parameters(FUNCTIONS.schemas())
    times: list[float] = []
    for _ in range(TURNS):
        began = time.process_time()
        reply = await model_request(model, sent, model_request_parameters=tools)
        times.append((time.process_time() - began) * 1000)
        said = from_provider(reply)
        results = [ToolMessage(call_id=call.id, name=call.name, text="0123456789ab") for call in said.calls]
        again = [] if results else [UserMessage(text="And now check it again with the function.")]
        sent += [reply, *to_provider([*results, *again])]
    return times


def through(model: Model) -> Start:
    """Asks a model of ours, without a rollout."""

    def start(number: int) -> Ask:
        turn = iter(range(TURNS))

        async def ask(messages: Sequence[Message]) -> AssistantMessage:
            request = ModelRequest(messages=tuple(messages), tools=tuple(FUNCTIONS.schemas()))
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

        async def ask(messages: Sequence[Message]) -> AssistantMessage:
            return await rollout.ask(messages, rollout.specs())

        return ask

    return start


async def measure(url: str, count: int, folder: Path) -> dict[str, list[float]]:
    spec = ModelSpec(model="agent", base_url=url, price=Price(input=1, output=4), settings={"max_tokens": 500})
    library = open_provider(spec, "agent")
    rows: dict[str, list[float]] = {}
    with (
        RunStore.create(folder / "door.sqlite", "door") as first,
        RunStore.create(folder / "all.sqlite", "all") as second,
    ):
        ledger = Ledger(Limits(requests=10**9, tokens=10**12, dollars=1e9))
        async with (
            library,
            open_door(spec, "agent", journal=first, ledger=ledger, events=Silent(), model=library) as door,
            open_door(spec, "agent", journal=second, ledger=ledger, events=Silent(), model=library) as whole,
        ):
            ways = {
                "our messages, converted": through(ProviderModel(library, timeout=600, price=spec.price)),
                "the whole door, journal included": through(door),
                "the whole door and the rollout": rolling(whole, second),
            }
            for number in range(-WARM_UP, count):
                taken = {"pydantic-ai's model_request": await bare_conversation(number, library)}
                for name, start in ways.items():
                    taken[name] = await conversation(number, start(number))
                if number >= 0:
                    for name, times in taken.items():
                        rows.setdefault(name, []).extend(times)
    return rows


def report(rows: dict[str, list[float]]) -> None:
    bare = statistics.median(next(iter(rows.values())))
    print(f"{'CPU time of a model turn':<36}{'median ms':>10}{'p90 ms':>10}{'more ms':>10}{'ratio':>8}")
    for name, times in rows.items():
        median, p90 = statistics.median(times), statistics.quantiles(times, n=10)[-1]
        print(f"{name:<36}{median:>10.2f}{p90:>10.2f}{median - bare:>10.2f}{median / bare:>8.2f}")
    print(f"\n{len(next(iter(rows.values())))} turns a row, {len(NAMES)} tools: {json.dumps(NAMES)}")


def main() -> None:
    """Starts the endpoint, measures, prints the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    script = [sys.executable, str(Path(__file__).parent / "endpoint.py")]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process, TemporaryDirectory() as folder:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            report(asyncio.run(measure(url, count, Path(folder))))
        finally:
            process.kill()


if __name__ == "__main__":
    main()
