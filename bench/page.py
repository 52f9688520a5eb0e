"""The page of a large run: seconds to write it, megabytes, and seconds until a browser shows its overview.

    python -m bench.page [--tasks 500] [--epochs 20] [--run FOLDER]

The run is a whole training through the front door, only the models are scripted: every rollout calls a tool three
times and is made of words of its own, so that it compresses like prose. `--run` measures a run there is instead.
"""

import argparse
import json
import random
import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.growth import size
from playwright.sync_api import Browser, sync_playwright

from toolwright import Trainer
from toolwright.messages import AssistantMessage, ModelRequest, Reply, ToolCall, Usage
from toolwright.protocols import CallSite
from toolwright.report.page.file import MOST, page_file
from toolwright.report.page.source import RunDocuments, to_json
from toolwright.runs.folder import RunFolder
from toolwright.tasks import Task, TaskSet

TURNS, OPENINGS, TARGET = 4, 5, 2.0
"""Turns of a rollout; how often the page is opened; seconds it may take to show its overview."""
RIGHT: Final = 0.6
"""The chance of a right answer; with noise alone some candidates are accepted."""
QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_LETTERS: Final = "etaoinshrdlucmfwypvbgk"


def words(seed: str, count: int) -> str:
    """So many words of some 5,000, the first of them the most frequent."""
    chance = random.Random(seed)
    return " ".join(_word(int(chance.paretovariate(0.7)) % 5_000) for _ in range(count))


def _word(number: int) -> str:
    chance = random.Random(number)
    return "".join(chance.choices(_LETTERS, k=chance.randint(2, 9)))


def search(query: str) -> str:
    """Looks a query up: a tool of the user's, so that no sandbox is in the figures."""
    return words(query, 120)


class WordyAgent:
    """Calls the tool in every turn but the last, and answers rightly by chance."""

    model_name = "wordy-agent"

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """The turn's call, or the answer."""
        seed = f"{site.task} {site.parameters} {site.turn}"
        if site.turn < TURNS - 1:
            arguments = json.dumps({"query": f"{words(seed, 5)} {seed}"})
            call = ToolCall(id=f"{site.task}-{site.turn}", name=search.__name__, arguments=arguments)
            return _reply(AssistantMessage(text=words(f"think {seed}", 40), calls=(call,)), request)
        right = random.Random(seed).random() < RIGHT
        answer = site.task.replace("task-", "a") if right else "unknown"
        return _reply(AssistantMessage(text=f"{words(seed, 40)} \\boxed{{{answer}}}"), request)


class WordyOptimizer:
    """Adds one more function each epoch, and ends the step."""

    model_name = "wordy-optimizer"

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """An action, then the end."""
        if site.turn:
            return _reply(_action("terminate", {"reason": "Enough."}), request)
        epoch = site.purpose.rpartition(" ")[2]
        lines = "".join(f"    # {words(f'{epoch} {n}', 12)}\n    found = {n}\n" for n in range(12))
        action: dict[str, object] = {
            "name": f"helper_{epoch}",
            "description": words(f"description {epoch}", 15),
            "arguments": {},
            "reason": words(f"reason {epoch}", 40),
            "code": f"def helper_{epoch}() -> int:\n{lines}    return found\n",
            "examples": [{"arguments": {}}],
        }
        return _reply(_action("add_function", action), request)


def _action(name: str, arguments: dict[str, object]) -> AssistantMessage:
    return AssistantMessage(calls=(ToolCall(id="one", name=name, arguments=json.dumps(arguments)),))


def _reply(message: AssistantMessage, request: ModelRequest) -> Reply:
    usage = Usage(requests=1, input_tokens=300 * len(request.messages), output_tokens=80, dollars=0.001)
    return Reply(message=message, usage=usage, finish="tool_call" if message.calls else "stop", model="wordy")


def tasks(count: int) -> TaskSet:
    """Tasks of some hundred characters."""
    made = (Task(id=f"task-{n}", question=f"{words(f'ask {n}', 40)}?", target=f"a{n}") for n in range(count))
    return TaskSet(name="train", tasks=tuple(made))


def train(count: int, epochs: int, runs: Path) -> Path:
    """A training of so many tasks and epochs; returns its folder."""
    trainer = Trainer(
        WordyAgent(), optimizer_model=WordyOptimizer(), tools=[search], epochs=epochs, patience=epochs + 1, runs=runs
    )
    return Path(trainer.fit(tasks(count)).folder)


def written(run: Path, page: Path) -> list[str]:
    """What it takes to write a page."""
    with RunFolder.read(run) as folder:
        began, processor = time.perf_counter(), time.process_time()
        page.write_text(page_file(folder), "utf-8")
        seconds, worked = time.perf_counter() - began, time.process_time() - processor
        megabytes = page.stat().st_size / 1e6
        rows = [f"run folder {size(run) / 1e6:.1f} MB; page written in {seconds:.1f} s, {worked:.1f} s of a processor"]
        rows.append(f"page {megabytes:.1f} MB{'' if megabytes * 1e6 <= MOST else '  MISSED'}")
        return [*rows, *_documents(folder)]


def _documents(folder: RunFolder) -> list[str]:
    """What a live page's documents take: built first, and again."""
    documents, rows = RunDocuments(folder), [f"{'document':>12}{'first s':>9}{'again s':>9}{'MB of JSON':>12}"]
    first_part = next((name for name in documents.names() if name.startswith("trajectories/")), None)
    documents = RunDocuments(folder)
    for name in ("overview", "functions", "tasks", "optimizer", *filter(None, [first_part])):
        began = time.perf_counter()
        documents.read(name)
        first = time.perf_counter()
        body = to_json(documents.read(name))
        again = time.perf_counter() - first
        rows.append(f"{name.partition('/')[0]:>12}{first - began:>9.2f}{again:>9.3f}{len(body) / 1e6:>12.2f}")
    return rows


def opened(page: Path) -> str:
    """Seconds until a browser that runs already shows the page's overview."""
    program = shutil.which("chromium")
    if program is None:
        return "no chromium here: opening was not measured"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(QUIET))
        try:
            times = [_opening(browser, page) for _ in range(OPENINGS)]
        finally:
            browser.close()
    worst = max(times)
    note = "" if worst <= TARGET else "  MISSED"
    return f"overview and charts shown after {statistics.median(times):.2f} s, at the worst {worst:.2f} s{note}"


def _opening(browser: Browser, page: Path) -> float:
    tab = browser.new_page()
    try:
        began = time.perf_counter()
        tab.goto(page.absolute().as_uri(), wait_until="commit")
        tab.wait_for_selector("#app h1")
        tab.wait_for_selector("#app .marks")
        return time.perf_counter() - began
    finally:
        tab.close()


def report(run: Path, folder: Path) -> Sequence[str]:
    """All figures of a run's page."""
    page = folder / "report.html"
    return [*written(run, page), opened(page)]


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description="The page of a large run.")
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--run", type=Path, help="a run there is, instead of making one")
    chosen = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run = chosen.run or train(chosen.tasks, chosen.epochs, folder / "runs")
        print("\n".join(report(run, folder)))


if __name__ == "__main__":
    main()
