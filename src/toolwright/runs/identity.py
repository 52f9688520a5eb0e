"""Which run a database is of, and whether this Toolwright can read it."""

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple, cast

from toolwright.base import SCHEMA_VERSION
from toolwright.errors import RunError
from toolwright.runs.database import Database
from toolwright.runs.schema import TABLES


class Identity(NamedTuple):
    """A run's id, the version of Toolwright that made it, and when, UTC."""

    run: str
    toolwright: str
    started: datetime


def create_tables(database: Database, run: str) -> None:
    """Makes the tables of an empty database, for a run of that id; all of them or none."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    meta = {"schema_version": str(SCHEMA_VERSION), "toolwright": this_version(), "run": run, "started": now}
    with database.transaction():
        for statement in TABLES.split(";"):
            database.run(statement)
        for item in meta.items():
            database.run("INSERT INTO meta (name, value) VALUES (?, ?)", item)


def read_identity(database: Database) -> Identity:
    """Which run the database is of.

    Raises:
        RunError: It is no run's, or of a schema this Toolwright does not read.
    """
    if database.one("SELECT 1 FROM sqlite_master WHERE name = 'meta'") is None:
        raise RunError(f"{database.path} is no run database, or its creation was interrupted; remove the run folder")
    meta = dict(cast("list[tuple[str, str]]", list(database.all("SELECT name, value FROM meta"))))
    found = meta.get("schema_version", "")
    if not found.isdecimal() or int(found) > SCHEMA_VERSION:
        raise RunError(
            f"{database.path} has schema version {found or 'unknown'}, written by Toolwright "
            f"{meta.get('toolwright', 'unknown')}; this one ({this_version()}) reads up to {SCHEMA_VERSION}: upgrade it"
        )
    try:
        return Identity(meta["run"], meta["toolwright"], datetime.fromisoformat(meta["started"]))
    except (KeyError, ValueError) as error:
        raise RunError(f"{database.path} is damaged: its table meta lacks {error}; restore a copy") from error


def this_version() -> str:
    """The version of this Toolwright."""
    try:
        return version("toolwright")
    except PackageNotFoundError:  # run from a source tree
        return "unknown"
