"""A small experiment that holds every kind of method and table, and what each cell of it must score.

The words of a domain's tasks say what every cell scores; how the models play is told in bench/simulated_baselines.py.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from simulated_endpoint import SimulatedEndpoint
from toolwright.experiments.records import CellKey

TOML: Final = Path(__file__).with_suffix(".toml")

TRAIN: Final = ["amber", "birch", "cedar", "delta", "eager", "fable", "raven", "tulip"]
TEST: Final = ["acorn", "beacon", "harbour", "pearl", "velvet"]
"""Of the train words the last two are late (n to z), so that any seven, four or three of them hold early ones."""

CUT: Final = {"seal": (0, 12), "crest": (12, 24)}


def answer(kind: str, word: str) -> str:
    first, past = CUT[kind]
    return hashlib.sha256(word.encode()).hexdigest()[first:past]


def make_project(folder: Path, endpoint: SimulatedEndpoint) -> Path:
    """The experiment's file, beside its task files."""
    for kind in CUT:
        for split, words in (("train", TRAIN), ("test", TEST)):
            rows = [
                {
                    "id": f"{kind}-{word}",
                    "question": f"What is the {kind} of the word {word}? Nobody can guess it.",
                    "target": answer(kind, word),
                }
                for word in words
            ]
            (folder / f"{kind}_{split}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    file = folder / TOML.name
    file.write_text(TOML.read_text().replace("URL", endpoint.url))
    return file


def early(word: str) -> bool:
    return word[0] <= "m"


def nothing(_: str) -> bool:
    return False


SOLVED: Final[dict[str, Callable[[str], bool]]] = {
    "no_rollback": nothing,
    "few_shot": lambda word: len(word) % 2 == 0,
    "interpreter": lambda word: not early(word),
    "plain": nothing,
}
"""Which words a method solves in the end, where it is not the early ones."""


def expected(key: CellKey) -> dict[str, tuple[float, ...]]:
    """What a cell scores in the end, by test task."""
    solves = SOLVED.get(key.method, early)
    whole = {word: solves(word) and (key.model != "small" or len(word) <= 5) for word in TEST}
    return {f"{key.domain.removesuffix('s')}-{word}": (float(right),) for word, right in whole.items()}


def expected_elsewhere(key: CellKey) -> dict[str, tuple[float, ...]]:
    """What a cell's functions score in the other domain: there they are the wrong ones."""
    return {
        f"{kind}-{word}": (0.0,) for kind in CUT if not key.domain.startswith(kind) for word in TEST
    }


def log_of(endpoint: SimulatedEndpoint, past: int = 0) -> list[dict[str, Any]]:
    return endpoint.log()[past:]
