"""A cell's folder: what the cell is made of, what it came to, and its runs.

cells/algebra/react/mini/trained/0/
  made_of.json   what it was begun with
  read_on.json   what was read beside its training was begun on
  record.json    what it came to, once it ended
  again          there until a command that runs it from its beginning has come to its end
  unanswered     there where the provider ended it last
  training/ …    its runs, as its method names them
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from toolwright.errors import RunError
from toolwright.experiments.allowance import Spent
from toolwright.experiments.made_of import Made, ReadOn, replayed_in, sources_of
from toolwright.experiments.measuring.readings import with_measuring
from toolwright.experiments.measuring.side_runs import minutes_of
from toolwright.experiments.records import CellKey, CellRecord
from toolwright.experiments.results_file import write_value
from toolwright.messages import Usage
from toolwright.runs.folder import DATABASE, RunFolder, holds_run
from toolwright.runs.identity import this_version

CELLS: Final = "cells"
REPLACED: Final = "replaced"
"""Where the folders of cells lie that were run again."""

_RECORD: Final = "record.json"
_MADE_OF: Final = "made_of.json"
_READ_ON: Final = "read_on.json"
_AGAIN: Final = "again"
_UNANSWERED: Final = "unanswered"
_AT_ONCE: Final = "part-*"
"""Runs that are under way at the same time: a divided training's parts."""

_DEEP: Final = len(CellKey.model_fields) + 1
_MADE: Final = TypeAdapter(Made)

T = TypeVar("T")


class CellFolder:
    """One cell's folder below an experiment's.

    Attributes:
        path: The folder; it need not be there.
    """

    def __init__(self, out: Path, key: CellKey) -> None:
        self.path = out / CELLS / key.id
        self._out, self._key = out, key

    @property
    def record(self) -> CellRecord | None:
        """What the cell came to, with what a reading that was killed used; None where it has not ended.

        Raises:
            RunError: That cannot be read.
        """
        return _record_in(self.path)

    @property
    def made_of(self) -> Made | None:
        """What the cell was begun with, None where it was not; raises RunError where that cannot be read."""
        return _read(self.path / _MADE_OF, _MADE)

    @property
    def read_on(self) -> ReadOn:
        """What readings of other domains were begun on, by domain; raises RunError where that cannot be read."""
        return _read(self.path / _READ_ON, TypeAdapter(ReadOn)) or {}

    def begin(self, made: Made) -> None:
        """Says what the cell is made of, before anything of it is run."""
        write_value(self.path / _MADE_OF, json.dumps(made, indent=1, ensure_ascii=False))

    def begin_reading(self, read_on: ReadOn) -> None:
        """Says what readings are made on, before any is begun; what earlier ones were made on stays."""
        if read_on:
            write_value(self.path / _READ_ON, json.dumps(self.read_on | read_on, indent=1, ensure_ascii=False))

    def keep(self, record: CellRecord) -> CellRecord:
        """Keeps what the cell came to."""
        own = {
            "folder": str(self.path.relative_to(self._out)),
            "toolwright": this_version(),
            "sources": sources_of(self.made_of),
        }
        kept = record.model_copy(update=own)
        write_value(self.path / _RECORD, kept.model_dump_json(indent=1))
        return kept

    @property
    def again(self) -> bool:
        """Whether a command that runs it from its beginning has not come to its end yet."""
        return (self.path / _AGAIN).exists()

    @property
    def unanswered(self) -> float:
        """When the provider ended it, in seconds since the epoch; 0 where that is not how it ended last."""
        try:
            return (self.path / _UNANSWERED).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def note_unanswered(self, *, ended: bool) -> None:
        """Says whether it was the provider that ended it."""
        _mark(self.path / _UNANSWERED, there=ended)

    def set_aside(self) -> None:
        """Moves the folder away, so that the cell is run from its beginning; nothing of it is lost."""
        place = self._out / REPLACED / self._key.id
        if self.path.exists():
            try:
                place.mkdir(parents=True, exist_ok=True)
                shutil.move(self.path, place / _next(place))
            except OSError as error:
                raise RunError(f"{self.path} cannot be moved to {place}: {error}; make both writable") from error
        _mark(self.path / _AGAIN, there=True)

    def settle(self) -> None:
        """Says that the command that ran it from its beginning has come to its end."""
        _mark(self.path / _AGAIN, there=False)


def _next(place: Path) -> str:
    """The number after the highest that is there: one that was removed is not given again while later ones stay."""
    return str(1 + max((int(path.name) for path in place.iterdir() if path.name.isdecimal()), default=-1))


def _mark(file: Path, *, there: bool) -> None:
    try:
        if there:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"")  # also where it is there: its time counts
        else:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"{file} cannot be written or removed: {error}; make its folder writable") from error


def cell_folders(out: Path) -> tuple[Path, ...]:
    """The folders of all cells that were begun, also of those that are no longer in the matrix: they were paid for."""
    return tuple(sorted((out / CELLS).glob("*/" * (_DEEP - 1))))


def folders_beside(out: Path, keys: Iterable[CellKey]) -> tuple[Path, ...]:
    """Those of them that are of none of these cells."""
    known = {CellFolder(out, key).path for key in keys}
    return tuple(path for path in cell_folders(out) if path not in known)


def replaced_folders(out: Path) -> tuple[Path, ...]:
    """The folders of cells that were run again since; they were paid for."""
    return tuple(sorted((out / REPLACED).glob("*/" * _DEEP)))


def spent_in(folder: Path, made_of: Path | None = None) -> Spent:
    """What a cell used: as its record says, or, where it or a reading beside it has not ended, its runs.

    Args:
        folder: The cell's, or one run's.
        made_of: The file that says what it was begun with, where that lies elsewhere.
    """
    record, replayed = _record_in(folder), replayed_in(_read(made_of or folder / _MADE_OF, _MADE))
    if record is not None and record.status == "done":
        return Spent.by(record, replayed)
    usage, minutes = used_by_runs(folder)
    if not usage and record is not None:
        return Spent.by(record, replayed)
    return Spent.of_roles(usage.items(), minutes, replayed)


def used_by_runs(folder: Path) -> tuple[dict[str, Usage], float]:
    """What all runs below a folder used, by role, and their minutes; nothing where there are none.

    Of runs that are under way at once the longest one's minutes count, as in the record of a cell that is done.
    """
    usage: dict[str, Usage] = {}
    minutes, at_once = 0.0, [0.0]
    for path in runs_in(folder):
        with RunFolder.read(path) as run:
            for role, used in run.store.usage(None).items():
                usage[role] = usage.get(role, Usage()) + used
            took = run.store.minutes if run.store.trains else minutes_of(run.store)
        if fnmatchcase(path.name, _AT_ONCE):
            at_once.append(took)
        else:
            minutes += took
    return usage, minutes + max(at_once)


def runs_in(folder: Path) -> Iterator[Path]:
    """The run folders below a folder, in order of their names."""
    return (file.parent for file in sorted(folder.rglob(DATABASE)) if holds_run(file.parent))


def _record_in(folder: Path) -> CellRecord | None:
    """The record; where a reading beside it has not ended, its runs say what readings used."""
    record = _read(folder / _RECORD, TypeAdapter(CellRecord))
    return with_measuring(folder, record) if record is not None and record.unread else record


def _read(file: Path, kind: "TypeAdapter[T]") -> T | None:
    try:
        return kind.validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        said = str(error).splitlines()[0]
        raise RunError(
            f"{file} cannot be read: {said}; restore a copy, or remove its folder and have the cell run again"
        ) from error
