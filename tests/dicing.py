"""A training in which whatever is rolled is right, and no roll is like another: what is made anew shows."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support import Said, ScriptedModel, StubSandbox, proposal, results_of, says, sums
from toolwright import Task, Trainer
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite
from toolwright.trajectories import Outcome

TRAIN, VALIDATION, TEST = sums(3, start=1), sums(2, start=10), sums(2, start=20)
ROLL = says(add_function=proposal("roll", "def roll() -> int:\n    return 4\n", {"arguments": {}}))
LURE = says(add_function=proposal("lure", "def lure() -> int:\n    return 0\n", {"arguments": {}}))
DONE = says(terminate={"reason": "Nothing is left to improve."})


def agent(site: CallSite, request: ModelRequest) -> Said:
    """Rolls where it can, and answers with what it rolled."""
    if results := results_of(request):
        return f"\\boxed{{{results[-1]}}}"
    return says(roll={}) if any(tool.name == "roll" for tool in request.tools) else "\\boxed{0}"


def optimizer(site: CallSite, request: ModelRequest) -> Said:
    """Proposes the function in the first step, nothing later; a second proposal beside it is of no use."""
    if site.purpose != "step 1" or site.turn:
        return DONE
    return LURE if site.repeat else ROLL


def lucky(task: Task, answer: str) -> float:
    """Anything that was rolled is right."""
    return float(answer != "0")


class Dice(StubSandbox):
    """Every call there ever is has another result."""

    def __init__(self, numbers: Iterator[int]) -> None:
        super().__init__(lambda _function, _arguments: Outcome(status="ok", result=next(numbers)))


class Counted:
    """A model that says when it is asked for the n-th time, both roles together."""

    def __init__(self, script: Callable[[CallSite, ModelRequest], Said], asked: Callable[[], None]) -> None:
        self._model, self._asked = ScriptedModel(script), asked

    async def request(self, site: CallSite, request: ModelRequest) -> Any:
        self._asked()
        return await self._model.request(site, request)


class World:
    """A folder of runs, dice, and everything that was asked for."""

    def __init__(self, runs: Path) -> None:
        self.runs, self.dice = runs, Dice(itertools.count(1))
        self.asked, self.at = 0, 0
        self.break_off: Callable[[], object] = lambda: None

    def trainer(self, **options: Any) -> Trainer:
        given: dict[str, Any] = {"scorer": lucky, "sandbox": self.dice, "runs": self.runs, "gate": "strict", **options}
        return Trainer(Counted(agent, self._ask), optimizer_model=Counted(optimizer, self._ask), **given)

    def _ask(self) -> None:
        self.asked += 1
        if self.asked == self.at:
            self.break_off()

    async def broken_off(self, at: int, **options: Any) -> Path:
        """Trains until the request of that number; returns the run's folder."""
        training = asyncio.create_task(self.trainer(**options).afit(TRAIN, VALIDATION, TEST))
        self.at, self.break_off = at, training.cancel
        with pytest.raises(asyncio.CancelledError):
            await training
        (folder,) = self.runs.iterdir()
        return folder
