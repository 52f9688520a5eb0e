"""The tables that set methods beside each other: ablations, baselines, batch sizes, ways past the context's limit.

Example:
    ablation_table(grid, "ablation", "")
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import JsonValue

from toolwright.experiments.paper_figures import BATCHES
from toolwright.experiments.records import CellRecord
from toolwright.experiments.statistics import mean_of
from toolwright.experiments.tables.against import Row, against, method_rows
from toolwright.experiments.tables.cells import Grid, Group
from toolwright.experiments.tables.shown import NONE, Shown, dollars, interval_text, number, unique
from toolwright.messages import Usage


def ablation_table(grid: Grid, name: str, title: str) -> Shown:
    """The full method, and each with something left out: the paper's Table 3."""
    return against(grid, name, title or "Ablations", rows=method_rows(grid))


def baselines_table(grid: Grid, name: str, title: str) -> Shown:
    """The method and the baselines: the paper's Table 4; what stands for what could not be had is named."""
    substitutes = unique(
        f"{grid.method_label(group.key.method)}: {text}"
        for group in grid.groups
        for record in group.done.values()
        for text in record.substitutes
    )
    return against(grid, name, title or "Baselines", rows=method_rows(grid), notes=substitutes)


def batch_table(grid: Grid, name: str, title: str) -> Shown:
    """Training on a fresh batch an epoch, by the batch's size: the paper's Fig. 4."""
    rows = [row for row in method_rows(grid) if row.side == "after"]
    sizes = [Row(f"{row.label}, {batch_label(grid, row.method)}", row.method, paper=row.paper) for row in rows]
    return against(grid, name, title or "Batch training", rows=sizes, notes=(BATCHES,))


def batch_label(grid: Grid, method: str) -> str:
    """How many train tasks an epoch sees under a method, in words."""
    size = batch_size(grid, method)
    return "all train tasks an epoch" if size is None else f"{size} tasks an epoch"


def batch_size(grid: Grid, method: str) -> int | None:
    """How many train tasks an epoch sees under a method; None for all of them."""
    size = grid.experiment.methods[method].training.get("batch", grid.experiment.training.batch)
    return int(size) if isinstance(size, int | float) and size else None


def train_tasks(grid: Grid, group: Group) -> int:
    """How many train tasks a group's cells draw."""
    draw = grid.experiment.domains[group.key.domain].draw.train
    return grid.method(group).draw.get("train", draw)


_SCALING = ("agent", "domain", "method", "train tasks", "longest prompt", "requests", "tokens", "dollars", "minutes")


_SCALING_NOTE: Final = (
    "The longest prompt is the optimizer's, in tokens, of all epochs and seeds; requests, tokens, dollars and "
    "minutes are means over seeds, of both roles, without what only measured."
)

_BATCH_NOTE: Final = (
    "Where an epoch sees a batch, train after is of the final functions' last batch alone, not of all train tasks."
)


def scaling_table(grid: Grid, name: str, title: str) -> Shown:
    """What each method takes by the number of train tasks, and how long its longest prompt is."""
    return Shown(
        name=name,
        title=title or "Past the optimizer's context",
        columns=(*_SCALING, "train after", "test after"),
        rows=tuple(_scaling(grid)),
        notes=(
            _SCALING_NOTE,
            *((_BATCH_NOTE,) if any(batch_size(grid, method) for method in grid.methods) else ()),
            *unique(grid.notes()),
        ),
        data=tuple(_scaling_data(grid, group) for group in grid.groups),
    )


def _scaling(grid: Grid) -> Iterator[tuple[str, ...]]:
    for group in grid.groups:
        key, done = group.key, [*group.done.values()]
        names = (grid.who(key.agent, key.model), grid.domain_label(key.domain), grid.method_label(key.method))
        if not done:
            yield (*names, f"{train_tasks(grid, group)}", group.status, *[NONE] * 6)
            continue
        means = [mean_of(group.scores(split, "after")) for split in ("train", "test")]
        yield (
            *names,
            f"{train_tasks(grid, group)}",
            number(longest_prompt(done)),
            *took(done),
            *(NONE if mean is None else f"{interval_text(mean)}{group.partly}" for mean in means),
        )


def longest_prompt(records: Sequence[CellRecord]) -> float | None:
    """The optimizer's longest prompt in tokens; None where no epoch asked it."""
    return max(
        (point.prompt_tokens for record in records for point in record.points if point.prompt_tokens), default=None
    )


def took(records: Sequence[CellRecord]) -> tuple[str, str, str, str]:
    """Requests, tokens, dollars and minutes of a cell, each the mean over these records."""
    used = mean_usage([sum(record.usage.values(), Usage()) for record in records])
    minutes = math.fsum(record.minutes for record in records) / len(records)
    return number(used.requests), number(used.tokens), dollars(used), number(minutes)


def mean_usage(usages: Sequence[Usage]) -> Usage:
    """The mean of several; counts are rounded, an unknown price stays unknown."""
    total, count = sum(usages, Usage()), len(usages)
    return Usage(
        requests=round(total.requests / count),
        input_tokens=round(total.input_tokens / count),
        output_tokens=round(total.output_tokens / count),
        cached_tokens=round(total.cached_tokens / count),
        dollars=None if total.dollars is None else total.dollars / count,
    )


def _scaling_data(grid: Grid, group: Group) -> dict[str, JsonValue]:
    done = [*group.done.values()]
    usage = mean_usage([sum(record.usage.values(), Usage()) for record in done]) if done else None
    return {
        **group.key.model_dump(mode="json", exclude={"seed"}),
        "train_tasks": train_tasks(grid, group),
        "prompt_tokens": longest_prompt(done),
        "prompt_tokens_by_epoch": {
            str(seed): [point.prompt_tokens for point in record.points] for seed, record in group.done.items()
        },
        "usage": None if usage is None else usage.model_dump(mode="json"),
        "minutes": math.fsum(record.minutes for record in done) / len(done) if done else None,
        "missing": [*group.missing],
    }
