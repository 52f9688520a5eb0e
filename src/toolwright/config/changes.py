"""What changed between the configuration a run was started with and the one it is to go on with; pure.

Example:
    >>> [change] = changes({"limits": {"requests": 100}}, {"limits": {"requests": 500}})
    >>> str(change), change.harmless
    ('limits.requests: was 100, now 500', True)
"""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from pydantic import JsonValue

from toolwright.config.schema import OptimizerOptions, Training
from toolwright.errors import RunError

HARMLESS: Final = (
    *("limits.*", "training.at_once"),
    *(f"models.*.{key}" for key in ("base_url", "api_key_env", "timeout", "attempts", "retry_wait", "concurrency")),
    *(f"models.*.{key}" for key in ("requests_per_minute", "tokens_per_minute", "outage_minutes", "price", "price.*")),
)
"""Keys no answer depends on: budgets, pacing, addresses, keys' names."""

WHERE: Final = "run.*"
"""Keys that say where a run lies and what it is called: no settings of its training, whoever gives them."""

BY_DIGEST: Final = ("tasks", "tasks.*", "functions.*")
"""Keys that name what a run knows by its digest; a file may have moved."""

MAY_RISE: Final = ("training.epochs", "training.patience")

ABSENT: Final = "nothing"


class Change(NamedTuple):
    """One key that differs; `was` and `now` are JSON values, or `ABSENT`."""

    key: str
    was: JsonValue
    now: JsonValue

    @property
    def harmless(self) -> bool:
        """Whether a run can go on with it, as nothing that was answered would be answered otherwise."""
        if self.key in MAY_RISE and isinstance(self.was, int) and isinstance(self.now, int):
            return self.now > self.was
        return any(fnmatchcase(self.key, pattern) for pattern in (*HARMLESS, *BY_DIGEST))

    def __str__(self) -> str:
        return f"{self.key}: was {_shown(self.was)}, now {_shown(self.now)}"


def changes(kept: Mapping[str, JsonValue], given: Mapping[str, JsonValue]) -> list[Change]:
    """Every key that differs between two configurations as JSON, in the order of the kept one, new keys last.

    A key that Toolwright did not have yet when the first was written is what its default says.
    """
    was, now = dict(_flat(kept)), dict(_flat(given))
    was = {key: value for key, value in _defaults() if key in now and key.split(".")[0] in kept} | was
    keys = dict.fromkeys((*was, *now))
    found = [Change(key, was.get(key, ABSENT), now.get(key, ABSENT)) for key in keys]
    return [change for change in found if change.was != change.now]


def check_changes(kept: Mapping[str, JsonValue], given: Mapping[str, JsonValue], run: str) -> list[Change]:
    """The changes a run can go on with; where it lies and what it is called is none.

    Raises:
        RunError: One would make it another run; the message lists each such key, what it was and is now. Where
            `level_per_run` is shared out over the epochs, their number is such a key.
    """
    found = [change for change in changes(kept, given) if not fnmatchcase(change.key, WHERE)]
    shared = "training.level_per_run" in {key for key, value in _flat(kept) if value is not None}
    if wrong := [change for change in found if not change.harmless or (shared and change.key == "training.epochs")]:
        listed = "\n".join(f"  {change}" for change in wrong)
        raise RunError(
            f"the run {run} was started with other settings and would be another run with these:\n{listed}\n"
            "Set them back, or start a new run. Limits, pacing, addresses and keys may change, and epochs and patience "
            "may rise."
        )
    return found


def hidden_keys(config: Mapping[str, JsonValue], mark: str) -> list[str]:
    """The keys whose values hold the mark that stands in a secret's place."""
    return [key for key, value in _flat(config) if isinstance(value, str) and mark in value]


def _defaults() -> Iterator[tuple[str, JsonValue]]:
    yield from _flat(Training().model_dump(mode="json"), "training")
    yield from _flat(OptimizerOptions().model_dump(mode="json"), "optimizer")


def _flat(value: JsonValue | Mapping[str, JsonValue], prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Every value with its dotted key; an empty table is a value, a list a value where it holds no table."""
    items: Iterator[tuple[str, JsonValue]] | None = None
    if isinstance(value, Mapping) and (value or not prefix):
        items = ((str(name), item) for name, item in value.items())
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        items = ((str(place), item) for place, item in enumerate(value))
    if items is None:
        yield prefix, value  # pyright: ignore[reportReturnType] - a mapping here is an empty dict of JSON
        return
    for name, item in items:
        yield from _flat(item, f"{prefix}.{name}" if prefix else name)


def _shown(value: JsonValue) -> str:
    text = value if value == ABSENT else json.dumps(value, ensure_ascii=False)
    text = str(text)
    return text if len(text) <= 120 else f"{text[:119]}…"
