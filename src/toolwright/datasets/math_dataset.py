r"""MATH (Hendrycks et al. 2021): competition problems whose answer is the last `\boxed{…}` of the solution.

Read are the original folders, `MATH/{train,test}/<subject>/<n>.json`, and JSONL and Parquet files of the same rows, by
themselves or in folders (`math_layouts`), also with the answer in a field of its own.
"""

import re
from pathlib import Path
from typing import Literal

from toolwright.base import Frozen
from toolwright.datasets.math_layouts import placed_rows, subject_key
from toolwright.datasets.recognising import read_as
from toolwright.datasets.sources import Row, check_there, task_set, text_field
from toolwright.errors import DataError
from toolwright.scoring.latex import last_boxed
from toolwright.tasks import Task, TaskSet

Level = Literal[1, 2, 3, 4, 5]


class MathReader(Frozen):
    """Reads MATH.

    Attributes:
        path: The folder `MATH`, the folder it lies in, a copy's folder, or a JSONL or Parquet file.
        split: Which half of the folder; a file is one half already.
        subjects: Only these, by folder name or in the rows' spelling; all where empty, and then none of the seven may
            be missing where each has a folder.
        levels: Only these; all where empty.
    """

    path: Path
    split: Literal["train", "test"] = "test"
    subjects: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()

    def read(self) -> TaskSet:
        """The problems, by subject and number; the solution, subject and level are metadata.

        Raises:
            DataError: A file is wrong, or a subject's folder missing; the message names it.
            ConfigError: There is no such subject, or level; the message names those there are.
        """
        with read_as("math", self.path):
            return self._read()

    def _read(self) -> TaskSet:
        placed = list(placed_rows(self.path, self.split, whole=not self.subjects))
        for _, where, row in placed[:1]:  # of another data set's rows, no subject is to be missed
            text_field(row, "problem", where)
        subjects = tuple(map(subject_key, self.subjects))
        check_there("subject", subjects, (_subject(row) for _, _, row in placed), self.path)
        placed = [one for one in placed if not subjects or _subject(one[2]) in subjects]
        check_there("level", self.levels, (_level(row) for _, _, row in placed), self.path)
        placed = [one for one in placed if not self.levels or _level(one[2]) in self.levels]
        tasks = ((where, _task(identity, where, row)) for identity, where, row in placed)
        return task_set(f"math-{self.split}", self.path, tasks)


def _task(identity: str, where: str, row: Row) -> Task:
    answer = row.get("answer")
    target = answer if isinstance(answer, str) and answer.strip() else last_boxed(text_field(row, "solution", where))
    if target is None:
        raise DataError(f"{where}: the solution has no \\boxed{{…}} and there is no field 'answer'")
    kept = {key: value for key, value in row.items() if key not in {"problem", "answer"}}
    return Task(id=identity, question=text_field(row, "problem", where), target=target, metadata=kept)


def _subject(row: Row) -> str:
    return subject_key(str(row.get("type") or row.get("subject") or ""))


def _level(row: Row) -> int | None:
    match = re.fullmatch(r"(?:Level )?([1-5])", str(row.get("level")))
    return int(match[1]) if match else None
