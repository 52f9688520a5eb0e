"""A small training that trackers follow: two epochs, each of which adds a function that solves more of the sums."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from support import ADD_CODE, Said, ScriptedModel, StubSandbox, calling, proposal, results_of, says, sums
from toolwright.api import Trainer
from toolwright.events import Event, StepFinished
from toolwright.functions import Function
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite
from toolwright.runs.folder import RunFolder
from toolwright.training.result import TrainingResult
from toolwright.trajectories import Outcome

TWO_NUMBERS: Final = re.compile(r"Add (\d+) and (\d+)\.")
HALF_CODE: Final = "def half(a: int, b: int) -> int:\n    return a + b if a < 74 else -1\n"
EXAMPLE: Final = {"arguments": {"a": 1, "b": 2}, "result": 3}
TRAIN, TEST = sums(4), sums(2, start=10)
SECRET: Final = "sk-" + "a" * 30


def calls_the_newest(site: CallSite, request: ModelRequest) -> Said:
    """An agent that passes on what its newest function returns; without one it is wrong."""
    if results := results_of(request):
        return f"\\boxed{{{results[-1]}}}"
    found = TWO_NUMBERS.search(request.messages[1].text)
    if found is None or not request.tools:
        return "\\boxed{-1}"
    return calling((request.tools[-1].name, {"a": int(found[1]), "b": int(found[2])}))


def adds_a_better_one(site: CallSite, request: ModelRequest) -> Said:
    """An optimizer that adds `half` in the first epoch, after a refusal, and `add` in the second."""
    if site.purpose == "step 1" and not site.turn:
        return says(add_function=proposal("half", "import os\n" + HALF_CODE, EXAMPLE))
    if site.purpose == "step 1":
        return says(add_function=proposal("half", HALF_CODE, EXAMPLE))
    return says(add_function=proposal("add", ADD_CODE, EXAMPLE))


def works_it_out(function: Function, arguments: dict[str, JsonValue]) -> Outcome:
    """What the functions return."""
    a, b = arguments["a"], arguments["b"]
    assert isinstance(a, int)
    assert isinstance(b, int)
    if function.name == "half" and a >= 1000:
        return Outcome(status="error", error=f"ValueError: {SECRET}")
    return Outcome(status="ok", result=-1 if function.name == "half" and a >= 74 else a + b, seconds=0.001)


def trainer(runs: Path, *events: Any, **options: Any) -> Trainer:
    """A trainer of it that tells these."""
    return Trainer(
        options.pop("agent_model", ScriptedModel(calls_the_newest)),
        optimizer_model=ScriptedModel(adds_a_better_one),
        sandbox=StubSandbox(works_it_out),
        runs=runs,
        actions=1,
        events=events,
        **options,
    )


def trained(runs: Path, *events: Any, **options: Any) -> TrainingResult:
    """Trains it to its end, or goes on with the run `resume`."""
    resume = options.pop("resume", None)
    result = trainer(runs, *events, **options).fit(TRAIN, test=TEST, resume=resume)
    assert result.functions.names == ("half", "add")
    return result


class _Stop:
    """Says when a step of an epoch is over."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch
        self.came = asyncio.Event()

    def emit(self, event: Event) -> None:
        if isinstance(event, StepFinished) and event.epoch == self._epoch:
            self.came.set()


def broken_off(runs: Path, *events: Any, epoch: int) -> None:
    """Trains until the step of an epoch is over and breaks off there, as Ctrl-C does."""

    async def train() -> None:
        stop = _Stop(epoch)
        training = asyncio.create_task(trainer(runs, *events, stop).afit(TRAIN, test=TEST))
        waiting = asyncio.create_task(stop.came.wait())
        await asyncio.wait((training, waiting), return_when=asyncio.FIRST_COMPLETED)
        training.cancel()
        await asyncio.gather(training, return_exceptions=True)
        assert waiting.done()
        assert training.cancelled()

    asyncio.run(train())


def the_run(runs: Path) -> Path:
    """The folder of the one run there is."""
    (one,) = runs.iterdir()
    return one


def warnings_of(runs: Path) -> Sequence[str]:
    """What the one run was warned of."""
    with RunFolder.read(the_run(runs)) as run:
        return [timed.event.text for timed in run.store.events() if timed.event.kind == "warned"]
