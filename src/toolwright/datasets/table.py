"""CSV: a table with a header line, read strictly: a ragged row or a stray quote is an error, not a guess."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from pydantic import Field

from toolwright.base import Frozen
from toolwright.datasets.columns import Columns
from toolwright.datasets.recognising import read_as
from toolwright.datasets.sources import Row, read_text, task_set
from toolwright.errors import DataError
from toolwright.tasks import TaskSet


class CsvReader(Frozen):
    """Reads a CSV file; every cell is text.

    Attributes:
        path: The file.
        columns: Which columns hold what.
        delimiter: What separates cells, a tab for TSV.
    """

    path: Path
    columns: Columns = Field(default_factory=Columns)
    delimiter: str = Field(default=",", min_length=1, max_length=1)

    def read(self) -> TaskSet:
        """The file's tasks, in order; one without an id is called `<stem>/<line>` after the line its row starts on.

        Raises:
            DataError: The file or a line is wrong; the message names both.
        """
        stem, folder = self.path.stem, self.path.parent
        with read_as("csv", self.path):
            rows = self._rows()
            tasks = ((where, self.columns.task(row, where, f"{stem}/{line}", folder)) for line, where, row in rows)
            return task_set(stem, self.path, tasks)

    def _rows(self) -> Iterator[tuple[int, str, Row]]:
        records = self._records()
        _, where, header = next(records)
        if "" in header or len(set(header)) < len(header):
            raise DataError(f"{where}: the header names a column twice, or leaves one without a name: {header}")
        for line, where, cells in records:
            if len(cells) != len(header):
                raise DataError(f"{where}: {len(cells)} cells where the header has {len(header)}")
            yield line, where, dict(zip(header, cells, strict=True))

    def _records(self) -> Iterator[tuple[int, str, list[str]]]:
        """The records with the line each starts on; a quoted cell may go over lines."""
        reader = csv.reader(StringIO(read_text(self.path), newline=""), delimiter=self.delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            where = f"{self.path}:{line}"
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise DataError(f"{where}: broken CSV: {error}") from None
            if cells is None:
                return
            if cells:
                yield line, where, cells
