"""JSONL, one JSON object a line, and Parquet of the same rows: columns by name."""

import json
from pathlib import Path

from pydantic import Field

from toolwright.base import Frozen
from toolwright.datasets.columns import Columns
from toolwright.datasets.parquet import is_parquet
from toolwright.datasets.recognising import read_as
from toolwright.datasets.rows import rows_of
from toolwright.datasets.sources import read_text, task_set
from toolwright.errors import DataError
from toolwright.tasks import TaskSet


class JsonlReader(Frozen):
    """Reads a JSONL or a Parquet file.

    Attributes:
        path: The file; or a folder, of which one split is read.
        split: Which of the folder's, "train" say: its `train.jsonl`, `train.parquet` or shards of these.
        columns: Which columns hold what.
    """

    path: Path
    split: str = ""
    columns: Columns = Field(default_factory=Columns)

    def read(self) -> TaskSet:
        """The file's tasks, in order; one without an id is called `<stem or split>/<line or row>`.

        Raises:
            DataError: The file or a line is wrong; the message names both.
            ConfigError: It is Parquet, and the library that reads it is missing.
        """
        with read_as("jsonl", self.path):
            rows = rows_of(self.path, self.split)
            named = ((f"{rows.stem}/{number}", where, row) for number, where, row in rows)
            tasks = ((where, self.columns.task(row, where, name, rows.folder)) for name, where, row in named)
            try:
                return task_set(rows.stem, self.path, tasks)
            except DataError:
                _check_lines(self.path)
                raise


def _check_lines(path: Path) -> None:
    """Says of a file that could not be read whether it is other JSON than a line for each object.

    Raises:
        DataError: It is, or its lines end as no other file's do.
    """
    if not path.is_file() or is_parquet(path):
        return
    text = read_text(path).strip()
    if "\r" in text and "\n" not in text:
        raise DataError(f"{path}: its lines end in a carriage return alone; save it with line feeds (Unix)")
    if "\n" not in text and not text.startswith("["):
        return
    try:
        whole: object = json.loads(text)
    except (ValueError, RecursionError):
        return
    kind = "an array" if isinstance(whole, list) else "an object over several lines"
    raise DataError(f"{path}: this is JSON, {kind}, and not JSONL; write each object on a line of its own")
