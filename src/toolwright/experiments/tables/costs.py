"""What the cells took, one by one and by method, and what a task takes before and after; the paper has no such table.

Example:
    by_cell, by_method = cost_tables(grid, groups)
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import JsonValue

from toolwright.experiments.paper_figures import COSTS
from toolwright.experiments.records import CellRecord, Scores
from toolwright.experiments.statistics import BySeed
from toolwright.experiments.tables.cells import Grid, Group, Side
from toolwright.experiments.tables.methods import mean_usage, took
from toolwright.experiments.tables.shown import NONE, Shown, dollars, number, unique
from toolwright.messages import Usage

_COLUMNS: Final = (
    "domain",
    "agent",
    "method",
    "requests",
    "tokens",
    "dollars",
    "minutes",
    "agent's tokens",
    "optimizer's tokens",
    "tokens a task before",
    "after",
    "measuring tokens",
)
_NOTES: Final = (
    "Means over seeds of one cell's training and its evaluations before and after.",
    "A task's tokens are the agent's, a rollout of a test task. What curves and transfer took is in the last column.",
    "Dollars are unknown where a model's price is not in the configuration.",
    COSTS,
)


def cost_tables(grid: Grid, groups: Sequence[Group], name: str = "costs") -> tuple[Shown, Shown]:
    """The table by cell, and the one by method with sums over all cells and seeds."""
    missing = unique(text for group in groups for text in group.missing)
    by_cell = Shown(
        name=name,
        title="Costs of a cell",
        columns=_COLUMNS,
        rows=tuple(_row(grid, group) for group in groups),
        notes=(*_NOTES, *missing),
        data=tuple(_data(group) for group in groups),
    )
    by_method = Shown(
        name=f"{name}-by-method",
        title="Costs by method",
        columns=("method", "cells", "requests", "tokens", "dollars", "minutes", "dollars to measure"),
        rows=tuple(_sums(grid, groups)),
        notes=(
            "Sums over all cells and seeds, with what cells that failed or are incomplete took.",
            "Minutes are wall-clock time of each cell's sessions.",
            COSTS,
        ),
        data=tuple(_sum_data(groups)),
    )
    return by_cell, by_method


def used_by(record: CellRecord) -> Usage:
    """What both roles used."""
    return sum(record.usage.values(), Usage())


def a_task(scores: BySeed) -> float | None:
    """Tokens a rollout takes; None where there are none."""
    count = sum(len(some) for one in scores.values() for some in one.by_task.values())
    found: Sequence[Scores] = [*scores.values()]
    return sum(one.usage.tokens for one in found) / count if count else None


def _row(grid: Grid, group: Group) -> tuple[str, ...]:
    key, done = group.key, [*group.done.values()]
    names = (grid.domain_label(key.domain), grid.who(key.agent, key.model), grid.method_label(key.method))
    if not done:
        return (*names, group.status, *[NONE] * 8)
    requests, tokens, price, minutes = took(done)
    roles = (mean_usage([record.usage.get(role, Usage()) for record in done]).tokens for role in ("agent", "optimizer"))
    sides: tuple[Side, Side] = ("before", "after")
    tasks = (number(a_task(group.scores("test", side)), 0) for side in sides)
    measuring = mean_usage([record.measuring for record in done]).tokens
    shown = (*map(number, roles), *tasks, number(measuring))
    return (*names, f"{requests}{group.partly}", tokens, price, minutes, *shown)


def _by_method(groups: Sequence[Group]) -> dict[str, tuple[int, list[CellRecord]]]:
    """How many cells each method has, and their records as far as there are any."""
    found: dict[str, tuple[int, list[CellRecord]]] = {}
    for group in groups:
        count, records = found.get(group.key.method, (0, []))
        found[group.key.method] = (count + len(group.seeds), [*records, *group.records.values()])
    return found


def _sums(grid: Grid, groups: Sequence[Group]) -> Iterator[tuple[str, ...]]:
    for method, (count, records) in _by_method(groups).items():
        used = sum(map(used_by, records), Usage())
        measured = sum((record.measuring for record in records), Usage())
        minutes = math.fsum(record.minutes for record in records)
        done = sum(record.status == "done" for record in records)
        cells = f"{done}" if done == count else f"{done} done of {count}"
        counts = (number(used.requests), number(used.tokens), dollars(used), number(minutes), dollars(measured))
        yield (grid.method_label(method), cells, *counts)


def _data(group: Group) -> dict[str, JsonValue]:
    seeds: dict[str, JsonValue] = {
        str(seed): {
            "status": record.status,
            "usage": {role: used.model_dump(mode="json") for role, used in record.usage.items()},
            "measuring": record.measuring.model_dump(mode="json"),
            "minutes": record.minutes,
        }
        for seed, record in group.records.items()
    }
    sides: tuple[Side, Side] = ("before", "after")
    tasks: dict[str, JsonValue] = {f"tokens_a_task_{side}": a_task(group.scores("test", side)) for side in sides}
    return {**group.key.model_dump(mode="json", exclude={"seed"}), "seeds": seeds, **tasks}


def _sum_data(groups: Sequence[Group]) -> Iterator[dict[str, JsonValue]]:
    for method, (count, records) in _by_method(groups).items():
        used = sum(map(used_by, records), Usage())
        minutes = math.fsum(record.minutes for record in records)
        yield {"method": method, "cells": count, "usage": used.model_dump(mode="json"), "minutes": minutes}
