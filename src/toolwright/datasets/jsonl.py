"""JSONL: one JSON object a line, columns by name."""

from pathlib import Path

from pydantic import Field

from toolwright.base import Frozen
from toolwright.datasets.columns import Columns
from toolwright.datasets.recognising import read_as
from toolwright.datasets.sources import json_lines, task_set
from toolwright.tasks import TaskSet


class JsonlReader(Frozen):
    """Reads a JSONL file.

    Attributes:
        path: The file.
        columns: Which columns hold what.
    """

    path: Path
    columns: Columns = Field(default_factory=Columns)

    def read(self) -> TaskSet:
        """The file's tasks, in order; one without an id is called `<stem>/<line>`.

        Raises:
            DataError: The file or a line is wrong; the message names both.
        """
        stem, folder = self.path.stem, self.path.parent
        with read_as("jsonl", self.path):
            rows = json_lines(self.path)
            tasks = ((where, self.columns.task(row, where, f"{stem}/{line}", folder)) for line, where, row in rows)
            return task_set(stem, self.path, tasks)
