"""What a cell is made of, and what changed of it: a cell that is done counts only for what it was run with.

What is read beside its training is no part of it: tables may want more of a cell later. A reading counts only for what
it was read on, which is kept and compared by itself.

Example:
    made = made_of(cell, splits, sandbox="")
    record.digest == digest_of_made(made)
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from toolwright.base import digest_of
from toolwright.config.changes import HARMLESS, Change, changes
from toolwright.config.schema import Agent, Kind
from toolwright.experiments.cells import Cell
from toolwright.experiments.methods.work import Other
from toolwright.experiments.own_code import Code, judged_by
from toolwright.models.spec import REPLAY
from toolwright.redaction import redacted
from toolwright.training.trainer import Splits

Made = dict[str, JsonValue]

ReadOn = dict[str, Made]
"""What readings of other domains are made on, by domain."""

TASKS: Final = "tasks"
"""The part that only reading the tasks tells."""

CODE: Final = "code"
"""The user's own code and recordings, which the configuration only names."""

SOURCES: Final = "sources"
"""Where tasks on the hub lie, with the commit: no part of the digest, but told where the tasks changed."""


def made_of(
    cell: Cell,
    splits: Splits | None,
    sandbox: str,
    sources: Mapping[str, str] | None = None,
    code: Code | None = None,
) -> Made:
    """All that decides what a cell comes to, as JSON; keys hidden, addresses of models and paces in it.

    Args:
        cell: The cell.
        splits: Its tasks; None where they were not read.
        sandbox: The kind of sandbox in the configuration's place, "" for that.
        sources: Where its tasks are from that are on the hub, by what the domain reads them as.
        code: The digests of its own code and recordings, as far as they were read.
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
    if sources:
        made[SOURCES] = dict(sources)
    return made | _coded(code)


def _coded(code: Code | None) -> Made:
    return {CODE: code} if code else {}


def sources_of(made: Made | None) -> dict[str, str]:
    """Where the tasks of a cell are from that are on the hub; nothing where it was not begun, or all are files."""
    sources = (made or {}).get(SOURCES)
    return {name: str(source) for name, source in sources.items()} if isinstance(sources, dict) else {}


def replayed_in(made: Made | None) -> frozenset[str]:
    """The roles that a recording stands for in a cell; none where it was not begun."""
    models = (made or {}).get("models")
    specs = models if isinstance(models, dict) else {}
    named = {role: spec.get("model") for role, spec in specs.items() if isinstance(spec, dict)}
    return frozenset(role for role, name in named.items() if isinstance(name, str) and name.startswith(REPLAY))


def read_on(others: Mapping[str, Other], base: Path) -> ReadOn:
    """What other domains' readings are made on, by domain: their test tasks, agents' options and scorers, own code."""
    return {
        name: {TASKS: other.tasks.digest, **read_by(other.agent, other.scorer, base)} for name, other in others.items()
    }


def read_by(agent: Agent, scorer: Kind, base: Path) -> Made:
    """The same of one domain whose tasks were not read."""
    made: Made = redacted({"agent": agent.model_dump(mode="json"), "scorer": scorer.model_dump(mode="json")})
    return made | _coded(judged_by(agent, scorer, base))


def digest_of_made(made: Made) -> str:
    """The digest of what a cell is made of, but for what no answer depends on: paces, addresses, names of keys."""
    return digest_of({change.key: change.now for change in changes({}, made) if not _harmless(change)})


def differences(kept: Made, now: Made) -> list[Change]:
    """What changed, but for what no answer depends on; tasks and own code count as far as both say which.

    Where tasks on the hub are others, the commits come before them.
    """
    was, new = _comparable(kept, now)
    found = [change for change in changes(was, new) if not _harmless(change)]
    return [*(_moved(kept, now) if _of_tasks(found) else ()), *found]


def how_to_pin(changed: Iterable[Change]) -> str:
    """What to do where the hub has other tasks than a cell was begun with; "" where nothing changed there."""
    moved = [change for change in changed if change.key.startswith(f"{SOURCES}.")]
    if not moved:
        return ""
    was = " and ".join(dict.fromkeys(str(change.was) for change in moved))
    return f"The data on the hub changed: name the commit that the cell was begun with, {was}"


def _moved(kept: Made, now: Made) -> list[Change]:
    """The sources that both name and that lie elsewhere, or at another commit, now."""
    was, new = sources_of(kept), sources_of(now)
    return [
        Change(f"{SOURCES}.{name}", was[name], source)
        for name, source in new.items()
        if was.get(name, source) != source
    ]


def _of_tasks(found: Iterable[Change]) -> bool:
    return any(change.key.startswith(f"{TASKS}.") for change in found)


def differences_read(kept: ReadOn, now: ReadOn) -> list[Change]:
    """What changed of what readings are made on, in the domains that both name; tasks and code as in `differences`."""
    both = {name: _comparable(kept[name], now[name]) for name in now if name in kept}
    was: Made = {name: pair[0] for name, pair in both.items()}
    new: Made = {name: pair[1] for name, pair in both.items()}
    return changes({"transfer": was}, {"transfer": new})


def _comparable(kept: Made, now: Made) -> tuple[Made, Made]:
    """Both without the tasks and the own code that one of them alone tells of."""
    was, new = dict(kept), dict(now)
    if not (TASKS in kept and TASKS in now):
        was.pop(TASKS, None)
        new.pop(TASKS, None)
    told, tells = _code_in(was), _code_in(new)
    both = told.keys() & tells.keys()
    was[CODE] = {name: digest for name, digest in told.items() if name in both}
    new[CODE] = {name: digest for name, digest in tells.items() if name in both}
    return was, new


def _code_in(made: Made) -> Code:
    code = made.get(CODE)
    return code if isinstance(code, dict) else {}


def _harmless(change: Change) -> bool:
    return any(fnmatchcase(change.key, pattern) for pattern in (*HARMLESS, f"{SOURCES}.*", SOURCES))
