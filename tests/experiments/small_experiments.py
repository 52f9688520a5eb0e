"""Experiments over real task files, and a runner of methods that asks nobody but counts how often it would have."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from toolwright.experiments.load import load_experiment
from toolwright.experiments.matrix import MethodKind
from toolwright.experiments.methods.work import CellWork, MethodRunner
from toolwright.experiments.planning import Setup
from toolwright.experiments.records import CellKey, CellRecord, Pair, Scores
from toolwright.experiments.running import Ended, run_experiment
from toolwright.messages import Usage
from toolwright.training.outlay import Range, RoleEstimate

TOML = """
name = "small"
seeds = [0, 1]

[domains.sums]
source = { reader = "jsonl", path = "sums.jsonl" }
draw = { train = 4, test = 5 }

[domains.words]
train = { reader = "jsonl", path = "words_train.jsonl" }
test = { reader = "jsonl", path = "words_test.jsonl" }
draw = { train = 3, validation = 2, test = 4 }

[agents.react]
kind = "react"

[models.mini]
agent = { model = "agent", base_url = "http://127.0.0.1:9/v1", price = { input = 1.0, output = 2.0 } }

[methods.trained]
kind = "train"
training = { epochs = 2, gate = "strict" }

[methods.plain]
kind = "none"

[[tables]]
kind = "main"
"""
TRAINED, PLAIN = "sums/react/mini/trained/0", "sums/react/mini/plain/0"


def rows(name: str, count: int) -> str:
    lines = [{"id": f"{name}-{n}", "question": f"What is {n} in {name}?", "target": str(n)} for n in range(count)]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def make_experiment(folder: Path, toml: str = TOML) -> Path:
    """The TOML file, beside its task files."""
    for name, count in (("sums", 20), ("words_train", 12), ("words_test", 10)):
        (folder / f"{name}.jsonl").write_text(rows(name, count))
    file = folder / "small.toml"
    file.write_text(toml)
    return file


def key_of(text: str) -> CellKey:
    domain, agent, model, method, seed = text.split("/")
    return CellKey(domain=domain, agent=agent, model=model, method=method, seed=int(seed))


def record_of(work: CellWork, requests: int) -> CellRecord:
    scores = {task.id: (float(n % 2),) for n, task in enumerate(work.splits.test.tasks if work.splits.test else ())}
    usage = Usage(requests=requests, input_tokens=90 * requests, output_tokens=10 * requests, dollars=0.01 * requests)
    return CellRecord(
        key=work.key, digest=work.digest, test=Pair(after=Scores(by_task=scores)), usage={"agent": usage}, minutes=0.5
    )


def estimate_of(low: float) -> RoleEstimate:
    return RoleEstimate(
        requests=Range(low=low, high=3 * low),
        input_tokens=Range(low=90 * low, high=300 * low),
        output_tokens=Range(low=10 * low, high=30 * low),
        dollars=Range(low=0.01 * low, high=0.03 * low),
    )


@dataclass
class Counting:
    """A runner that uses `requests` in every cell, and does `instead` where that is given.

    Attributes:
        ran: The work it was given, in order.
    """

    requests: int = 10
    instead: Callable[[CellWork], CellRecord | None] = lambda _: None
    ran: list[CellWork] = field(default_factory=list[CellWork])

    async def run(self, work: CellWork) -> CellRecord:
        self.ran.append(work)
        await asyncio.sleep(0)
        return self.instead(work) or record_of(work, self.requests)

    def estimate(self, work: CellWork) -> RoleEstimate:
        return estimate_of(self.requests)

    @property
    def ids(self) -> list[str]:
        return [work.key.id for work in self.ran]


def runners(one: MethodRunner) -> Mapping[MethodKind, MethodRunner]:
    return {"train": one, "none": one}


class Lines:
    """A teller that keeps what it is told."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.lines: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def begun(self, key: CellKey, number: int, count: int) -> None:
        self.lines.append(f"{number}/{count} {key.id}")

    def ended(self, record: CellRecord, number: int, count: int) -> None:
        self.lines.append(f"{number}/{count} {record.status}")


def setup_of(file: Path, **options: object) -> Setup:
    experiment, base = load_experiment(file)
    return Setup(experiment=experiment, base=base, out=file.parent / "out", **options)  # pyright: ignore[reportArgumentType] - a test's own options


async def run(file: Path, runner: MethodRunner, teller: Lines | None = None, **options: object) -> Ended:
    return await run_experiment(setup_of(file, **options), runners(runner), teller or Lines())


def replay(file: Path, recording: str) -> None:
    """Has the experiment's models replay a recording."""
    text = file.read_text()
    start = text.index("agent = { model")
    edit(file, text[start : text.index("\n", start)], f'agent = "replay:{recording}"')


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
