"""GAIA (Mialon et al. 2023): questions, some with a file, in `2023/<split>/metadata.jsonl`, or `.parquet`."""

from pathlib import Path
from typing import Final, Literal

from toolwright.base import Frozen
from toolwright.datasets.recognising import read_as
from toolwright.datasets.rows import Rows, split_files
from toolwright.datasets.sources import Row, attached, check_there, field, task_set, text_field
from toolwright.errors import DataError
from toolwright.tasks import Task, TaskSet

_METADATA: Final = "metadata"
PLACEHOLDER: Final = "0-0-0-0-0"
"""The task id of rows that are no task."""


class GaiaReader(Frozen):
    """Reads GAIA; the real set is gated, so it must have been fetched by the user.

    Attributes:
        path: The root, which holds the folder `2023`. Read is `metadata.jsonl` or `metadata.parquet`, which the hub has
            since October 2025; `metadata.level1.parquet` beside it is a part of it.
        split: Which of its folders; targets of "test" are not public.
        levels: Only these; all where empty.
    """

    path: Path
    split: Literal["validation", "test"] = "validation"
    levels: tuple[Literal[1, 2, 3], ...] = ()

    def read(self) -> TaskSet:
        """The tasks, in the file's order, with their files; level and annotator's notes are metadata.

        Raises:
            DataError: The file, a line or an attached file is wrong or missing; the message names it.
            ConfigError: There is no task of a level that is named; or it is Parquet, and the library that reads it is
                missing.
        """
        with read_as("gaia", self.path):
            if self.path.is_file():
                raise DataError(f"{self.path}: this is a file; name the folder that holds 2023/")
            return self._read(self.path / "2023" / self.split)

    def _read(self, folder: Path) -> TaskSet:
        files = split_files(folder, _METADATA) or (folder / f"{_METADATA}.jsonl",)
        found = [(where, row) for _, where, row in Rows(_METADATA, files) if not _is_placeholder(row, where)]
        levels = [_level(row, where) for where, row in found]
        check_there("level", self.levels, levels, folder)
        wanted = (one for one, level in zip(found, levels, strict=True) if not self.levels or level in self.levels)
        return task_set(f"gaia-{self.split}", folder, ((where, _task(row, where, folder)) for where, row in wanted))


def _is_placeholder(row: Row, where: str) -> bool:
    return text_field(row, "task_id", where) == PLACEHOLDER


def _level(row: Row, where: str) -> int:
    """The level; copies of the set hold it as number or as text."""
    level = str(field(row, "Level", where))
    if level not in {"1", "2", "3"}:
        raise DataError(f"{where}: field 'Level' must be 1, 2 or 3, but is {level!r}")
    return int(level)


def _task(row: Row, where: str, folder: Path) -> Task:
    name = row.get("file_name") or ""
    if not isinstance(name, str):
        raise DataError(f"{where}: field 'file_name' must be text")
    return Task(
        id=text_field(row, "task_id", where),
        question=text_field(row, "Question", where),
        target=text_field(row, "Final answer", where),
        files=attached([name] if name else [], folder, where),
        metadata={"level": _level(row, where), "annotator": row.get("Annotator Metadata")},
    )
