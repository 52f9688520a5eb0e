"""What the readers share: files read with errors that name file and line, and rows made into a task set."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, cast

from pydantic import JsonValue

from toolwright.datasets.hub import content_folder
from toolwright.errors import ConfigError, DataError
from toolwright.tasks import Task, TaskFile, TaskSet

Row = dict[str, JsonValue]

PARQUET: Final = b"PAR1", b"PARE"
"""How Parquet begins: plain, and encrypted."""

_POINTER: Final = b"version https://git-lfs.github.com/spec/"


def read_text(path: Path) -> str:
    """A file's text, a byte order mark left out.

    Raises:
        DataError: It is missing, a folder, Parquet, a pointer of Git LFS, unreadable, not UTF-8 or empty; the message
            names it.
    """
    try:
        content = path.read_bytes()
        if content.startswith(PARQUET):
            raise DataError(f'{path}: this is Parquet, which this reader does not read; reader = "jsonl" does')
        refuse_pointer(content, path)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        beside = sorted(path.parent.glob("*.parquet"))
        hint = f", but there is {beside[0].name}" if beside else ""
        raise DataError(f"{path}: there is no such file{hint}") from None
    except IsADirectoryError:
        raise DataError(f"{path}: this is a folder; name a file in it") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(f"{path}:{line}: not UTF-8 ({error.reason}); save the file as UTF-8") from None
    if not text.strip():
        raise DataError(f"{path}: the file is empty; it needs at least one task")
    return text


def refuse_pointer(content: bytes, path: Path) -> None:
    """Checks that a file is itself.

    Raises:
        DataError: It is what Git leaves in its place where Git LFS is not installed.
    """
    if content.startswith(_POINTER):
        raise DataError(
            f"{path}: this is Git LFS's pointer to the file; run `git lfs pull` there, or name hub:OWNER/NAME"
        )


def parse_object(text: str, where: str) -> Row:
    """One JSON object; refuses what JSON leaves open: repeated keys, NaN, halves of characters.

    Raises:
        DataError: It is none; the message starts with `where`.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise DataError(f"{where}: holds half a surrogate pair, which is no character") from None
    except RecursionError:
        raise DataError(f"{where}: nested too deeply") from None
    except ValueError as error:
        raise DataError(f"{where}: broken JSON: {error}") from None
    if not isinstance(value, dict):
        raise DataError(f"{where}: expected a JSON object, found {type(value).__name__}")
    return cast("Row", value)


def _unique(pairs: list[tuple[str, JsonValue]]) -> Row:
    row: Row = {}
    for key, value in pairs:
        if key in row:
            raise ValueError(f"the key {key!r} occurs twice")
        row[key] = value
    return row


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def json_lines(path: Path) -> Iterable[tuple[int, str, Row]]:
    """The objects of a JSONL file as (line, "file:line", object), lines from 1, blank ones left out."""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            yield number, f"{path}:{number}", parse_object(line, f"{path}:{number}")


def field(row: Row, key: str, where: str) -> JsonValue:
    """A field that must be there.

    Raises:
        DataError: It is not; the message names the fields there are.
    """
    if key not in row:
        raise DataError(f"{where}: no field {key!r}; there are {', '.join(map(repr, row)) or 'none'}")
    return row[key]


def text_field(row: Row, key: str, where: str) -> str:
    """A field that must be there and be text that is not blank.

    Raises:
        DataError: It is not.
    """
    value = field(row, key, where)
    if not isinstance(value, str) or not value.strip():
        shown = "empty" if isinstance(value, str) else json_kind(value)
        raise DataError(f"{where}: field {key!r} must be text, but is {shown}")
    return value


def check_there(what: str, wanted: Iterable[str | int], there: Iterable[str | int | None], source: Path) -> None:
    """Checks that all a reader is to take can be taken.

    Args:
        what: What is named, "level" say.
        wanted: Those an option names.
        there: Each row's; None or "" where it has none.
        source: Where the rows are from.

    Raises:
        ConfigError: One is of no row; the message names those there are.
    """
    found = set(there) - {None, ""}
    missing = [one for one in wanted if one not in found]
    if missing:
        known = ", ".join(sorted(map(str, found))) or "none"
        raise ConfigError(f"{source}: no {what} {', '.join(map(repr, missing))}; there are {known}")


def json_kind(value: JsonValue) -> str:
    """A value's kind in JSON's words."""
    kinds = {"NoneType": "null", "bool": "a boolean", "str": "text", "list": "a list", "dict": "an object"}
    return kinds.get(type(value).__name__, "a number")


def attached(names: Iterable[str], folder: Path, where: str) -> tuple[TaskFile, ...]:
    """The files of a task, which lie in or below a folder.

    Raises:
        DataError: One is missing or lies elsewhere, or two have one name.
    """
    files = tuple(_attached(name, folder.resolve(), where) for name in names)
    if len({file.name for file in files}) < len(files):
        raise DataError(f"{where}: two attached files have the same name; rename one")
    return files


def _attached(name: str, folder: Path, where: str) -> TaskFile:
    """One file; a link may lead elsewhere in the folder, and from a snapshot of the hub's to its content."""
    named = Path(os.path.normpath(folder / name))
    path = named.resolve()
    homes = [home for home in (folder, content_folder(folder)) if home is not None]
    if not named.is_relative_to(folder) or not any(path.is_relative_to(home) for home in homes):
        raise DataError(f"{where}: attached file {name!r} lies outside of {folder}; move it there")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{where}: attached file {name!r} cannot be read from {folder}: {error.strerror}") from None
    return TaskFile(name=named.name, path=str(path), sha256=hashlib.sha256(content).hexdigest())


def task_set(name: str, source: Path, tasks: Iterable[tuple[str, Task]]) -> TaskSet:
    """A task set of (where it stands, task).

    Raises:
        DataError: There is no task, or two have the same id; the message names both places.
    """
    places: dict[str, str] = {}
    found: list[Task] = []
    for where, task in tasks:
        if task.id in places:
            raise DataError(f"{where}: the id {task.id!r} is taken by {places[task.id]}; ids must be unique")
        places[task.id] = where
        found.append(task)
    if not found:
        raise DataError(f"{source}: no task there is to be read; check the file and the reader's options")
    return TaskSet(name=name, tasks=tuple(found))
