"""The rows of a task file, or of a split in a folder: JSONL or Parquet, whole or in shards.

Where a folder and a split are named, the split's file is `<split>.jsonl`, `<split>.parquet` or shards of these
(`<split>-00000-of-00002.parquet`; `<split>/0000.parquet`, as the Hugging Face hub converts sets), in the folder, or in
the one folder in it that has such a file, as sets on the hub keep each of their configurations in a folder.

Example:
    rows = rows_of(Path("gsm8k"), "train")    # gsm8k/train.jsonl, or gsm8k/main/train-00000-of-00001.parquet
    tasks = [task(f"{rows.stem}/{number}", row, where) for number, where, row in rows]
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from toolwright.datasets.parquet import is_parquet, parquet_rows
from toolwright.datasets.sources import Row, json_lines
from toolwright.errors import DataError

NumberedRow = tuple[int, str, Row]
_SHARD: Final = r"(?:-(\d+)-of-(\d+)(?:-[0-9a-f]{16})?)?"
_FORMS: Final = ".jsonl", ".parquet"
_CONVERTED: Final = re.compile(r"[0-9]{4,}\.parquet")
"""What the hub calls a converted split's shards, which do not tell how many there are."""


@dataclass(frozen=True)
class Rows:
    """Rows, each as (number, where it stands, row); they are read anew each time they are gone through.

    Numbers go on from shard to shard: called by stem and number, a task is called the same whatever the split's files.

    Attributes:
        stem: What the rows' tasks are called by, "train" say.
        files: In order.
    """

    stem: str
    files: tuple[Path, ...]

    @property
    def folder(self) -> Path:
        """Where attached files lie."""
        return self.files[0].parent

    def __iter__(self) -> Iterator[NumberedRow]:
        """Raises DataError where a file or a row is wrong, ConfigError where the library for Parquet is missing."""
        before = number = 0
        for file in self.files:
            for number, where, row in _file_rows(file):
                yield before + number, where, row
            before, number = before + number, 0


def _file_rows(path: Path) -> Iterator[NumberedRow]:
    """The rows of one file, numbered by its lines or rows from 1."""
    yield from parquet_rows(path) if is_parquet(path) else json_lines(path)


def rows_of(path: Path, split: str = "", usual: str = "") -> Rows:
    """The rows of a file, or of a folder's split.

    Args:
        path: A file; or a folder, with `split`.
        split: "train" say.
        usual: The configuration that is meant where a folder has several.

    Raises:
        DataError: A folder without a split or a file with one, the folder has no such split, or several.
    """
    if not path.is_dir():
        if split and path.is_file():
            raise DataError(f"{path}: this is a file, and split = {split!r} is one of a folder's; leave one out")
        return Rows(_stem(path), (path,))
    if not split:
        raise DataError(f'{path}: this is a folder; name a file in it, or its split: split = "train"')
    files = split_files(path, split)
    if not files:
        files = split_files(_one_of(path, split, split_folders(path, split), usual), split)
    return Rows(split, files)


def split_files(folder: Path, split: str) -> tuple[Path, ...]:
    """The files of a split right in a folder, in order; none where there are none, or no folder.

    Raises:
        DataError: The split is there twice, or one of its shards is not; the message names the files.
    """
    parts = sorted(_parts(folder, split))
    if not parts:
        return ()
    total, numbers = parts[0].total, {part.number for part in parts}
    forms = {(part.path.suffix, part.total) for part in parts}
    if len(forms) > 1 or len(numbers) < len(parts) or len(parts) > total:
        names = " and ".join(part.path.relative_to(folder).as_posix() for part in parts[:3])
        raise DataError(f"{folder}: {split!r} is there more than once: {names}; name one, or move the others away")
    missing = next((number for number in range(total) if number not in numbers), None)
    if missing is not None:
        raise DataError(f"{folder}: of the {total} shards of {split!r}, number {missing} (from 0) is missing; fetch it")
    return tuple(part.path for part in parts)


class _Part(NamedTuple):
    """A file that is a split, or shard `number`, from 0, of the `total` it is in."""

    number: int
    total: int
    path: Path


def _parts(folder: Path, split: str) -> Iterator[_Part]:
    pattern = re.compile(re.escape(split) + _SHARD)
    for path in _inside(folder):
        match = pattern.fullmatch(path.stem)
        if match and path.suffix in _FORMS and path.is_file():
            yield _Part(int(match[1] or 0), int(match[2] or 1), path)
    shards = {int(path.stem): path for path in _inside(folder / split) if _CONVERTED.fullmatch(path.name)}
    for number, path in shards.items():
        yield _Part(number, max(shards) + 1, path)


def split_folders(folder: Path, split: str) -> list[Path]:
    """The folders in a folder that have a split, by name; raises DataError as `split_files` does."""
    return [path for path in _inside(folder) if path.is_dir() and path.name[0] != "." and split_files(path, split)]


def _one_of(folder: Path, split: str, found: list[Path], usual: str) -> Path:
    """The one folder that has a split.

    Raises:
        DataError: There is none, or there are several and none is the usual one; the message names what there is.
    """
    if len(found) > 1:
        found = [path for path in found if path.name == usual] or found
    if not found:
        there = ", ".join([path.name for path in _inside(folder)][:6]) or "nothing"
        raise DataError(
            f"{folder}: no {split}.jsonl, {split}.parquet or their shards, in it or in a folder in it; there is {there}"
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise DataError(f"{folder}: {split!r} is in several folders: {names}; name one in the path: …/{found[0].name}")
    return found[0]


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error.strerror}") from None


def _stem(path: Path) -> str:
    """A file's name without ending, and without the mark of a shard that is the only one."""
    match = re.fullmatch(rf"(.+?){_SHARD}", path.stem)
    return match[1] if match and match[3] and int(match[3]) == 1 else path.stem
