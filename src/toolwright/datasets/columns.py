"""Which columns of a table hold what, and a row made into a task by them.

Example:
    >>> columns = Columns(question="problem", target="answer")
    >>> columns.task({"problem": "1 + 1?", "answer": "2", "hint": "easy"}, "sums.jsonl:1", "sums/1", Path()).metadata
    {'hint': 'easy'}
"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from toolwright.base import Frozen
from toolwright.datasets.sources import Row, attached, field, json_kind, parse_object, text_field
from toolwright.errors import DataError
from toolwright.tasks import Task


class Columns(Frozen):
    """Names of the source's columns.

    Question and target must be there. The others may be missing while they have their default names; one that is named
    must be there. What remains becomes the task's metadata.

    Attributes:
        id: Text or integer; without it a task is called by its file and line.
        question: Text.
        target: Any JSON value.
        context: Text or null.
        choices: A list of texts; in a CSV a JSON list, or texts separated by `|`.
        files: Names of files, relative to the task file's folder and below it; written as `choices` are.
    """

    id: str = "id"
    question: str = "question"
    target: str = "target"
    context: str = "context"
    choices: str = "choices"
    files: str = "files"

    def task(self, row: Row, where: str, default_id: str, folder: Path) -> Task:
        """The task a row holds.

        Args:
            row: The row, by column.
            where: Where it stands, as errors shall say it.
            default_id: The id where the row has none.
            folder: Where attached files lie.

        Raises:
            DataError: A column is missing or holds something else.
        """
        named = cast("Mapping[str, str]", self.model_dump())
        return Task(
            id=self._id(row, where, default_id),
            question=text_field(row, self.question, where),
            target=field(row, self.target, where),
            context=self._context(row, where),
            choices=self._texts("choices", row, where),
            files=attached(self._texts("files", row, where), folder, where),
            metadata={key: value for key, value in row.items() if key not in set(named.values())},
        )

    def _optional(self, name: str, row: Row, where: str) -> JsonValue:
        column = cast("str", getattr(self, name))
        return field(row, column, where) if name in self.model_fields_set else row.get(column)

    def _id(self, row: Row, where: str, default: str) -> str:
        if self.id not in row and "id" not in self.model_fields_set:
            return default
        value = field(row, self.id, where)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return text_field(row, self.id, where)

    def _context(self, row: Row, where: str) -> str:
        value = self._optional("context", row, where)
        if value is not None and not isinstance(value, str):
            raise DataError(f"{where}: field {self.context!r} must be text, but is {json_kind(value)}")
        return value or ""

    def _texts(self, name: str, row: Row, where: str) -> tuple[str, ...]:
        value = self._optional(name, row, where)
        if isinstance(value, str):
            value = _split(value, where)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
            raise DataError(f"{where}: field {getattr(self, name)!r} must be a list of texts, none empty")
        return tuple(cast("list[str]", value))


def _split(cell: str, where: str) -> JsonValue:
    """A table cell's list."""
    if cell.lstrip().startswith("["):
        return parse_object(f'{{"cell": {cell}}}', where)["cell"]
    return [part.strip() for part in cell.split("|")] if cell.strip() else None
