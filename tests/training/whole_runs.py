"""Scripted models that train a whole run: an agent that uses what it is offered, an optimizer that proposes."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from support import ADD_CODE, Said, ScriptedModel, proposal, results_of, says
from toolwright.api import Trainer
from toolwright.evaluations import Evaluation
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite
from toolwright.runs.store import RunStore
from toolwright.sandbox import ConfinedSandbox
from toolwright.training.result import TrainingResult

TWO_NUMBERS = re.compile(r"Add (\d+) and (\d+)\.")
WRONG_CODE = "def add(a: int, b: int) -> int:\n    return a + b + 1\n"
SPLIT_CODE = "def total(text: str) -> int:\n    a, b = text.split('+')\n    return int(a) + int(b)\n"

ADD = says(add_function=proposal("add", ADD_CODE, {"arguments": {"a": 1, "b": 2}, "result": 3}))
WRONG = says(add_function=proposal("add", WRONG_CODE, {"arguments": {"a": 1, "b": 2}}))
WORSE = says(revise_function=proposal("add", WRONG_CODE, {"arguments": {"a": 5, "b": 6}}))
TOTAL = says(add_function=proposal("total", SPLIT_CODE, {"arguments": {"text": "1+2"}, "result": 3}))
REMOVE = says(remove_function={"name": "add", "reason": "It is wrong."})
DONE = says(terminate={"reason": "Nothing is left to improve."})
BROKEN = says(add_function=proposal("add", "import os\n" + ADD_CODE, {"arguments": {"a": 1, "b": 2}}))


def adds_where_it_can(site: CallSite, request: ModelRequest) -> Said:
    """An agent that calls `add`, else `total`, where it is offered one, and passes the result on; else it guesses."""
    if results := results_of(request):
        return f"\\boxed{{{results[-1]}}}"
    found = TWO_NUMBERS.search(request.messages[1].text)
    assert found is not None
    one, other = int(found[1]), int(found[2])
    offered = {tool.name for tool in request.tools}
    if "add" in offered:
        return says(add={"a": one, "b": other})
    return says(total={"text": f"{one}+{other}"}) if "total" in offered else "\\boxed{1}"


def trainer(
    agent: Callable[[CallSite, ModelRequest], Said] | ScriptedModel,
    optimizer: Sequence[Said] | ScriptedModel,
    runs: Path | None,
    /,
    **options: Any,
) -> Trainer:
    """A trainer over scripted models and a small real sandbox."""
    given: dict[str, Any] = {"sandbox": ConfinedSandbox(allowed=("math",)), "runs": runs, **options}
    return Trainer(
        agent if isinstance(agent, ScriptedModel) else ScriptedModel(agent),
        optimizer_model=optimizer if isinstance(optimizer, ScriptedModel) else ScriptedModel(optimizer),
        **given,
    )


def kept_evaluations(result: TrainingResult) -> list[Evaluation]:
    """Every evaluation in a run's folder."""
    with RunStore.read(Path(result.folder) / "run.sqlite") as store:
        return [evaluation for _, evaluation in store.evaluations()]
