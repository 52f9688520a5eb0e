"""One SQLite file, opened so that a killed process loses nothing, with every fault named in our own words.

WAL with synchronous=NORMAL: what a transaction wrote survives the death of the process at any moment; the power cut
of a whole machine may lose the last transactions, never the file.
"""

import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, Self

from toolwright.errors import RunError

Access = Literal["create", "write", "read"]
Value = int | float | str | bytes | None

ROOM: Final = 8_000_000
"""Bytes that must be free before a model is asked: SQLite's log alone takes 4 MB before it is written back."""

_REMEDIES: Final = {
    "SQLITE_FULL": "free space on its disk and start again: what was journalled is kept",
    "SQLITE_IOERR": "check its disk and the space left on it, then start again: what was journalled is kept",
    "SQLITE_READONLY": "make the file and its folder writable, or copy the run to a folder that is",
    "SQLITE_CANTOPEN": "check that the file is there and that its folder can be read and written",
    "SQLITE_BUSY": "another program holds it locked; close that program and try again",
    "SQLITE_CORRUPT": "the file is damaged; restore a copy, or save what `sqlite3 FILE .recover` still reads",
    "SQLITE_NOTADB": (
        "the file is no run database or is damaged; restore a copy; what was learned lies beside it, in functions/ and "
        "accepted/, if anything was"
    ),
}


class Database:
    """A connection; its methods raise RunError, never sqlite3's errors.

    Args:
        path: The file.
        access: "create" a new file, which `name_created` then gives its name; "write" to one that is there; or "read"
            only, while another process may write.
    """

    def __init__(self, path: Path, access: Access) -> None:
        self.path = path
        if access == "create" and path.exists():
            raise RunError(f"{path} is there already; give this run another folder")
        if access != "create" and not path.is_file():
            raise RunError(f"{path} is not there; the folder is no run, or its creation was interrupted")
        try:
            self._connection = _OPENED[access](path)
        except sqlite3.Error as error:
            raise self._named(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; what was committed stays."""
        try:
            self._connection.close()
        except sqlite3.Error as error:
            raise self._named(error) from error

    def name_created(self) -> None:
        """Gives a file that was created its name, with what was written so far; closes the connection."""
        self.close()
        try:
            unnamed(self.path).replace(self.path)
        except OSError as error:
            raise RunError(f"the run database {self.path}: {error}; {_REMEDIES['SQLITE_CANTOPEN']}") from error

    def check_whole(self) -> None:
        """Raises RunError where the file's pages do not hold together."""
        fault = self.one("PRAGMA quick_check(1)")
        if fault != ("ok",):
            what = fault[0] if fault else "no answer"
            raise RunError(f"the run database {self.path} is damaged: {what}; {_REMEDIES['SQLITE_CORRUPT']}")

    def check_room(self) -> None:
        """Raises RunError where the disk has no room left for what a request may bring."""
        try:
            free = shutil.disk_usage(self.path.parent).free
        except OSError:  # the folder is gone: whoever writes is told
            return
        if free < ROOM:
            raise RunError(
                f"the run database {self.path}: its disk has {free / 1e6:.1f} MB left, and {ROOM / 1e6:.0f} MB are "
                f"kept free for replies; {_REMEDIES['SQLITE_FULL']}, and nothing was asked that could not be kept"
            )

    def run(self, statement: str, values: Sequence[Value] = ()) -> int:
        """Runs one statement; returns the id of the row it inserted."""
        try:
            return self._connection.execute(statement, values).lastrowid or 0
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._named(error) from error

    def one(self, query: str, values: Sequence[Value] = ()) -> tuple[Any, ...] | None:
        """The first row, None where there is none."""
        try:
            return self._connection.execute(query, values).fetchone()
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._named(error) from error

    def all(self, query: str, values: Sequence[Value] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows, read as they are asked for."""
        try:
            yield from self._connection.execute(query, values)
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._named(error) from error

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Everything inside is written, or nothing is."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled back already
                self._connection.rollback()
            raise

    def _named(self, error: Exception) -> RunError:
        if isinstance(error, sqlite3.Error):
            return RunError(f"the run database {self.path}: {error}; {_remedy(error)}")
        return RunError(f"the run database {self.path} keeps no text that is not UTF-8: {error}")


def _remedy(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")  # "SQLITE_IOERR_WRITE", say; absent where Python raised
    for prefix, remedy in _REMEDIES.items():
        if name.startswith(prefix):
            return remedy
    return "the file was written by something else, or this is a defect of Toolwright; keep the file and report it"


def unnamed(path: Path) -> Path:
    """Where a database is made that is to have that path."""
    return path.with_name(f"{path.name}.new")


def _connect_created(path: Path) -> sqlite3.Connection:
    """Makes a file, without a log beside it that would have to be renamed, too."""
    return _raw(unnamed(path), "mode=rwc")


def _connect(path: Path) -> sqlite3.Connection:
    with _closing_on_fault(_raw(path, "mode=rw")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection


def _connect_readable(path: Path) -> sqlite3.Connection:
    """Reads beside a writer; from a folder that cannot be written, a file nobody writes to."""
    try:
        with _closing_on_fault(_raw(path, "mode=ro")) as connection:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            return connection
    except sqlite3.OperationalError:
        wal = path.with_name(path.name + "-wal")
        if wal.exists() and wal.stat().st_size:
            raise
        return _raw(path, "mode=ro&immutable=1")


@contextmanager
def _closing_on_fault(connection: sqlite3.Connection) -> Generator[sqlite3.Connection]:
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def _raw(path: Path, options: str) -> sqlite3.Connection:
    # Used by one thread at a time, but the loop's thread need not be the one that made it (a notebook's façade).
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}", uri=True, isolation_level=None, check_same_thread=False
    )


_OPENED: Final[Mapping[Access, Callable[[Path], sqlite3.Connection]]] = {
    "create": _connect_created,
    "write": _connect,
    "read": _connect_readable,
}
