"""The tables that set methods beside each other: ablations, baselines, batch sizes.

Example:
    ablation_table(grid, "ablation", "")
"""

from toolwright.experiments.paper_figures import BATCHES
from toolwright.experiments.tables.against import Row, against, method_rows
from toolwright.experiments.tables.cells import Grid
from toolwright.experiments.tables.shown import Shown, unique
from toolwright.experiments.tables.usage import EXAMPLES_NOTE


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
    """Training on a fresh batch an epoch, by the batch's size, with its examples: the paper's Fig. 4."""
    rows = [row for row in method_rows(grid) if row.side == "after"]
    sizes = [Row(f"{row.label}, {batch_label(grid, row.method)}", row.method, paper=row.paper) for row in rows]
    return against(grid, name, title or "Batch training", rows=sizes, notes=(EXAMPLES_NOTE, BATCHES), examples=True)


def batch_label(grid: Grid, method: str) -> str:
    """How many train tasks an epoch sees under a method, in words."""
    size = batch_size(grid, method)
    return "all train tasks an epoch" if size is None else f"{size} tasks an epoch"


def batch_size(grid: Grid, method: str) -> int | None:
    """How many train tasks an epoch sees under a method; None for all of them."""
    size = grid.experiment.methods[method].training.get("batch", grid.experiment.training.batch)
    return int(size) if isinstance(size, int | float) and size else None
