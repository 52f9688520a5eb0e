"""A small experiment that holds every kind of method and table, and what each of its cells must score.

The words of the tasks say what every cell scores; how the models play is told in bench/simulated_baselines.py.
"""

import contextlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import reduce
from operator import add
from pathlib import Path
from typing import Final

from resuming import journalled, wired
from simulated_endpoint import SimulatedEndpoint, asked, truth
from toolwright.cli import main
from toolwright.experiments.records import CellKey, CellRecord
from toolwright.messages import Usage
from toolwright.runs.folder import DATABASE, RunFolder

TOML: Final = Path(__file__).with_suffix(".toml")
KINDS: Final = {"seals": "seal", "crests": "crest"}
"""What is asked for, by domain."""

TRAIN: Final = ("amber", "birch", "cedar", "delta", "eager", "fable", "raven", "tulip")
"""Early words but for two, so that any three of them hold an early one."""

TEST: Final = ("acorn", "beacon", "harbour", "pearl", "velvet")

NAMES: Final = (
    *("main", "main-tests", "ablation", "baselines", "models", "curves-1", "curves-2", "transfer", "batch", "scaling"),
    *("functions", "costs", "costs-by-method"),
)


def make_project(folder: Path, url: str) -> str:
    """The experiment's file, beside its task files; returns its name."""
    for kind in KINDS.values():
        for split, words in (("train", TRAIN), ("test", TEST)):
            rows = [{"id": f"{kind}-{w}", "question": asked(kind, w), "target": truth(kind, w)} for w in words]
            (folder / f"{kind}_{split}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (folder / TOML.name).write_text(TOML.read_text().replace("URL", url))
    return TOML.name


def with_budget(folder: Path, requests: int) -> None:
    """Gives the experiment a budget."""
    (folder / TOML.name).write_text(f"{(folder / TOML.name).read_text()}\n[budget]\nrequests = {requests}\n")


def toolwright(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """What `toolwright experiment …` returns and prints, on both streams."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["experiment", *arguments])
    return code, out.getvalue(), err.getvalue()


def early(word: str) -> bool:
    return word[0] <= "m"


_SOLVED: Final[dict[str, Callable[[str], bool]]] = {
    "no_rollback": lambda _: False,
    "few_shot": lambda word: len(word) % 2 == 0,
    "interpreter": lambda word: not early(word),
    "plain": lambda _: False,
}
"""Which words a method solves in the end, where it is not the early ones."""


def expected(key: CellKey) -> dict[str, tuple[float, ...]]:
    """What a cell scores in the end, by test task."""
    solves = _SOLVED.get(key.method, early)
    right = {word: solves(word) and (key.model != "small" or len(word) <= 5) for word in TEST}
    return scores_of(KINDS[key.domain], right)


def scores_of(kind: str, right: dict[str, bool]) -> dict[str, tuple[float, ...]]:
    return {f"{kind}-{word}": (float(solved),) for word, solved in right.items()}


def used_by(records: Iterable[CellRecord]) -> Usage:
    """What cells used, what measured them included."""
    return reduce(add, (usage for record in records for usage in (*record.usage.values(), record.measuring)), Usage())


def kept_in(out: Path) -> Counter[str]:
    """All that was said in every request that the cells' journals hold, whichever model it was for."""
    found = Counter[str]()
    for database in out.rglob(DATABASE):
        with RunFolder.read(database.parent) as run:
            found.update(journalled("", entry.request) for entry in run.store.requests())
    return found


def asked_of(endpoint: SimulatedEndpoint, past: int = 0) -> Counter[str]:
    """The same of every request that the endpoint got, but for the first so many."""
    return Counter(wired(entry["body"] | {"model": ""}) for entry in endpoint.log()[past:])
