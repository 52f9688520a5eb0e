"""Which run a database is of, what the run was started from, and whether this Toolwright can read it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple, cast

from pydantic import JsonValue

from toolwright.base import Frozen
from toolwright.errors import RunError
from toolwright.redaction import redacted
from toolwright.runs.database import Database
from toolwright.runs.schema import OLDEST, TABLES, UNANSWERED, VERSION


class Origin(Frozen):
    """What a run was started from, as far as going on with it needs to know.

    Attributes:
        folder: What the paths in its config are relative to.
        digests: Digests of what must not change under a run, by name: task sets, starting parameters, agent, scorer.
        sealed: `Task.content_digest` of each of its test tasks, by which one is recognised in any other task set.
    """

    folder: str
    digests: dict[str, str]
    sealed: tuple[str, ...] = ()


class Identity(NamedTuple):
    """Which run a database is of.

    Attributes:
        run: The run's id.
        toolwright: The version of Toolwright that made it.
        started: When, UTC.
        config: What it was started with, keys redacted; empty where nothing was given.
        origin: What it was started from, None where nothing was given.
    """

    run: str
    toolwright: str
    started: datetime
    config: dict[str, JsonValue]
    origin: Origin | None


def create_tables(database: Database, run: str, config: Mapping[str, JsonValue], origin: Origin | None) -> None:
    """Makes the tables of an empty database and says in them which run it is of; all is written, or nothing.

    Args:
        database: The database.
        run: The run's id.
        config: What it is started with; keys are redacted before it is written.
        origin: What it is started from.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    meta = {"schema_version": str(VERSION), "toolwright": this_version(), "run": run, "started": now}
    meta["config"] = json.dumps(redacted(config))
    if origin is not None:
        meta["origin"] = origin.model_dump_json()
    with database.transaction():
        for statement in (*TABLES.split(";"), UNANSWERED.format(kind="TABLE")):
            database.run(statement)
        for item in meta.items():
            database.run("INSERT INTO meta (name, value) VALUES (?, ?)", item)


def complete_tables(database: Database, *, writing: bool) -> None:
    """Gives a database of an older version what it lacks: for good, or, to a reader, for as long as it reads."""
    if database.one("SELECT 1 FROM sqlite_master WHERE name = 'unanswered'") is not None:
        return
    if not writing:
        database.run(UNANSWERED.format(kind="TEMP TABLE"))
        return
    with database.transaction():
        database.run(UNANSWERED.format(kind="TABLE"))
        database.run("UPDATE meta SET value = ? WHERE name = 'schema_version'", (str(VERSION),))


def read_identity(database: Database) -> Identity:
    """Which run the database is of.

    Raises:
        RunError: It is no run's, or of a schema this Toolwright does not read.
    """
    if database.one("SELECT 1 FROM sqlite_master WHERE name = 'meta'") is None:
        raise RunError(
            f"{database.path} is no run database, or its creation was interrupted; remove the run folder, but keep its "
            "functions/ and accepted/, where there are any: they hold what was learned"
        )
    meta = dict(cast("list[tuple[str, str]]", list(database.all("SELECT name, value FROM meta"))))
    _check_version(database, meta)
    try:
        origin = Origin.model_validate_json(meta["origin"]) if "origin" in meta else None
        started = datetime.fromisoformat(meta["started"])
        config: dict[str, JsonValue] = dict(json.loads(meta["config"]))
        return Identity(meta["run"], meta["toolwright"], started, config, origin)
    except KeyError as error:
        raise RunError(f"{database.path} is damaged: its table meta lacks {error}; restore a copy") from error
    except (ValueError, TypeError) as error:
        raise RunError(f"{database.path} is damaged: its table meta cannot be read: {error}; restore a copy") from error


def _check_version(database: Database, meta: dict[str, str]) -> None:
    found = meta.get("schema_version", "")
    if found.isdecimal() and OLDEST <= int(found) <= VERSION:
        return
    wrote = f"{database.path} has schema version {found or 'unknown'}, written by Toolwright {meta.get('toolwright')}"
    if found.isdecimal() and int(found) < VERSION:
        raise RunError(
            f"{wrote}; this one ({this_version()}) reads versions from {OLDEST} on: start a new run, or look at "
            "this one with the version that wrote it"
        )
    raise RunError(f"{wrote}; this one ({this_version()}) reads up to {VERSION}: upgrade it")


def this_version() -> str:
    """The version of this Toolwright."""
    try:
        return version("toolwright")
    except PackageNotFoundError:  # run from a source tree
        return "unknown"
