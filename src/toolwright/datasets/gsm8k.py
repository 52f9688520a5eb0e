"""GSM8K (Cobbe et al. 2021): JSONL rows of question and worked answer, which ends in `#### N`."""

import re
from pathlib import Path

from toolwright.base import Frozen
from toolwright.datasets.recognising import read_as
from toolwright.datasets.sources import Row, json_lines, task_set, text_field
from toolwright.errors import DataError
from toolwright.tasks import Task, TaskSet

_FINAL = re.compile(r"####\s*(\S[^\n]*?)\s*\Z")


class Gsm8kReader(Frozen):
    """Reads GSM8K.

    Attributes:
        path: A JSONL file, `train.jsonl` or `test.jsonl`.
    """

    path: Path

    def read(self) -> TaskSet:
        """The problems, called `<stem>/<line>`; the target is the number without commas, the solution is metadata.

        Raises:
            DataError: The file or a line is wrong; the message names both.
        """
        stem = self.path.stem
        with read_as("gsm8k", self.path):
            rows = json_lines(self.path)
            tasks = ((where, _task(f"{stem}/{line}", row, where)) for line, where, row in rows)
            return task_set(stem, self.path, tasks)


def _task(identity: str, row: Row, where: str) -> Task:
    solution = text_field(row, "answer", where)
    match = _FINAL.search(solution)
    if match is None:
        raise DataError(f"{where}: field 'answer' does not end in '#### N'")
    target = match[1].replace(",", "")
    return Task(
        id=identity, question=text_field(row, "question", where), target=target, metadata={"solution": solution}
    )
