"""Wrong data sets: what a reader expects, and which known set lies there instead, told in its errors.

Example:
    with read_as("math", path):
        ...  # DataError: train.jsonl:1: no field 'problem'; …; this looks like GSM8K: reader = "gsm8k"
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, cast

from toolwright.datasets.parquet import is_parquet, parquet_rows
from toolwright.datasets.sources import read_text
from toolwright.errors import ConfigError, DataError


class _Known(NamedTuple):
    """A data set: its reader, its name, the fields that tell its rows, and what its reader takes."""

    reader: str
    name: str
    fields: frozenset[str]
    layout: str


_KNOWN: Final = (
    _Known(
        "dm_math",
        "dm_math",
        frozenset({"question", "answer", "answer_type", "level"}),
        "JSONL or Parquet rows with id, type, level, question and answer",
    ),
    _Known(
        "gsm8k",
        "GSM8K",
        frozenset({"question", "answer"}),
        "JSONL or Parquet rows with question, and answer that ends in '#### N'",
    ),
    _Known(
        "math",
        "MATH",
        frozenset({"problem", "solution"}),
        "its folder with train/ and test/, or JSONL or Parquet rows with problem and solution",
    ),
    _Known(
        "tabmwp",
        "TabMWP",
        frozenset({"question", "choices", "table"}),
        "problems_*.json, an object by problem id, or JSONL or Parquet rows, with question, choices, answer and table",
    ),
    _Known(
        "gaia",
        "GAIA",
        frozenset({"task_id", "Question"}),
        "its root folder, with 2023/<split>/metadata.jsonl or .parquet and the files beside it",
    ),
)


@contextmanager
def read_as(reader: str, path: Path) -> Generator[None]:
    """Errors of what is read inside say, too, what was expected and what lies there instead.

    Raises:
        DataError: One was raised inside; unchanged where the data is of the reader's own set.
    """
    try:
        yield
    except DataError as error:
        found = _recognised(path)
        if found is not None and found.reader == reader:
            raise
        expected = next((f"; expected {one.name}: {one.layout}" for one in _KNOWN if one.reader == reader), "")
        instead = f'; this looks like {found.name}: reader = "{found.reader}"' if found else ""
        raise DataError(f"{error}{expected}{instead}") from None


def _recognised(path: Path) -> _Known | None:
    if path.is_dir():
        return _of_folder(path)
    try:
        if is_parquet(path):
            return _of_row(next((row for _, _, row in parquet_rows(path)), None))
        text = read_text(path)
    except (ConfigError, DataError):
        return None
    for candidate in (text.strip().partition("\n")[0], text):
        try:
            return _of_value(json.loads(candidate))
        except (ValueError, RecursionError):
            continue
    return None


def _of_folder(path: Path) -> _Known | None:
    """By its layout, or by the first file of rows in it or in folders in it."""
    if any(path.glob("2023/*/metadata.*")):
        return _of_reader("gaia")
    folders = (path / inner / split for inner in ("", "MATH") for split in ("train", "test"))
    if any(any(folder.glob("*/*.json")) for folder in folders):
        return _of_reader("math")
    forms = "*.jsonl", "*.parquet", "problems_*.json"
    patterns = (f"{inner}{form}" for inner in ("", "[!.]*/", "[!.]*/[!.]*/") for form in forms)
    first = next((file for pattern in patterns for file in sorted(path.glob(pattern)) if file.is_file()), None)
    return _recognised(first) if first else None


def _of_value(value: object) -> _Known | None:
    """The set of a row; of the first one of a list, or of an object of rows."""
    if isinstance(value, list):
        value = next(iter(cast("list[object]", value)), None)
    if not isinstance(value, dict):
        return None
    row = cast("dict[str, object]", value)
    return _of_row(row) or _of_row(next(iter(row.values()), None))


def _of_row(row: object) -> _Known | None:
    if not isinstance(row, dict):
        return None
    fields = cast("dict[str, object]", row)
    return next((one for one in _KNOWN if one.fields <= fields.keys() and _is_like(one, fields)), None)


def _is_like(known: _Known, fields: dict[str, object]) -> bool:
    """Questions with answers are many; those of GSM8K have its marks."""
    return known.reader != "gsm8k" or "####" in str(fields["answer"])


def _of_reader(reader: str) -> _Known | None:
    return next((one for one in _KNOWN if one.reader == reader), None)
