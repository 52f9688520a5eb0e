"""The main table, laid out as the paper's Tables 1 and 2, and a second one with its intervals and tests.

Example:
    layout, tests = main_tables(grid, "main", "")
"""

from collections.abc import Iterator, Sequence

from toolwright.experiments.paper_figures import PaperFigure
from toolwright.experiments.statistics import mean_score
from toolwright.experiments.tables.cells import SIDES, Grid, Group, Side
from toolwright.experiments.tables.shown import NONE, Shown, percent, published
from toolwright.experiments.tables.stated import paper_notes, sizes_text, table_notes
from toolwright.experiments.tables.tested import (
    Tested,
    figure_cells,
    figure_data,
    figure_notes,
    figures_beside,
    over_seeds,
    published_on,
    said_counts,
    test_columns,
    tested_groups,
)


def main_tables(grid: Grid, name: str, title: str) -> tuple[Shown, Shown]:
    """The table in the paper's layout, and the table of its tests."""
    title = title or "Before and after training"
    tested = tested_groups(grid.groups, by_model=False)
    seeds = over_seeds(tested)
    stated = table_notes(grid, grid.groups)
    layout = Shown(
        name=name,
        title=title,
        columns=("agent", "functions", *map(grid.domain_label, grid.domains)),
        rows=tuple(_layout(grid)),
        notes=(
            "Cells are train / test, the mean score in percent.",
            sizes_text(grid, grid.groups),
            said_counts(tested),
            *paper_notes(figures_beside(grid, tested)),
            *stated,
        ),
        data=tuple(figure_data(grid, one) for one in tested),
    )
    tests = Shown(
        name=f"{name}-tests",
        title=f"{title}: the tests",
        columns=("agent", "functions", "domain", *test_columns(seeds=seeds)),
        rows=tuple(_row(grid, one, seeds=seeds) for one in tested),
        notes=(*figure_notes(grid, tested), *stated),
        data=layout.data,
    )
    return layout, tests


def _row(grid: Grid, one: Tested, *, seeds: bool) -> tuple[str, ...]:
    key = one.group.key
    who, method = grid.who(key.agent, key.model), grid.method_label(key.method)
    return (who, method, grid.domain_label(key.domain), *figure_cells(grid, one, seeds=seeds))


def _layout(grid: Grid) -> Iterator[tuple[str, ...]]:
    """Rows of an agent without and with each method, ours and then the paper's."""
    for agent in grid.agents:
        for model in grid.models:
            for method in grid.methods:
                groups = [grid.group(domain, agent, model, method) for domain in grid.domains]
                yield from _method_rows(grid, groups)


def _method_rows(grid: Grid, groups: Sequence[Group]) -> Iterator[tuple[str, ...]]:
    key = groups[0].key
    who, label = grid.who(key.agent, key.model), grid.method_label(key.method)
    labels: dict[Side, str] = {"before": f"before {label}", "after": label}
    sides: list[Side] = [side for side in SIDES if side == "after" or grid.learns(key.method)]
    for side in sides:
        yield (who, labels[side], *(_pair(group, side) for group in groups))
    for side in sides:
        figures = [published_on(grid, group, side) for group in groups]
        if any(figures):
            yield (who, f"paper: {labels[side]}", *map(_paper_pair, figures))


def _pair(group: Group, side: Side) -> str:
    if not group.done:
        return group.status
    means = (mean_score(group.scores(split, side)) for split in ("train", "test"))
    shown = (NONE if mean is None else percent(mean) for mean in means)
    return f"{' / '.join(shown)}{group.partly}"


def _paper_pair(figure: PaperFigure | None) -> str:
    return NONE if figure is None else f"{published(figure.train)} / {published(figure.test)}"
