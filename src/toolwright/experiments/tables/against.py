"""Methods against one of them, by domain: what the tables of ablations, baselines and batches are made of.

Each cell is the test mean; the methods that are not the reference have, too, how they differ from it on the same test
tasks. A reference that trains stands there a second time as "no training": its cells before.

Example:
    against(grid, "ablation", "Ablations", rows=method_rows(grid))
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from pydantic import JsonValue

from toolwright.experiments.paper_figures import PaperFigure
from toolwright.experiments.statistics import Difference, Mean, compared, holm, mean_of
from toolwright.experiments.tables.cells import Grid, Group, Side
from toolwright.experiments.tables.shown import (
    INTERVAL_AND_P,
    NONE,
    OVER_SEEDS,
    Shown,
    difference_data,
    difference_text,
    interval_text,
    intervals_note,
    marks_of,
    mean_data,
    number,
    p_text,
    published,
    seeds_text,
    test_text,
    unique,
)
from toolwright.experiments.tables.stated import compared_over, paper_notes, same_draws, table_notes
from toolwright.experiments.tables.usage import examples_of

NO_TRAINING: Final = "no training"

COMPARED: Final = (
    "then, in points, how it differs from {} on the same test tasks, with its interval and p over tasks, and the same "
    "p by Holm's correction over this table."
)
"""How a cell's comparison is read; with the reference's label."""

_SEVERAL_SEEDS: Final = (
    f"Over seeds: {OVER_SEEDS}. Over tasks covers another draw of test tasks, over seeds another training, on another "
    "draw of train tasks where seeds differ in these; a claim about a method needs both."
)


class Row(NamedTuple):
    """A method of a table, or the reference before it trained."""

    label: str
    method: str
    side: Side = "after"
    paper: str = ""


class Cell(NamedTuple):
    """One method in one domain.

    Attributes:
        row, group: Which.
        mean: Its test score.
        seeds: Those that score is of.
        reference: The seeds of the score it is compared to.
        difference: None for the reference itself.
        adjusted, adjusted_seeds: Its p-values over tasks and over seeds, by Holm's correction over the table.
    """

    row: Row
    group: Group
    mean: Mean | None
    seeds: frozenset[int]
    reference: frozenset[int]
    difference: Difference | str | None
    adjusted: float | None = None
    adjusted_seeds: float | None = None


def method_rows(grid: Grid) -> list[Row]:
    """The reference first, then it before training where no method of its own is that, then the others."""
    methods, full = grid.experiment.methods, grid.full
    rows = [Row(grid.method_label(full), full, paper=methods[full].paper)]
    if grid.learns(full) and not any(_untrained(grid, name) for name in grid.methods):
        rows.append(Row(NO_TRAINING, full, "before", "without"))
    others = [name for name in grid.methods if name != full]
    return [*rows, *(Row(grid.method_label(name), name, paper=methods[name].paper) for name in others)]


def _untrained(grid: Grid, name: str) -> bool:
    """Whether a method only evaluates the very agents that the reference trains; another option makes others."""
    where = product(grid.domains, grid.agents)
    return grid.experiment.methods[name].kind == "none" and all(
        grid.options(*at, name) == grid.options(*at, grid.full) for at in where
    )


def against(
    grid: Grid, name: str, title: str, *, rows: Sequence[Row], notes: Sequence[str] = (), examples: bool = False
) -> Shown:
    """The table.

    Args:
        grid: Its cells.
        name: What files call it.
        title: What it shows.
        rows: Its methods; the first is what the others are measured against.
        notes: What else is to be known of it.
        examples: Whether each row tells how many examples its cells' candidates were judged on.
    """
    cells = cells_against(grid, rows)
    more = ("examples",) if examples else ()
    return Shown(
        name=name,
        title=title,
        columns=("agent", "method", *more, *map(grid.domain_label, grid.domains)),
        rows=tuple(_rows(grid, cells, examples=examples)),
        notes=(
            f"Cells are the mean test score in percent with its interval; {COMPARED.format(rows[0].label)}",
            *cell_notes(grid, cells, notes),
        ),
        data=tuple(cell_data(grid, cell) for cell in cells),
    )


def cell_notes(grid: Grid, cells: Sequence[Cell], more: Sequence[str] = ()) -> tuple[str, ...]:
    """How the cells' figures are made, what could not be compared, what is more to be known, and what is missing."""
    found = [cell.difference for cell in cells if isinstance(cell.difference, Difference)]
    several, groups = any(one.over_seeds > 1 for one in found), [cell.group for cell in cells]
    notes = (
        *intervals_note([cell.mean for cell in cells]),
        *((INTERVAL_AND_P,) if found else ()),
        *((_SEVERAL_SEEDS, same_draws(grid, groups)) if several else ()),
        *marks_of(cell.difference for cell in cells if cell.difference is not None),
        *unique(_limited(grid, cell) for cell in cells),
        *more,
        *paper_notes(_paper(grid, cell) for cell in cells),
        *table_notes(grid, groups),
    )
    return unique(notes)


