"""TabMWP (Lu et al. 2023): word problems over a table, in `problems_*.json`, an object by problem id."""

from pathlib import Path
from typing import cast

from pydantic import JsonValue

from toolwright.base import Frozen
from toolwright.datasets.recognising import read_as
from toolwright.datasets.sources import Row, json_kind, parse_object, read_text, task_set, text_field
from toolwright.errors import DataError
from toolwright.tasks import Task, TaskSet

_TOLD = {"question", "choices", "answer", "table", "table_title"}


class TabmwpReader(Frozen):
    """Reads TabMWP.

    Attributes:
        path: A `problems_*.json`.
    """

    path: Path

    def read(self) -> TaskSet:
        """The problems in the file's order: title and table as context, the answer's unit told behind the question.

        Raises:
            DataError: The file or a problem is wrong; the message names both.
        """
        with read_as("tabmwp", self.path):
            problems = parse_object(read_text(self.path), str(self.path))
            places = ((f"{self.path}: problem {identity!r}", identity, row) for identity, row in problems.items())
            return task_set(self.path.stem, self.path, ((where, _task(where, key, row)) for where, key, row in places))


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
        metadata={key: value for key, value in row.items() if key not in _TOLD},
    )


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
