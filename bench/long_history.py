"""Training sets larger than the optimizer's context: prompts, requests and time of each way to train on dm_math.

    python -m bench.long_history [--sizes N ...] [--latency SECONDS]

All models are simulated (mathematician.py): a score here shows only that learning goes through. Every way is run as a
cell of an experiment, from the start of its sandbox to its record, without test tasks.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.work import endpoint

from toolwright.config.schema import Config
from toolwright.datasets.dm_math import DmMathReader
from toolwright.experiments.matrix import Method
from toolwright.experiments.methods.divide import Divide
from toolwright.experiments.methods.training import TrainingMethod
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellKey, CellRecord
from toolwright.messages import Usage
from toolwright.runs.folder import RunFolder
from toolwright.tasks import Task, TaskSet
from toolwright.training.trainer import Splits

DATA: Final = Path(__file__).parent.parent / "src/toolwright/experiments/data/dm_math/train.jsonl"
SIZES: Final = (20, 40, 80, 160)
EPOCHS: Final = 10


@dataclass(frozen=True)
class Way:
    """A way to train: what it changes of a configuration, and the manner of the simulated optimizer."""

    name: str
    changes: Mapping[str, Any]
    parts: int = 0
    optimizer: str = "learner"


WAYS: Final = (
    Way("full history", {"optimizer": {"prompt_tokens": 1_000_000}}),
    Way("full history within the budget", {}),
    Way("batches of 20, running history", {"training": {"batch": 20, "history": "running"}}),
    Way("divide, 4 parts learn the same", {}, parts=4),
    Way("divide, 4 parts learn variants", {}, parts=4, optimizer="busy"),
)


@dataclass(frozen=True)
class Ran:
    """A cell that was run; epochs are those of its longest training."""

    way: Way
    tasks: int
    epochs: int
    wall: float
    record: CellRecord

    @property
    def longest(self) -> int:
        """The optimizer's longest prompt, as the endpoint counted it: the conversation in it, tools left out."""
        return max(point.prompt_tokens for point in self.record.points)


def tasks(count: int) -> TaskSet:
    """So many train tasks, the types in turn."""
    read = DmMathReader(path=DATA).read()
    types = dict.fromkeys(str(task.metadata["type"]) for task in read.tasks)
    by_type = [[task for task in read.tasks if task.metadata["type"] == name] for name in types]
    turns: list[Task] = [task for task in chain.from_iterable(zip_longest(*by_type)) if task is not None]
    return TaskSet(name=f"{count} of dm_math", tasks=tuple(turns[:count]))


def config(way: Way, url: str, folder: Path) -> Config:
    """A cell's configuration; the pace is the default, shared by both roles' endpoint."""
    training = {"epochs": EPOCHS, "patience": EPOCHS, **way.changes.get("training", {})}
    return Config.model_validate(
        {
            "models": {name: {"model": name, "base_url": url} for name in ("agent", "optimizer")},
            "scorer": "dm_math",
            "sandbox": {"packages": ["re"]},
            "run": {"folder": str(folder)},
            **way.changes,
            "training": training,
        }
    )


def ran(way: Way, count: int, latency: float) -> Ran:
    """Runs one cell."""
    with TemporaryDirectory() as name, endpoint(answers=DATA, latency=latency, optimizer=way.optimizer) as served:
        folder = Path(name)
        work = CellWork(
            key=CellKey(domain="dm_math", agent="function_calling", model="simulated", method=way.name),
            digest="",
            method=Method(kind="divide", options={"parts": way.parts}) if way.parts else Method(),
            config=config(way, served.url, folder),
            base=folder,
            splits=Splits(train=tasks(count)),
            others={},
        )
        began = time.monotonic()
        record = asyncio.run((Divide() if way.parts else TrainingMethod()).run(work))
        wall = time.monotonic() - began
        asked, used = served.counts()["requests"], sum(record.usage.values(), Usage()).requests
        if record.status != "done" or asked != used:
            raise SystemExit(f"{way.name}: {record.status}, {record.reason}; {asked} requests asked, {used} recorded")
        return Ran(way, count, _epochs(folder), wall, record)


def _epochs(folder: Path) -> int:
    """Epochs of the longest training in a cell's folder."""
    found: list[int] = []
    for path in sorted(folder.iterdir()):
        with RunFolder.read(path) as run:
            found.append(run.store.count()[0])
    return max(found)


HEAD: Final = (
    f"{'method':<34}{'tasks':>6}{'epochs':>8}{'longest prompt':>16}{'optimizer input':>17}{'agent req.':>12}"
    f"{'optimizer req.':>16}{'wall s':>8}{'functions':>11}{'score':>15}"
)


def row(found: Ran) -> str:
    """A cell's line."""
    record = found.record
    agent, optimizer = record.usage["agent"], record.usage["optimizer"]
    assert record.train is not None
    assert record.train.before is not None
    learned = len(record.functions.functions) if record.functions else 0
    score = f"{record.train.before.mean:.2f} to {record.train.after.mean:.2f}"
    return (
        f"{found.way.name:<34}{found.tasks:>6}{found.epochs:>8}{found.longest:>16,}{optimizer.input_tokens:>17,}"
        f"{agent.requests:>12,}{optimizer.requests:>16,}{found.wall:>8.1f}{learned:>11}{score:>15}"
    )


def growth(cells: Sequence[Ran], sizes: Sequence[int]) -> str:
    """The longest prompt by train tasks."""
    lines = [f"{'longest prompt, tokens':<34}" + "".join(f"{size:>9} tasks" for size in sizes)]
    for way in WAYS:
        longest = {one.tasks: one.longest for one in cells if one.way == way}
        lines.append(f"{way.name:<34}" + "".join(f"{longest[size]:>15,}" for size in sizes))
    return "\n".join(lines)


def main() -> None:
    """Prints a line for every cell, then how the prompts grow."""
    parser = argparse.ArgumentParser(prog="python -m bench.long_history", description="Training sets past a context.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of train tasks, 160 at the most")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds a reply takes")
    chosen = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load average {load:.1f} at the start; a reply takes {chosen.latency:g} s\n{HEAD}")
    cells: list[Ran] = []
    for size in chosen.sizes:
        for way in WAYS:
            cells.append(ran(way, size, chosen.latency))
            print(row(cells[-1]), flush=True)
    print(f"\n{growth(cells, chosen.sizes)}")


if __name__ == "__main__":
    main()
