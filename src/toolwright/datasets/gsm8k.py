"""GSM8K (Cobbe et al. 2021): JSONL or Parquet rows of question and worked answer, which ends in `#### N`."""

import re
from pathlib import Path
from typing import Final

from toolwright.base import Frozen
from toolwright.datasets.recognising import read_as
from toolwright.datasets.rows import rows_of
from toolwright.datasets.sources import Row, task_set, text_field
from toolwright.errors import DataError
from toolwright.tasks import Task, TaskSet

_CONFIGURATION: Final = "main"
"""Its folder on the hub; `socratic`, beside it, has other answers."""
_FINAL = re.compile(r"####\s*(\S[^\n]*?)\s*\Z")


class Gsm8kReader(Frozen):
    """Reads GSM8K.

    Attributes:
        path: A JSONL or Parquet file, `train.jsonl` say; or the folder of both splits.
        split: Which of the folder's, "train" or "test".
    """

    path: Path
    split: str = ""

    def read(self) -> TaskSet:
        """The problems, called `<stem or split>/<line or row>`; the target is the number without commas.

        Raises:
            DataError: The file or a line is wrong; the message names both.
            ConfigError: It is Parquet, and the library that reads it is missing.
        """
        with read_as("gsm8k", self.path):
            rows = rows_of(self.path, self.split, usual=_CONFIGURATION)
            tasks = ((where, _task(f"{rows.stem}/{number}", row, where)) for number, where, row in rows)
            return task_set(rows.stem, self.path, tasks)


def _task(identity: str, row: Row, where: str) -> Task:
    solution = text_field(row, "answer", where)
    match = _FINAL.search(solution)
    if match is None:
        raise DataError(f"{where}: field 'answer' does not end in '#### N'")
    target = match[1].replace(",", "")
    return Task(
        id=identity, question=text_field(row, "question", where), target=target, metadata={"solution": solution}
    )
