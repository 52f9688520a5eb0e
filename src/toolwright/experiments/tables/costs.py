"""What learning took, cell by cell and by method, and what a task takes before and after; the paper has no such table.

Example:
    by_cell, by_method = cost_tables(grid, groups)
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import JsonValue

from toolwright.experiments.paper_figures import COSTS
from toolwright.experiments.records import CellRecord
from toolwright.experiments.tables.cells import SIDES, Grid, Group, missing_notes
from toolwright.experiments.tables.shown import NONE, Shown, dollars, minutes_text, number
from toolwright.experiments.tables.stated import method_notes
from toolwright.experiments.tables.usage import (
    LEARNING_NOTE,
    READINGS_NOTE,
    TASK_NOTE,
    a_task,
    learning,
    learning_agent,
    mean_usage,
    read_beside,
    read_test,
    readings_minutes,
    requests_a_task,
    took,
    used_by,
)
from toolwright.messages import Usage

_READ: Final = ("requests of readings", "tokens of readings", "dollars of readings", "minutes of readings")
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
    "tokens a task after",
    "requests a task before",
    "requests a task after",
    "sealed test's tokens",
    *_READ,
)
_NOTES: Final = (
    "Means over seeds of one cell.",
    LEARNING_NOTE,
    f"{TASK_NOTE} The sealed test and the readings only measure.",
    READINGS_NOTE,
    "Dollars are unknown where a model's price is not in the configuration.",
    COSTS,
)
_SUM_COLUMNS: Final = (
    "method",
    "cells",
    "requests",
    "tokens",
    "dollars",
    "minutes",
    "requests of learning",
    "tokens of learning",
    "dollars of learning",
    *_READ,
)
_SUM_NOTES: Final = (
    "Sums over all cells and seeds, with what cells that failed or are incomplete took.",
    (
        "Requests, tokens and dollars are of both roles, the sealed test among them; those of learning are without it, "
        "but for a test that was not read to its end."
    ),
    "Minutes are wall-clock time of each cell's sessions.",
    READINGS_NOTE,
    COSTS,
)


def cost_tables(grid: Grid, groups: Sequence[Group], name: str = "costs") -> tuple[Shown, Shown]:
    """The table by cell, and the one by method, and model where there are several, with sums over cells and seeds."""
    stated, missing = method_notes(grid, groups), missing_notes(groups)
    columns = ("method", "model", *_SUM_COLUMNS[1:]) if len(grid.models) > 1 else _SUM_COLUMNS
    by_cell = Shown(
        name=name,
        title="Costs of a cell",
        columns=_COLUMNS,
        rows=tuple(_row(grid, group) for group in groups),
        notes=(*_NOTES, *stated, *missing),
        data=tuple(_data(group) for group in groups),
    )
    by_method = Shown(
        name=f"{name}-by-method",
        title="Costs by method",
        columns=columns,
        rows=tuple(_sums(grid, groups)),
        notes=(*_SUM_NOTES, *stated),
        data=tuple(_sum_data(groups)),
    )
    return by_cell, by_method


def _row(grid: Grid, group: Group) -> tuple[str, ...]:
    key, done = group.key, [*group.done.values()]
    names = (grid.domain_label(key.domain), grid.who(key.agent, key.model), grid.method_label(key.method))
    if not done:
        return (*names, group.status, *[NONE] * (len(_COLUMNS) - 4))
    requests, tokens, price, minutes = took(done)
    optimizer = [record.usage.get("optimizer", Usage()) for record in done]
    roles = ([learning_agent(record) for record in done], optimizer)
    tasks = (number(a_task(group.scores("test", side)), 0) for side in SIDES)
    asked = (number(requests_a_task(group.scores("test", side))) for side in SIDES)
    return (
        *names,
        f"{requests}{group.partly}",
        tokens,
        price,
        minutes,
        *(number(mean_usage(some).tokens) for some in roles),
        *tasks,
        *asked,
        number(mean_usage([read_test(record) for record in done]).tokens),
        *_texts(mean_usage([record.measuring for record in done]), readings_minutes(done) / len(done)),
    )


def _texts(used: Usage, minutes: float) -> tuple[str, str, str, str]:
    return number(used.requests), number(used.tokens), dollars(used), minutes_text(minutes)


def _by_method(groups: Sequence[Group]) -> dict[tuple[str, str], tuple[int, list[CellRecord]]]:
    """How many cells each method has with each model, and their records as far as there are any.

    Models are never added: a token of one is not a token of another, in dollars or in what it is good for.
    """
    found: dict[tuple[str, str], tuple[int, list[CellRecord]]] = {}
    for group in groups:
        which = (group.key.method, group.key.model)
        count, records = found.get(which, (0, []))
        found[which] = (count + len(group.seeds), [*records, *group.records.values()])
    return found


def _sums(grid: Grid, groups: Sequence[Group]) -> Iterator[tuple[str, ...]]:
    for (method, model), (count, records) in _by_method(groups).items():
        used, learned, measured = (sum(map(get, records), Usage()) for get in (used_by, learning, read_beside))
        done = sum(record.status == "done" for record in records)
        cells = f"{done}" if done == count else f"{done} done of {count}"
        yield (
            grid.method_label(method),
            *((model,) if len(grid.models) > 1 else ()),
            cells,
            *_texts(used, math.fsum(record.minutes for record in records)),
            number(learned.requests),
            number(learned.tokens),
            dollars(learned),
            *_texts(measured, readings_minutes(records)),
        )


def _data(group: Group) -> dict[str, JsonValue]:
    seeds: dict[str, JsonValue] = {
        str(seed): {
            "status": record.status,
            "usage": {role: used.model_dump(mode="json") for role, used in record.usage.items()},
            "learning": learning(record).model_dump(mode="json"),
            "measuring": record.measuring.model_dump(mode="json"),
            "minutes": record.minutes,
            "measuring_minutes": record.measuring_minutes,
        }
        for seed, record in group.records.items()
    }
    tasks: dict[str, JsonValue] = {}
    for side in SIDES:
        scores = group.scores("test", side)
        tasks |= {f"tokens_a_task_{side}": a_task(scores), f"requests_a_task_{side}": requests_a_task(scores)}
    return {**group.key.model_dump(mode="json", exclude={"seed"}), "seeds": seeds, **tasks}


def _sum_data(groups: Sequence[Group]) -> Iterator[dict[str, JsonValue]]:
    for (method, model), (count, records) in _by_method(groups).items():
        used, learned, measured = (sum(map(get, records), Usage()) for get in (used_by, learning, read_beside))
        yield {
            "method": method,
            "model": model,
            "cells": count,
            "usage": used.model_dump(mode="json"),
            "learning": learned.model_dump(mode="json"),
            "measuring": measured.model_dump(mode="json"),
            "minutes": math.fsum(record.minutes for record in records),
            "measuring_minutes": readings_minutes(records),
        }
