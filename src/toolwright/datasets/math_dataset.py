r"""MATH (Hendrycks et al. 2021): competition problems whose answer is the last `\boxed{…}` of the solution.

Read are the original folders, `MATH/{train,test}/<subject>/<n>.json`, and JSONL files of the same rows, also with the
answer in a field of its own.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from toolwright.base import Frozen
from toolwright.datasets.recognising import read_as
from toolwright.datasets.sources import Row, json_lines, parse_object, read_text, task_set, text_field
from toolwright.errors import ConfigError, DataError
from toolwright.scoring.latex import last_boxed
from toolwright.tasks import Task, TaskSet

Level = Literal[1, 2, 3, 4, 5]
_Placed = tuple[str, str, Row]  # the task's id, where it stands, the row


class MathReader(Frozen):
    """Reads MATH.

    Attributes:
        path: The folder `MATH`, the folder it lies in, or a JSONL file.
        split: Which half of the folder; a JSONL file is one half already.
        subjects: Only these, by folder name or in the rows' spelling; all where empty.
        levels: Only these; all where empty.
    """

    path: Path
    split: Literal["train", "test"] = "test"
    subjects: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()

    def read(self) -> TaskSet:
        """The problems, by subject and number; the solution, subject and level are metadata.

        Raises:
            DataError: A file is wrong; the message names it.
            ConfigError: There is no such subject; the message names those there are.
        """
        with read_as("math", self.path):
            return self._read()

    def _read(self) -> TaskSet:
        placed = list(self._lines() if self.path.is_file() else self._files())
        for _, where, row in placed[:1]:  # of another data set's rows, no subject is to be missed
            text_field(row, "problem", where)
        self._check_subjects({_subject(row) for _, _, row in placed})
        tasks = ((where, _task(identity, where, row)) for identity, where, row in placed if self._wants(row))
        return task_set(f"math-{self.split}", self.path, tasks)

    def _lines(self) -> Iterator[_Placed]:
        for line, where, row in json_lines(self.path):
            given = row.get("unique_id")
            yield (given if isinstance(given, str) else f"{self.path.stem}/{line}"), where, row

    def _files(self) -> Iterator[_Placed]:
        folders = [self.path / self.split, self.path / "MATH" / self.split]
        folder = next((folder for folder in folders if folder.is_dir()), None)
        if folder is None:
            raise DataError(f"{self.path}: neither a file nor a folder with {self.split}/ or MATH/{self.split}/ in it")
        paths = list(folder.glob("*/*.json"))
        if not paths:
            raise DataError(f"{folder}: there is no <subject>/<n>.json in this folder")
        for path in sorted(paths, key=lambda path: (path.parent.name, _number(path), path.name)):
            row = parse_object(read_text(path), str(path))
            yield f"{self.split}/{path.parent.name}/{path.stem}", str(path), {"type": path.parent.name} | row

    def _check_subjects(self, there: set[str]) -> None:
        unknown = [subject for subject in self.subjects if _key(subject) not in there]
        if unknown:
            raise ConfigError(f"{self.path}: no subject {unknown[0]!r}; there are {', '.join(sorted(there))}")

    def _wants(self, row: Row) -> bool:
        of_subject = not self.subjects or _subject(row) in set(map(_key, self.subjects))
        return of_subject and (not self.levels or _level(row) in self.levels)


def _task(identity: str, where: str, row: Row) -> Task:
    answer = row.get("answer")
    target = answer if isinstance(answer, str) and answer.strip() else last_boxed(text_field(row, "solution", where))
    if target is None:
        raise DataError(f"{where}: the solution has no \\boxed{{…}} and there is no field 'answer'")
    kept = {key: value for key, value in row.items() if key not in {"problem", "answer"}}
    return Task(id=identity, question=text_field(row, "problem", where), target=target, metadata=kept)


def _subject(row: Row) -> str:
    return _key(str(row.get("type") or row.get("subject") or ""))


def _key(subject: str) -> str:
    """Folders say counting_and_probability, rows Counting & Probability."""
    return re.sub(r"[\s_&-]+", "_", subject.casefold().replace("&", "and"))


def _level(row: Row) -> int | None:
    match = re.fullmatch(r"(?:Level )?([1-5])", str(row.get("level")))
    return int(match[1]) if match else None


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isascii() and path.stem.isdigit() else -1
