"""Writes the demo task files: `python -m toolwright.demo.generate [FOLDER]`, by default over the bundled ones.

The same seed gives the same bytes on every machine.
"""

import json
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from pydantic import JsonValue

from toolwright.demo.families import FAMILIES, Draw, Family

SEED = "toolwright demo 1"
SPLITS = ("train", "test")

Row = dict[str, JsonValue]


def rows(split: str, seed: str = SEED) -> list[Row]:
    """A split's tasks, the families taking turns, so that any first few tasks hold several families.

    Args:
        split: "train" or "test"; each family and split draws on its own, so changing one leaves the others as they are.
        seed: Another seed gives other tasks of the same families.
    """
    turns = zip_longest(*(_family_rows(family, split, seed) for family in FAMILIES))
    return [row for turn in turns for row in turn if row is not None]


def text(split: str, seed: str = SEED) -> str:
    """A split as JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows(split, seed))


def write(folder: Path) -> list[Path]:
    """Writes `train.jsonl` and `test.jsonl` into a folder, which is made if need be, and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{split}.jsonl" for split in SPLITS]
    for split, path in zip(SPLITS, paths, strict=True):
        path.write_bytes(text(split).encode())
    return paths


def main(arguments: Sequence[str]) -> None:
    """Writes the files and says where."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent / "tasks"
    for path in write(folder):
        sys.stdout.write(f"{path}\n")


def _family_rows(family: Family, split: str, seed: str) -> list[Row]:
    made = family.questions(Draw(f"{seed}/{split}/{family.name}"), family.size)
    return [
        {
            "id": f"demo/{split}/{family.name}/{number}",
            "question": question.text,
            "target": question.target,
            "metadata": {"family": family.name},
        }
        for number, question in enumerate(made, 1)
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
