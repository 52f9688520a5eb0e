"""What grows with a run and what does not: the optimizer's prompt, a rollout's time, memory, bytes a reply.

    python -m bench.growth [REPLIES]

Whole trainings through the front door, only the models are scripted and tools stand for functions: the first table has
one epoch for each number of tasks, the second one training of REPLIES journalled replies (default 100,000), a row for
each tenth of its evaluations.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.scripted import ScriptedAgent, ScriptedOptimizer, look_up, tasks
from bench.work import resident

from toolwright import Trainer
from toolwright.config.schema import OptimizerOptions
from toolwright.events import Event
from toolwright.optimizer.budget_text import tokens_of
from toolwright.runs.store import RunStore

SIZES: Final = (20, 50, 100, 200, 500, 1_000, 2_000)
TASKS, TURNS, TENTHS = 250, 8, 10
READ, FIND = 5_000, 50
"""Requests read back from the finished run, and every which of them is looked up."""


@dataclass(frozen=True)
class Measured:
    """An evaluation that ended: at which second of processor time and of the clock, and the memory then."""

    cpu: float
    wall: float
    memory: float
    size: int


class Watch:
    """Measures at the beginning and the end of every evaluation."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._began = (0.0, 0.0)
        self.evaluations: list[Measured] = []

    def emit(self, event: Event) -> None:
        """Takes one event."""
        if event.kind == "evaluation_started":
            self._began = (time.process_time(), time.perf_counter())
        elif event.kind == "evaluation_finished":
            cpu, wall = time.process_time() - self._began[0], time.perf_counter() - self._began[1]
            self.evaluations.append(Measured(cpu, wall, resident() / 1e6, size(self._runs)))


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def train(count: int, turns: int, epochs: int, runs: Path) -> tuple[Watch, ScriptedOptimizer]:
    """A training with scripted models; no candidate is better, so every epoch is one more evaluation."""
    watch, optimizer = Watch(runs), ScriptedOptimizer()
    trainer = Trainer(
        ScriptedAgent(turns),
        optimizer_model=optimizer,
        tools=[look_up],
        epochs=epochs,
        patience=epochs + 1,
        runs=runs,
        events=[watch],
    )
    trainer.fit(tasks(count))
    return watch, optimizer


def prompts(sizes: Sequence[int]) -> str:
    """The optimizer's first prompt for each number of tasks."""
    budget = OptimizerOptions().prompt_tokens
    lines = [f"{'training tasks':>14}{'prompt tokens':>15}{'of its budget':>15}"]
    for count in sizes:
        with TemporaryDirectory() as folder:
            _, optimizer = train(count, 3, 1, Path(folder))
        tokens = tokens_of(optimizer.prompt)
        lines.append(f"{count:>14,}{tokens:>15,}{tokens / budget:>14.0%}{'' if tokens <= budget else '  MISSED'}")
    return "\n".join([*lines, f"budget: {budget:,} tokens of 4 characters (optimizer.prompt_tokens)"])


def growth(replies: int, folder: Path) -> str:
    """A row for each tenth of a long training's evaluations."""
    each = min(TASKS, replies // (TENTHS * TURNS)) * TURNS
    watch, _ = train(each // TURNS, TURNS, replies // each - 1, folder)
    lines = [f"{'replies':>9}{'CPU ms a rollout':>18}{'ms a rollout':>14}{'memory MB':>11}{'bytes a reply':>15}"]
    tenth = max(1, len(watch.evaluations) // TENTHS)
    rows: list[tuple[float, float, float]] = []
    for start in range(0, len(watch.evaluations), tenth):
        part = watch.evaluations[start : start + tenth]
        done = (start + len(part)) * each
        rollouts = each / TURNS / 1000
        cpu, wall = (statistics.median(getattr(one, name) for one in part) / rollouts for name in ("cpu", "wall"))
        memory, weight = part[-1].memory, part[-1].size / done
        rows.append((cpu, memory, weight))
        lines.append(f"{done:>9,}{cpu:>18.2f}{wall:>14.2f}{memory:>11.0f}{weight:>15,.0f}")
    lines.append("last tenth / first:" + "".join(f"  {n} {b / a:.2f}" for n, a, b in _ends(rows)))
    return "\n".join([*lines, *_closed(folder)])


def _ends(rows: Sequence[tuple[float, float, float]]) -> list[tuple[str, float, float]]:
    return list(zip(("CPU a rollout", "memory", "bytes a reply"), rows[0], rows[-1], strict=True))


def _closed(folder: Path) -> list[str]:
    """The finished run folder: its size, beside plain JSON of its first requests; how fast it is opened and read."""
    [database] = folder.rglob("run.sqlite")
    began = time.perf_counter()
    with RunStore.open(database) as store:
        opened = time.perf_counter() - began
        _, count = store.count()
        began = time.perf_counter()
        entries = list(islice(store.requests("agent"), READ))
        read = (time.perf_counter() - began) / len(entries) * 1e6
        plain = sum(len(e.request.model_dump_json()) + len(e.reply.model_dump_json()) for e in entries) / len(entries)
        began = time.perf_counter()
        for entry in entries[::FIND]:
            store.reply(entry.site, entry.request)
        found = (time.perf_counter() - began) / len(entries[::FIND]) * 1e6
    whole = size(folder)
    return [
        f"closed: {count:,} replies, {whole / 1e6:.1f} MB, {whole / count:,.0f} B each; as plain JSON {plain:,.0f} B",
        f"opened and checked in {opened:.2f} s; a request read in {read:.0f} us; a reply found in {found:.0f} us",
    ]


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="What grows with a run.")
    parser.add_argument("replies", nargs="?", type=int, default=100_000)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of training tasks")
    chosen = parser.parse_args()
    print(prompts(chosen.sizes), end="\n\n", flush=True)
    with TemporaryDirectory() as folder:
        print(growth(chosen.replies, Path(folder)))


if __name__ == "__main__":
    main()
