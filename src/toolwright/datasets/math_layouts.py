"""Where copies of MATH keep their problems: each as (task id, where it stands, row).

| layout | of | ids |
| --- | --- | --- |
| `[MATH/]<split>/<subject>/<n>.json` | its authors | `test/algebra/7` |
| `<subject>/<split>` as JSONL or Parquet | copies with a configuration a subject | `algebra/test/7` |
| `<split>` as JSONL or Parquet, or a file alone | copies with one configuration | `test/7`, or the row's `unique_id` |

Where folders are subjects, one that is not there would be missed by nobody: all seven must be there, or those that are
wanted be named. What lies in one place may be a sample, and is read as it is.

Example:
    for identity, where, row in placed_rows(Path("MATH"), "test", whole=True):
        row["problem"]
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from toolwright.datasets.rows import Rows, rows_of, split_files, split_folders
from toolwright.datasets.sources import Row, parse_object, read_text
from toolwright.errors import DataError

PlacedRow = tuple[str, str, Row]
SUBJECTS: Final = frozenset(
    {
        "algebra",
        "counting_and_probability",
        "geometry",
        "intermediate_algebra",
        "number_theory",
        "prealgebra",
        "precalculus",
    }
)


def subject_key(subject: str) -> str:
    """A subject's name as folders spell it: rows say Counting & Probability, folders counting_and_probability."""
    return re.sub(r"[\s_&-]+", "_", subject.casefold().replace("&", "and"))


def placed_rows(path: Path, split: str, *, whole: bool) -> Iterator[PlacedRow]:
    """The rows of a file, or of a split in a folder of one of the layouts.

    Args:
        path: The file or folder.
        split: "train" or "test", of a folder.
        whole: Whether all seven subjects are wanted where each has a folder; else those that are there are read.

    Raises:
        DataError: The folder has no such split, has it in two layouts or, of the whole, not for every subject; or a
            file or row is wrong.
    """
    if path.is_file():
        return _numbered(rows_of(path))
    original, folders = _original(path, split), split_folders(path, split)
    flat = split_files(path, split)
    if original and (flat or folders):
        raise DataError(
            f"{path}: {split!r} is there twice, in {original.relative_to(path)} and in {(flat or folders)[0].name}; "
            "name one in the path, or move the other away"
        )
    if original:
        if whole:
            _check_whole(original, split, {problem.parent.name for problem in original.glob("*/*.json")})
        return _problems(original, split)
    if not flat and folders and all(subject_key(folder.name) in SUBJECTS for folder in folders):
        if whole:
            _check_whole(path, split, [folder.name for folder in folders])
        return _by_subject(folders, split)
    if not flat and not folders:
        raise DataError(_said_missing(path, split))
    return _numbered(rows_of(path, split))


def _check_whole(folder: Path, split: str, names: Iterable[str]) -> None:
    """Raises DataError where one of the seven subjects has no folder with the split."""
    missing = sorted(SUBJECTS - set(map(subject_key, names)))
    if missing:
        raise DataError(
            f"{folder}: of MATH's seven subjects, no {split!r} of {', '.join(missing)} is there; fetch what is "
            f"missing, or name the subjects to read: subjects = {json.dumps(sorted(names), ensure_ascii=False)}"
        )


def _said_missing(path: Path, split: str) -> str:
    empty = next((folder for folder in _halves(path, split) if folder.is_dir()), None)
    if empty is not None:
        return f"{empty}: there is no <subject>/<n>.json in this folder"
    return (
        f"{path}: neither a file nor a folder with {split}/ or MATH/{split}/ in it, nor with {split}.jsonl, "
        f"{split}.parquet or their shards, in it or in folders by subject"
    )


def _halves(path: Path, split: str) -> list[Path]:
    return [path / split, path / "MATH" / split]


def _original(path: Path, split: str) -> Path | None:
    """The half that lies in its authors' layout."""
    return next((folder for folder in _halves(path, split) if any(folder.glob("*/*.json"))), None)


def _problems(half: Path, split: str) -> Iterator[PlacedRow]:
    for path in sorted(half.glob("*/*.json"), key=lambda path: (path.parent.name, _number(path), path.name)):
        row = parse_object(read_text(path), str(path))
        yield f"{split}/{path.parent.name}/{path.stem}", str(path), _of_subject(row, path.parent.name)


def _by_subject(folders: list[Path], split: str) -> Iterator[PlacedRow]:
    for folder in folders:
        for number, where, row in rows_of(folder, split):
            yield f"{folder.name}/{split}/{number}", where, _of_subject(row, folder.name)


def _of_subject(row: Row, name: str) -> Row:
    """A row with a type: its own, or the folder's, also where Parquet has null for what a row lacks."""
    return {"type": name} | row | {"type": row.get("type") or name}


def _numbered(rows: Rows) -> Iterator[PlacedRow]:
    for number, where, row in rows:
        given = row.get("unique_id")
        yield (given if isinstance(given, str) else f"{rows.stem}/{number}"), where, row


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isascii() and path.stem.isdigit() else -1
