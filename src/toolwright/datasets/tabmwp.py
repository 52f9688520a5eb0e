"""TabMWP (Lu et al. 2023): word problems over a table, in `problems_*.json`, an object by problem id, or as rows.

Rows are JSONL or Parquet of the same fields, with the problem's id in `id` or `pid`, and give the same tasks.

Example:
    TabmwpReader(path=Path("tabmwp"), split="test1k").read()    # tabmwp/problems_test1k.json
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from pydantic import JsonValue

from toolwright.base import Frozen
from toolwright.datasets.parquet import is_parquet
from toolwright.datasets.recognising import read_as
from toolwright.datasets.rows import rows_of, split_files, split_folders
from toolwright.datasets.sources import Row, json_kind, parse_object, read_text, task_set, text_field
from toolwright.errors import DataError
from toolwright.tasks import Task, TaskSet

_IDS: Final = "id", "pid"
_TOLD: Final = {"question", "choices", "answer", "table", "table_title", *_IDS}
_TABLE: Final = "table_for_pd"
"""The table by column; in Parquet a struct of the columns of all tables, where those of other tables are null."""

Problem = tuple[str, str, JsonValue]
"""An id, where it stands, and what stands there."""


class TabmwpReader(Frozen):
    """Reads TabMWP.

    Attributes:
        path: A `problems_*.json`, a JSONL or a Parquet file; or a folder, of which one split is read.
        split: Which of the folder's, "train" or "test1k" say: its `problems_<split>.json`, or rows called
            `problems_<split>` or `<split>`.
    """

    path: Path
    split: str = ""

    def read(self) -> TaskSet:
        """The problems in the file's order: title and table as context, the answer's unit told behind the question.

        Raises:
            DataError: The file or a problem is wrong; the message names both.
            ConfigError: It is Parquet, and the library that reads it is missing.
        """
        with read_as("tabmwp", self.path):
            path, split = self._place()
            problems = _by_id(path) if not split and _is_object(path) else _in_rows(path, split)
            tasks = ((where, _task(where, key, value)) for key, where, value in problems)
            return task_set(split or path.stem, path, tasks)

    def _place(self) -> tuple[Path, str]:
        """The file, or the folder and what its rows are called."""
        if not self.path.is_dir() or not self.split:
            return self.path, self.split
        named = f"problems_{self.split}"
        original, rows = self.path / f"{named}.json", split_files(self.path, named)
        others = rows or split_files(self.path, self.split)
        if original.is_file() and others:
            raise DataError(
                f"{self.path}: {self.split!r} is there more than once: {original.name} and {others[0].name}; name one, "
                "or move the other away"
            )
        if not original.is_file() and not others and not split_folders(self.path, self.split):
            there = ", ".join(sorted(path.name for path in self.path.iterdir())[:6]) or "nothing"
            raise DataError(f"{self.path}: no {original.name}, and no rows {named} or {self.split}; there is {there}")
        if original.is_file():
            return original, ""
        return self.path, named if rows else self.split


def _is_object(path: Path) -> bool:
    """Whether a file is the authors' object, and no rows."""
    return not path.is_dir() and path.suffix != ".jsonl" and not is_parquet(path)


def _by_id(path: Path) -> Iterator[Problem]:
    for identity, value in parse_object(read_text(path), str(path)).items():
        yield identity, f"{path}: problem {identity!r}", value


def _in_rows(path: Path, split: str) -> Iterator[Problem]:
    """Rows, each called by its own id, or by its file and line where it has none."""
    rows = rows_of(path, split)
    for number, where, row in rows:
        given = next((row[name] for name in _IDS if row.get(name) is not None), f"{rows.stem}/{number}")
        if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
            shown = "empty" if given == "" else json_kind(given)
            raise DataError(f"{where}: the problem's id must be text or an integer, but is {shown}")
        yield str(given), where, row


def _task(where: str, identity: str, value: JsonValue) -> Task:
    if not isinstance(value, dict):
        raise DataError(f"{where}: expected an object, found {json_kind(value)}")
    row = cast("Row", value)
    unit = row.get("unit")
    return Task(
        id=identity,
        question=text_field(row, "question", where) + (f" (unit: {unit})" if unit else ""),
        target=text_field(row, "answer", where),
        context=_context(row, where),
        choices=_choices(row, where),
        metadata={key: _kept(key, value) for key, value in row.items() if key not in _TOLD},
    )


def _kept(key: str, value: JsonValue) -> JsonValue:
    if key != _TABLE or not isinstance(value, dict):
        return value
    return {name: column for name, column in value.items() if column is not None}


def _context(row: Row, where: str) -> str:
    title, table = row.get("table_title"), text_field(row, "table", where)
    return f"{title}\n\n{table}" if title else table


def _choices(row: Row, where: str) -> tuple[str, ...]:
    choices = row.get("choices")
    if choices is None:
        return ()
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        raise DataError(f"{where}: field 'choices' must be a list of texts or null")
    return tuple(cast("list[str]", choices))
