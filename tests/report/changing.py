"""A training in which everything happens to functions that can, and copies of it as other runs would be.

Epoch 1 screens two proposals, of which the second is better; epoch 2 has two refusals and a revision that is rolled
back; epoch 3 removes a function of the starting set, after which all is solved.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from support import ADD_CODE, Said, ScriptedModel, StubSandbox, example, function, proposal, results_of, says, sums
from toolwright import FunctionSet, Trainer
from toolwright.functions import Function
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite
from toolwright.runs.folder import RunFolder
from toolwright.trajectories import Outcome

OLD_CODE: Final = "def old() -> int:\n    return 0\n"
WRONG_CODE: Final = ADD_CODE.replace("a + b", "a - b")
ONE: Final = {"arguments": {"a": 1, "b": 2}}
ADD: Final = says("The sums fail.", add_function=proposal("add", ADD_CODE, ONE, reason="They fail."))
WRONG: Final = says(add_function=proposal("add", WRONG_CODE, ONE, reason="A guess."))
REVISE: Final = says(revise_function=proposal("add", WRONG_CODE, ONE, reason="Another guess."))
REMOVE: Final = says(remove_function={"name": "old", "reason": "Nobody needs it."})
DONE: Final = says(terminate={"reason": "Nothing is left to improve."})
START: Final = FunctionSet(functions=(function("old", OLD_CODE, description="Old.", examples=(example(0),)),))

_SAID: Final[dict[tuple[str, int], tuple[Said, ...]]] = {
    ("step 1", 0): (WRONG, DONE),
    ("step 1", 1): (ADD, DONE),
    ("step 2", 0): (ADD, REVISE, REVISE, DONE),
    ("step 3", 0): (REMOVE, DONE),
}


def optimizer(site: CallSite, request: ModelRequest) -> Said:
    return _SAID.get((site.purpose, site.repeat), (DONE,))[site.turn]


def agent(site: CallSite, request: ModelRequest) -> Said:
    """Adds with what it is offered, but for the first task, where the old function distracts it."""
    offered = [tool.name for tool in request.tools]
    if results := results_of(request):
        return f"\\boxed{{{results[-1]}}}"
    if "add" not in offered or (site.task == "t1" and "old" in offered):
        return "\\boxed{1}"
    number = int(site.task.removeprefix("t"))
    return says(add={"a": number * 37, "b": number * 91})


def _adds(run: Function, arguments: dict[str, Any]) -> Outcome:
    if run.name == "old":
        return Outcome(status="ok", result=0)
    sign = 1 if "a + b" in run.source else -1
    return Outcome(status="ok", result=arguments["a"] + sign * arguments["b"], seconds=0.25)


def trained(runs: Path) -> Path:
    """Trains; returns the run's folder."""
    trainer = Trainer(
        ScriptedModel(agent),
        optimizer_model=ScriptedModel(optimizer),
        sandbox=StubSandbox(_adds),
        functions=START,
        runs=runs,
        gate="strict",
        proposals=2,
        screen=3,
    )
    return Path(trainer.fit(sums(4, start=1)).folder)


def copied(folder: Path, place: Path, change: Callable[[sqlite3.Connection], object]) -> RunFolder:
    """A copy of a run, changed in its database, open for reading."""
    copy = shutil.copytree(folder, place / "copy")
    with sqlite3.connect(copy / "run.sqlite") as database:
        change(database)
    database.close()
    return RunFolder.read(copy)


def as_of_old(database: sqlite3.Connection) -> None:
    """Makes the events those of a version that kept no functions and no calls in them."""
    for number, body in database.execute("SELECT id, body FROM events WHERE body IS NOT NULL").fetchall():
        event = json.loads(body)
        for name in ("start", "proposed", "tried", "stated"):
            event.pop(name, None)
        database.execute("UPDATE events SET body = ? WHERE id = ?", (json.dumps(event).encode(), number))


def killed_before(kind: str, epoch: int) -> Callable[[sqlite3.Connection], object]:
    """Cuts a run off before the first event of that kind of an epoch."""

    def cut(database: sqlite3.Connection) -> None:
        found = database.execute("SELECT id, body FROM events WHERE kind = ? ORDER BY id", (kind,)).fetchall()
        first = next(number for number, body in found if json.loads(body)["epoch"] == epoch)
        database.execute("PRAGMA foreign_keys=OFF")
        for table in ("replies", "outcomes", "samples"):
            database.execute(f"DELETE FROM {table} WHERE event >= ?", (first,))
        database.execute("DELETE FROM events WHERE id >= ?", (first,))

    return cut
