"""Ways past the optimizer's context by the number of train tasks: the longest prompt, what learning takes, the scores.

Example:
    scaling_table(grid, "scaling", "")
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import JsonValue

from toolwright.experiments.records import CellRecord
from toolwright.experiments.statistics import mean_of
from toolwright.experiments.tables.against import (
    COMPARED,
    Cell,
    cell_data,
    cell_notes,
    cell_text,
    cells_against,
    method_rows,
)
from toolwright.experiments.tables.cells import Grid, Group
from toolwright.experiments.tables.shown import NONE, Shown, interval_text, number
from toolwright.experiments.tables.usage import (
    EXAMPLES_NOTE,
    LEARNING_NOTE,
    TASK_NOTE,
    a_task,
    examples_of,
    learning,
    mean_usage,
    took,
    used_by,
)

_COLUMNS: Final = (
    "agent",
    "domain",
    "method",
    "train tasks",
    "examples",
    "longest prompt",
    "requests",
    "tokens",
    "dollars",
    "minutes",
    "tokens a task",
    "train after",
    "test after",
)
_SCALING_NOTE: Final = (
    "The longest prompt is the optimizer's, in tokens, of all epochs and seeds; examples, requests, tokens, "
    "dollars and minutes are means over seeds of one cell."
)
_BATCH_NOTE: Final = (
    "Where an epoch sees a batch, train after is of the final functions' last batch alone, not of all train tasks."
)


def scaling_table(grid: Grid, name: str, title: str) -> Shown:
    """What each method takes by the number of train tasks, how long its longest prompt is, and how well it does."""
    rows = [row for row in method_rows(grid) if row.side == "after"]
    cells = cells_against(grid, rows)
    return Shown(
        name=name,
        title=title or "Past the optimizer's context",
        columns=_COLUMNS,
        rows=tuple(_rows(grid, cells)),
        notes=(
            _SCALING_NOTE,
            EXAMPLES_NOTE,
            LEARNING_NOTE,
            TASK_NOTE,
            f"Test after is the mean with its interval; {COMPARED.format(rows[0].label)}",
            *cell_notes(grid, cells, (_BATCH_NOTE,) if any(grid.batch_size(one) for one in grid.methods) else ()),
        ),
        data=tuple({**cell_data(grid, cell), **_data(grid, cell.group)} for cell in cells),
    )


def _rows(grid: Grid, cells: Sequence[Cell]) -> Iterator[tuple[str, ...]]:
    for cell in cells:
        group, key, done = cell.group, cell.group.key, [*cell.group.done.values()]
        names = (grid.who(key.agent, key.model), grid.domain_label(key.domain), cell.row.label)
        tasks = f"{grid.train_tasks(key.domain, key.method)}"
        if not done:
            yield (*names, tasks, group.status, *[NONE] * 8)
            continue
        train = mean_of(group.scores("train", "after"))
        yield (
            *names,
            tasks,
            number(examples_of(done)),
            number(longest_prompt(done)),
            *took(done),
            number(a_task(group.scores("test", "after")), 0),
            NONE if train is None else f"{interval_text(train)}{group.partly}",
            cell_text(cell),
        )


def longest_prompt(records: Sequence[CellRecord]) -> float | None:
    """The optimizer's longest prompt in tokens; None where no epoch asked it."""
    return max(
        (point.prompt_tokens for record in records for point in record.points if point.prompt_tokens), default=None
    )


def _data(grid: Grid, group: Group) -> dict[str, JsonValue]:
    done = [*group.done.values()]
    whole, learned = ([get(record) for record in done] for get in (used_by, learning))
    return {
        "train_tasks": grid.train_tasks(group.key.domain, group.key.method),
        "prompt_tokens": longest_prompt(done),
        "prompt_tokens_by_epoch": {
            str(seed): [point.prompt_tokens for point in record.points] for seed, record in group.done.items()
        },
        "usage": mean_usage(whole).model_dump(mode="json") if done else None,
        "learning": mean_usage(learned).model_dump(mode="json") if done else None,
        "tokens_a_task": a_task(group.scores("test", "after")),
        "minutes": math.fsum(record.minutes for record in done) / len(done) if done else None,
    }
