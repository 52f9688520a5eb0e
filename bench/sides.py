"""One training by each side, a program of its own each, on the same endpoint: ours, and the reference's."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench.chains import Path as CriticalPath
from bench.chains import critical_path
from bench.work import ROOT, Ran, Served, rows, timed, words

PEER: Final = ROOT / ".bench" / "autogen"

CONFIG: Final = """scorer = "exact"

[models]
agent = {{ model = "agent", base_url = "{url}", concurrency = {tasks} }}
optimizer = {{ model = "optimizer", base_url = "{url}" }}

[tasks]
train = {{ reader = "jsonl", path = "train.jsonl" }}
test = {{ reader = "jsonl", path = "test.jsonl" }}

[optimizer]
actions = {actions}

[training]
epochs = {epochs}
patience = {epochs}
at_once = {tasks}

[sandbox]
packages = ["hashlib"]
"""


@dataclass(frozen=True)
class Plan:
    """A training's size, the same for both sides.

    Attributes:
        tasks: Training tasks.
        test: Tasks of the sealed test.
        epochs: Steps of the optimizer.
        actions: Actions a step, a request each.
        turns: Requests a task takes once there is a function.
        latency: Seconds every reply takes.
    """

    tasks: int = 20
    test: int = 10
    epochs: int = 3
    actions: int = 3
    turns: int = 3
    latency: float = 1.0

    def endpoint(self) -> dict[str, object]:
        """The endpoint's options."""
        return {"latency": self.latency, "turns": self.turns, "optimizer": "busy"}

    @property
    def requests(self) -> int:
        """The requests of a whole training: the sets evaluated, one without a function, the steps, the test twice."""
        trained = self.tasks * (1 + self.epochs * self.turns)
        return trained + self.epochs * self.actions + self.test * (1 + self.turns)


@dataclass(frozen=True)
class Ours:
    """A training of ours: what it took, its critical path, and where its run is."""

    ran: Ran
    path: CriticalPath
    database: Path


def ours(plan: Plan, served: Served, folder: Path, profile: str = "") -> Ours:
    """Trains with the command line, all tasks at once; `profile` is a file for cProfile's figures."""
    _write_tasks(plan, folder)
    (folder / "bench.toml").write_text(CONFIG.format(url=served.url, **asdict(plan)))
    profiler = ["-m", "cProfile", "-o", profile] if profile else []
    program = [sys.executable, *profiler, "-m", "toolwright.cli", "train", str(folder / "bench.toml")]
    ran = timed([*program, "--runs", str(folder / "runs"), "--name", "bench", "--quiet"], served, folder)
    _check(plan, ran)
    path = critical_path(ran.log, words("test", plan.test))
    return Ours(ran, path, folder / "runs" / "bench" / "run.sqlite")


@dataclass(frozen=True)
class Theirs:
    """A training of the reference: what it took, and how much of that its notebook does not do."""

    ran: Ran
    last: float
    version: str


def theirs(plan: Plan, served: Served, folder: Path, *, threads: bool) -> Theirs:
    """Trains with AutoGen's AgentOptimizer: tasks one after another, or all at once in threads."""
    _write_tasks(plan, folder)
    told = {"url": served.url, **_tasks(plan)}
    told |= {"epochs": plan.epochs, "actions": plan.actions, "threads": plan.tasks if threads else 0}
    (folder / "plan.json").write_text(json.dumps(told))
    script = str(ROOT / "bench" / "autogen_peer.py")
    ran = timed([str(PEER / "bin" / "python"), script, str(folder / "plan.json")], served, folder)
    _check(plan, ran)
    found: dict[str, Any] = json.loads(ran.said)
    assert found["scores"] == [0.0, *[1 - 1 / plan.tasks] * plan.epochs], found
    assert found["test"] == [0.0, 1.0], found
    return Theirs(ran, found["last"], found["version"])


def _tasks(plan: Plan) -> dict[str, list[dict[str, str]]]:
    """The tasks of each split. One to train on nobody can solve: where all is solved, ours ends its training."""
    first, *others = rows("train", plan.tasks)
    return {"train": [{**first, "target": "unknowable"}, *others], "test": rows("test", plan.test)}


def _write_tasks(plan: Plan, folder: Path) -> None:
    for split, made in _tasks(plan).items():
        (folder / f"{split}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in made))


def _check(plan: Plan, ran: Ran) -> None:
    """Both sides must have done all the work, else their times mean nothing."""
    if len(ran.log) != plan.requests:
        raise SystemExit(f"{len(ran.log)} requests were made, not {plan.requests}: the work is not what it should be")
