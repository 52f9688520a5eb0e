"""The table of models: the same method with each model, before and after; the paper's Table 7.

Example:
    models_table(grid, "models", "").rows[0]
"""

from toolwright.experiments.tables.cells import Grid
from toolwright.experiments.tables.shown import Shown
from toolwright.experiments.tables.stated import table_notes
from toolwright.experiments.tables.tested import (
    Tested,
    figure_cells,
    figure_data,
    figure_notes,
    over_seeds,
    test_columns,
    tested_groups,
)


def models_table(grid: Grid, name: str, title: str) -> Shown:
    """Before and after by model; a model of the paper's Table 7 is known by its name there."""
    by_model = [group for model in grid.models for group in grid.groups if group.key.model == model]
    tested = tested_groups(by_model, by_model=True)
    seeds = over_seeds(tested)
    return Shown(
        name=name,
        title=title or "Other models",
        columns=("model", "agent", "functions", "domain", *test_columns(seeds=seeds)),
        rows=tuple(_row(grid, one, seeds=seeds) for one in tested),
        notes=(*figure_notes(grid, tested), *table_notes(grid, grid.groups)),
        data=tuple(figure_data(grid, one) for one in tested),
    )


def _row(grid: Grid, one: Tested, *, seeds: bool) -> tuple[str, ...]:
    key = one.group.key
    names = (key.model, grid.agent_label(key.agent), grid.method_label(key.method), grid.domain_label(key.domain))
    return (*names, *figure_cells(grid, one, seeds=seeds))