def cells_against(grid: Grid, rows: Sequence[Row]) -> list[Cell]:
    """Every cell by agent, model, row, then domain, compared to the first row's and corrected together."""
    found: list[Cell] = []
    for agent, model, row, domain in product(grid.agents, grid.models, rows, grid.domains):
        group, full = (grid.group(domain, agent, model, one.method) for one in (row, rows[0]))
        ours, theirs = group.scores("test", row.side), full.scores("test", rows[0].side)
        difference = None if row == rows[0] else compared(theirs, ours)
        found.append(Cell(row, group, mean_of(ours), frozenset(ours), frozenset(theirs), difference))
    differences = [cell.difference if isinstance(cell.difference, Difference) else None for cell in found]
    tasks = holm([one and one.p_tasks for one in differences])
    seeds = holm([one and one.p_seeds for one in differences])
    return [cell._replace(adjusted=p, adjusted_seeds=q) for cell, p, q in zip(found, tasks, seeds, strict=True)]


def _rows(grid: Grid, cells: Sequence[Cell], *, examples: bool) -> Iterator[tuple[str, ...]]:
    for place in range(0, len(cells), len(grid.domains)):
        some = cells[place : place + len(grid.domains)]
        key = some[0].group.key
        who = grid.who(key.agent, key.model)
        seen = (_examples(some),) if examples else ()
        yield (who, some[0].row.label, *seen, *map(cell_text, some))
        figures = [_paper(grid, cell) for cell in some]
        if any(figures):
            shown = (NONE if figure is None else published(figure.test) for figure in figures)
            yield (who, f"paper: {some[0].row.label}", *[NONE] * len(seen), *shown)


def _examples(cells: Sequence[Cell]) -> str:
    """A row's examples; those of each domain where they differ."""
    texts = [number(examples_of([*cell.group.done.values()])) for cell in cells]
    return texts[0] if len({*texts}) == 1 else " / ".join(texts)


def cell_text(cell: Cell) -> str:
    """The test mean with its interval, and how it differs from the reference's."""
    if not cell.group.done:
        return cell.group.status
    if cell.mean is None:
        return NONE
    text = f"{interval_text(cell.mean)}{cell.group.partly}"
    if not isinstance(cell.difference, Difference):
        return text
    found, over = cell.difference, seeds_text(cell.difference, cell.adjusted_seeds)
    tasks = f"{difference_text(found)}, {p_text(test_text(found), cell.adjusted)}"
    return f"{text}; {tasks}; over seeds {over}" if over else f"{text}; {tasks}"


def _limited(grid: Grid, cell: Cell) -> str:
    """Why two measured cells are not compared, or over which of their seeds alone, so that means do not tell it."""
    if cell.difference is None or cell.mean is None:
        return ""
    key = cell.group.key
    where = f"{grid.who(key.agent, key.model)}, {cell.row.label}, {grid.domain_label(key.domain)}"
    if isinstance(cell.difference, str):
        return f"{where}: not compared: {cell.difference}."
    over = compared_over(cell.seeds, cell.reference)
    return f"{where}: compared {over}." if over else ""


def _paper(grid: Grid, cell: Cell) -> PaperFigure | None:
    return grid.paper(cell.group, cell.row.paper)


def cell_data(grid: Grid, cell: Cell) -> dict[str, JsonValue]:
    """A cell's raw figures."""
    figure = _paper(grid, cell)
    return {
        **cell.group.key.model_dump(mode="json", exclude={"seed"}),
        "row": cell.row.label,
        "side": cell.row.side,
        "seeds": [*cell.group.done],
        "missing": [*cell.group.missing],
        "examples": examples_of([*cell.group.done.values()]) if cell.row.side == "after" else None,
        "test": mean_data(cell.mean),
        "difference": cell.difference and difference_data(cell.difference, cell.adjusted, cell.adjusted_seeds),
        "paper": None if figure is None else figure.model_dump(mode="json"),
    }
