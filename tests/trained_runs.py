"""Small finished runs, made in a second by scripted models and a sandbox that is none."""

import re
from pathlib import Path

from pydantic import JsonValue

from support import ADD_CODE, Said, ScriptedModel, StubSandbox, proposal, results_of, says, sums
from toolwright.api import Trainer
from toolwright.functions import Function
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite
from toolwright.training.result import TrainingResult
from toolwright.trajectories import Outcome

ADD = says(add_function=proposal("add", ADD_CODE, {"arguments": {"a": 1, "b": 2}}))
DONE = says(terminate={"reason": "Nothing is left to improve."})


def agent(site: CallSite, request: ModelRequest) -> Said:
    """Adds with the function, and guesses without; the task t0 it gets wrong either way."""
    if results := results_of(request):
        return f"\\boxed{{{results[-1]}}}"
    one, other = map(int, re.findall(r"\d+", request.messages[1].text))
    return says(add={"a": one, "b": other}) if request.tools and site.task != "t0" else "\\boxed{1}"


def optimizer(site: CallSite, request: ModelRequest) -> Said:
    return ADD if site.purpose == "step 1" and not site.turn else DONE


def adding(function: Function, arguments: dict[str, JsonValue]) -> Outcome:
    one, other = arguments["a"], arguments["b"]
    assert isinstance(one, int)
    assert isinstance(other, int)
    return Outcome(status="ok", result=one + other, seconds=0.01)


def trained_run(runs: Path, tasks: int = 4) -> TrainingResult:
    """A training that learns to add in its first epoch; `tasks` is how many it trains on."""
    trainer = Trainer(
        ScriptedModel(agent),
        optimizer_model=ScriptedModel(optimizer),
        sandbox=StubSandbox(adding),
        runs=runs,
        epochs=2,
    )
    return trainer.fit(sums(tasks), test=sums(3, start=100))
