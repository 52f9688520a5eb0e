"""What a cell is made of, and what changed of it: a cell that is done counts only for what it was run with.

What is read beside its training is no part of it: tables may want more of a cell later. A reading counts only for what
it was read on, which is kept and compared by itself.

Example:
    made = made_of(cell, splits, sandbox="")
    record.digest == digest_of_made(made)
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

from pydantic import JsonValue

from toolwright.base import digest_of
from toolwright.config.changes import HARMLESS, Change, changes
from toolwright.config.schema import Agent, Kind
from toolwright.experiments.cells import Cell
from toolwright.experiments.methods.work import Other
from toolwright.redaction import redacted
from toolwright.training.trainer import Splits

Made = dict[str, JsonValue]

ReadOn = dict[str, Made]
"""What readings of other domains are made on, by domain."""

TASKS: Final = "tasks"
"""The part that only reading the tasks tells."""


def made_of(cell: Cell, splits: Splits | None, sandbox: str) -> Made:
    """All that decides what a cell comes to, as JSON; keys hidden, addresses of models and paces in it.

    Args:
        cell: The cell.
        splits: Its tasks; None where they were not read.
        sandbox: The kind of sandbox in the configuration's place, "" for that.
    """
    config = cell.config.model_dump(mode="json", exclude={"preset", "tasks", "limits", "functions", "run"})
    made: Made = redacted(config)
    if sandbox:
        made["sandbox"] = {**config["sandbox"], "kind": sandbox}
    method = cell.method.model_dump(mode="json", include={"kind", "options"})
    made |= {"method": redacted(method), "draw": cell.draw.model_dump(mode="json")}
    if splits is not None:
        sets = {"train": splits.train, "validation": splits.validation, "test": splits.test}
        made[TASKS] = {name: tasks.digest for name, tasks in sets.items() if tasks is not None}
    return made


def read_on(others: Mapping[str, Other]) -> ReadOn:
    """What other domains' readings are made on, by domain: their test tasks, agents' options and scorers."""
    return {name: {TASKS: other.tasks.digest, **read_by(other.agent, other.scorer)} for name, other in others.items()}


def read_by(agent: Agent, scorer: Kind) -> Made:
    """The same of one domain whose tasks were not read."""
    return redacted({"agent": agent.model_dump(mode="json"), "scorer": scorer.model_dump(mode="json")})


def digest_of_made(made: Made) -> str:
    """The digest of what a cell is made of, but for what no answer depends on: paces, addresses, names of keys."""
    return digest_of({change.key: change.now for change in changes({}, made) if not _harmless(change)})


def differences(kept: Made, now: Made) -> list[Change]:
    """What changed, but for what no answer depends on; tasks count where both say which."""
    both = TASKS in kept and TASKS in now
    was, new = ({name: part for name, part in made.items() if both or name != TASKS} for made in (kept, now))
    return [change for change in changes(was, new) if not _harmless(change)]


def differences_read(kept: ReadOn, now: ReadOn) -> list[Change]:
    """What changed of what readings are made on, in the domains that both name; tasks count where both say which."""
    was: Made = {name: kept[name] for name in now if name in kept}
    new: Made = {name: {TASKS: kept[name][TASKS], **made} for name, made in now.items() if name in kept}
    return changes({"transfer": was}, {"transfer": new})


def _harmless(change: Change) -> bool:
    return any(fnmatchcase(change.key, pattern) for pattern in HARMLESS)
