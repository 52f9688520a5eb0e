"""Runs that are broken off and gone on with, each process a real one, and what must be the same afterwards.

The agent calls a user's tool, which writes a line a call into a file, and a function that rolls dice, so that a call
that is made twice shows: as a line too many, or as a result that is not the journalled one.
"""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from simulated_endpoint import SimulatedEndpoint, question, seal
from support import function, strip_times
from toolwright import FunctionSet
from toolwright.errors import RunError
from toolwright.messages import ModelRequest
from toolwright.runs.folder import RunFolder

RUN: Final = "r"
SPLITS: Final = {"train": 6, "validation": 4, "test": 4}

CONFIG: Final = """
scorer = "exact"
[agent]
kind = "noting:Noting"
tools = ["noting:note"]
[models]
agent = {{ model = "agent", base_url = "{url}", concurrency = 4, attempts = 2, retry_wait = 0.01 }}
optimizer = {{ model = "optimizer", base_url = "{url}", attempts = 2, retry_wait = 0.01 }}
[tasks]
train = {{ reader = "jsonl", path = "train.jsonl" }}
validation = {{ reader = "jsonl", path = "validation.jsonl" }}
test = {{ reader = "jsonl", path = "test.jsonl" }}
[functions]
start = "mine"
freeze = true
[training]
epochs = 4
gate = "strict"
[sandbox]
packages = ["hashlib", "random"]
"""

NOTING: Final = '''"""An agent that also rolls dice and makes a note of every task."""

import json
from pathlib import Path

from toolwright.agents.function_calling import FunctionCalling
from toolwright.messages import ToolCall

NOTES = Path(__file__).parent / "notes.txt"


def note(task: str) -> str:
    """Makes a note."""
    with NOTES.open("a") as notes:
        notes.write(task + "\\n")
    return "noted"


class Noting(FunctionCalling):
    name = "noting"

    async def run(self, task, rollout):
        answer = await super().run(task, rollout)
        noted = ToolCall(id="n", name="note", arguments=json.dumps({"task": task.id}))
        await rollout.call([noted, ToolCall(id="d", name="dice", arguments="{}")])
        return answer
'''

DICE: Final = "import random\n\ndef dice() -> str:\n    return f'dice-{random.randint(100000, 999999)}'\n"
ROLLED: Final = re.compile(r"dice-\d{6}")
IDS: Final = re.compile(r"(call_|chatcmpl-)[0-9a-f]+")


def make_project(folder: Path, endpoint: SimulatedEndpoint, config: str = CONFIG) -> None:
    """A folder with config, tasks, agent and functions to start from."""
    (folder / "c.toml").write_text(config.format(url=endpoint.url))
    (folder / "noting.py").write_text(NOTING)
    for split, count in SPLITS.items():
        words = [f"{split}word{number}" for number in range(count)]
        rows = [
            {"id": f"{split}-{n}", "question": question(word), "target": seal(word)} for n, word in enumerate(words)
        ]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    FunctionSet(functions=(function("dice", DICE, description="Rolls dice."),)).save(folder / "mine")


def toolwright(folder: Path, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """`toolwright` as a process of its own, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "toolwright.cli", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def finished(folder: Path, *arguments: str) -> str:
    """Runs `toolwright` to its end, which must be a good one; returns what it printed."""
    with toolwright(folder, *arguments) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


@dataclass
class Seen:
    """What a run holds at a moment, and how much the world was asked for it."""

    sites: frozenset[str] = frozenset()
    requests: Counter[str] = field(default_factory=Counter[str])
    outcomes: Mapping[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    asked: int = 0
    notes: int = 0

    @property
    def noted(self) -> int:
        return sum('"noted"' in body for body in self.outcomes.values())


def look(folder: Path, endpoint: SimulatedEndpoint) -> Seen:
    """Reads the run's journal, the endpoint's count and the notes."""
    notes = folder / "notes.txt"
    counted = endpoint.counts().get("requests", 0)
    lines = len(notes.read_text().splitlines()) if notes.exists() else 0
    if not is_whole(folder / "runs" / RUN):
        return Seen(asked=counted, notes=lines)
    with RunFolder.read(folder / "runs" / RUN) as run:
        entries = list(run.store.requests())
    return Seen(
        sites=frozenset(entry.site.key for entry in entries),
        requests=Counter(journalled(entry.site.role, entry.request) for entry in entries),
        outcomes=outcomes_of(folder / "runs" / RUN),
        asked=counted,
        notes=lines,
    )


def outcomes_of(run: Path) -> dict[tuple[str, int], str]:
    """Every journalled outcome of a call, as its JSON."""
    with sqlite3.connect(f"file:{run / 'run.sqlite'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT key, place, body FROM outcomes").fetchall()
    database.close()
    return {(bytes(key).hex(), place): bytes(body).decode() for key, place, body in rows}


def journalled(role: str, request: ModelRequest) -> str:
    """A journalled request as its place in the world: who asks, and all that was said so far."""
    return "\n".join([role, *(message.text for message in request.messages)])


def wired(body: Mapping[str, Any]) -> str:
    """The same of a request as the endpoint got it."""
    return "\n".join([body["model"], *(str(message.get("content") or "") for message in body["messages"])])


def same_but_ids(text: str) -> str:
    """A text with dice and the provider's ids left out, which differ between two runs."""
    return IDS.sub("id", ROLLED.sub("dice", text))


def neutral(value: JsonValue) -> str:
    """A JSON value as text, without times, dice and ids."""
    return same_but_ids(json.dumps(strip_times(value), sort_keys=True))


@dataclass(frozen=True)
class Ended:
    """What a finished run came to, in a form that is equal for equal runs."""

    summary: str
    events: tuple[tuple[str, ...], ...]
    sites: frozenset[str]
    functions: Mapping[str, str]


def ended(run: Path) -> Ended:
    """Reads a finished run."""
    with RunFolder.read(run) as folder:
        events = [timed.event.model_dump(mode="json") for timed in folder.store.events()]
        sites = frozenset(entry.site.key for entry in folder.store.requests())
        summary = folder.summary
    files = {str(path.relative_to(run)): path.read_text() for path in run.rglob("*.py")}
    return Ended(neutral(summary), ordered(events), sites, files)


EVALUATING: Final = {"evaluation_started", "rollout_finished", "evaluation_finished"}


def ordered(events: Iterable[dict[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """The events in order; those of evaluations, which run together and end in any order, sorted in between."""
    found: list[tuple[str, ...]] = []
    group: list[str] = []
    for event in events:
        if event["kind"] in EVALUATING:
            group.append(neutral(event))
            continue
        found += [tuple(sorted(group)), (neutral(event),)]
        group = []
    return (*found, tuple(sorted(group)))


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.005)


def is_whole(run: Path) -> bool:
    """Whether a run's folder was made to its end; nothing is asked before."""
    try:
        RunFolder.read(run).close()
    except RunError as error:
        if re.search("is no run folder|is not there|its creation was interrupted", str(error)):
            return False
        raise
    return True


def go_on(folder: Path) -> tuple[str, ...]:
    """The command that goes on after a kill: resume, or train again where the run's folder was not whole yet."""
    run = folder / "runs" / RUN
    if is_whole(run):
        return ("resume", str(run.relative_to(folder)))
    shutil.rmtree(run, ignore_errors=True)
    return ("train", "c.toml", "--name", RUN)
