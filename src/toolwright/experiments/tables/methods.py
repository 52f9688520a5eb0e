"""The tables that set methods beside each other: ablations, baselines, batch sizes.

Example:
    ablation_table(grid, "ablation", "")
"""

from typing import Final

from toolwright.experiments.paper_figures import BATCHES
from toolwright.experiments.tables.against import Row, against, method_rows
from toolwright.experiments.tables.cells import Grid
from toolwright.experiments.tables.shown import Shown, span
from toolwright.experiments.tables.usage import EXAMPLES_NOTE, examples_of

_UNEQUAL: Final = (
    "The examples are not equal here: whoever sees more may do better by that alone, so compare rows only where they "
    "are equal."
)


def ablation_table(grid: Grid, name: str, title: str) -> Shown:
    """The full method, and each with something left out: the paper's Table 3."""
    return against(grid, name, title or "Ablations", rows=method_rows(grid))


def baselines_table(grid: Grid, name: str, title: str) -> Shown:
    """The method and the baselines: the paper's Table 4."""
    return against(grid, name, title or "Baselines", rows=method_rows(grid))


def batch_table(grid: Grid, name: str, title: str) -> Shown:
    """Training on a fresh batch an epoch, by the batch's size, with its examples: the paper's Fig. 4."""
    rows = [row for row in method_rows(grid) if row.side == "after"]
    sizes = [
        Row(f"{row.label}, {batch_label(grid, row.method)} tasks an epoch", row.method, paper=row.paper) for row in rows
    ]
    notes = (EXAMPLES_NOTE, *((_UNEQUAL,) if _unequal(grid) else ()), BATCHES)
    return against(grid, name, title or "Batch training", rows=sizes, notes=notes, examples=True)


def _unequal(grid: Grid) -> bool:
    """Whether candidates were judged on more examples under one method than under another."""
    seen: dict[tuple[str, str, str], set[float]] = {}
    for group in grid.groups:
        if (examples := examples_of([*group.done.values()])) is not None:
            seen.setdefault((group.key.domain, group.key.agent, group.key.model), set()).add(examples)
    return any(len(found) > 1 for found in seen.values())


def batch_label(grid: Grid, method: str) -> str:
    """How many of the train tasks an epoch sees under a method: "all 20", "5 of 100"."""
    drawn = span([grid.train_tasks(domain, method) for domain in grid.domains])
    size = grid.batch_size(method)
    return f"all {drawn}" if size is None else f"{size} of {drawn}"
