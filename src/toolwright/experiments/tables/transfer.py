"""The transfer matrix: functions learned on one domain's tasks, on the test tasks of the others; the paper's Fig. 3.

Each cell has two deltas: to the functions learned on the tested domain itself (the diagonal), and to no training.

Example:
    transfer_table(grid, "transfer", "")
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from pydantic import JsonValue

from toolwright.experiments.paper_figures import MODELS, paper_transfer
from toolwright.experiments.records import CellRecord
from toolwright.experiments.statistics import BySeed, Difference, Mean, compared, holm, mean_of, mean_score
from toolwright.experiments.tables.cells import NOT_READ, Grid, Group, Side, fewer_notes
from toolwright.experiments.tables.shown import (
    DISAGREE,
    NONE,
    Shown,
    counts_note,
    difference_data,
    marks_of,
    mean_data,
    p_value,
    percent,
    points,
    published,
    unique,
)
from toolwright.experiments.tables.stated import compared_over, table_notes

_CELLS: Final = (
    "Cells are the mean test score in percent; then the difference, in points, to the functions learned on the tested "
    "domain itself (own) and to no training (none), each with its p over tasks by Holm's correction over this table."
)


_FIG_3: Final = "The paper's Fig. 3 is drawn; the figures given here as its own stand in its text or in its Table 1."


class Transferred(NamedTuple):
    """Functions of one domain on another's test tasks, or on its own.

    Attributes:
        trained: The cells they were learned in.
        tested: The tested domain's own cells.
        mean: Their test score; None where it was not read.
        own: How much higher it is than that of the functions learned on the tested domain; None on the diagonal.
        none: How much higher it is than that without training.
        adjusted: Both p-values by Holm's correction over the table.
    """

    trained: Group
    tested: Group
    mean: Mean | None
    own: Difference | str | None
    none: Difference | str
    adjusted: tuple[float | None, float | None] = (None, None)

    @property
    def diagonal(self) -> bool:
        """Whether the functions are the tested domain's own."""
        return self.trained.key.domain == self.tested.key.domain


def transfer_table(grid: Grid, name: str, title: str) -> Shown:
    """The matrix, a row a domain trained on, with no training as the last one."""
    cells = transferred(grid)
    means = [cell.mean for cell in cells if cell.mean is not None]
    return Shown(
        name=name,
        title=title or "Domain transfer",
        columns=("agent", "method", "trained on", *(f"on {grid.domain_label(domain)}" for domain in grid.domains)),
        rows=tuple(_rows(grid, cells)),
        notes=(
            _CELLS,
            *([f"Intervals, and differences over seeds, are in the data. {counts_note(means)}"] if means else []),
            *marks_of(one for cell in cells for one in (cell.own, cell.none) if one is not None),
            *unique(_limits(grid, cells)),
            *_paper_notes(grid, cells),
            *table_notes(grid, grid.groups),
            *_others_note(grid),
            *fewer_notes(
                (note for group in grid.groups for note in group.unread_notes(_lacking(grid, grid.domains))), NOT_READ
            ),
        ),
        data=tuple(_data(grid, cell) for cell in cells),
    )


def transferred(grid: Grid) -> list[Transferred]:
    """Every cell of the matrix, by agent, model and method, then by the domain trained on."""
    found = [
        _one(trained, grid.group(domain, trained.key.agent, trained.key.model, trained.key.method))
        for trained in grid.groups
        for domain in grid.domains
    ]
    both = [one for cell in found for one in (cell.own, cell.none)]
    adjusted = holm([one.p_tasks if isinstance(one, Difference) else None for one in both])
    pairs = zip(adjusted[::2], adjusted[1::2], strict=True)
    return [cell._replace(adjusted=pair) for cell, pair in zip(found, pairs, strict=True)]


def _one(trained: Group, tested: Group) -> Transferred:
    own = tested.scores("test", "after")
    diagonal = trained.key == tested.key
    scores = _scores(trained, tested)
    difference = None if diagonal else compared(own, scores)
    return Transferred(trained, tested, mean_of(scores), difference, compared(tested.scores("test", "before"), scores))


def _scores(trained: Group, tested: Group) -> BySeed:
    """The scores of a cell of the matrix, by seed: on the diagonal those of the domain's own test."""
    domain = tested.key.domain
    if trained.key.domain == domain:
        return trained.scores("test", "after")
    return {seed: record.transfer[domain] for seed, record in trained.done.items() if domain in record.transfer}


def _rows(grid: Grid, cells: Sequence[Transferred]) -> Iterator[tuple[str, ...]]:
    width = len(grid.domains)
    for place in range(0, len(cells), width):
        some = cells[place : place + width]
        key = some[0].trained.key
        names = (grid.who(key.agent, key.model), grid.method_label(key.method))
        yield (*names, grid.domain_label(key.domain), *(_text(cell, wanted=grid.is_read(key.method)) for cell in some))
        figures = [_paper(grid, cell) for cell in some]
        if any(figure is not None for figure in figures):
            yield (*names, f"paper: {grid.domain_label(key.domain)}", *map(published, figures))
        if (place // width + 1) % width == 0:
            yield (*names, "no training", *(_before(cell.tested) for cell in some))


def _lacking(grid: Grid, domains: Sequence[str]) -> Callable[[CellRecord], str]:
    """Tells on which of these domains a cell was not read."""

    def lacking(record: CellRecord) -> str:
        held = {record.key.domain, *record.transfer}
        labels = [grid.domain_label(domain) for domain in domains if domain not in held]
        return f"on {', '.join(labels)}" if labels and grid.is_read(record.key.method) else ""

    return lacking


def _others_note(grid: Grid) -> Iterator[str]:
    others = [grid.method_label(name) for name in grid.methods if not grid.is_read(name)]
    if others:
        yield f"Only trainings are read on other domains, and not: {', '.join(others)}."


def _text(cell: Transferred, *, wanted: bool) -> str:
    if not cell.trained.done:
        return cell.trained.status
    if cell.mean is None:
        return NOT_READ if wanted else NONE
    own, none = cell.adjusted
    parts = [
        percent(cell.mean.mean) + cell.trained.part(cell.mean.over_seeds),
        _delta("own", cell.own, own),
        _delta("none", cell.none, none),
    ]
    return "; ".join(part for part in parts if part)


def _delta(label: str, found: Difference | str | None, p: float | None) -> str:
    if not isinstance(found, Difference):
        return ""
    return f"{label} {points(found.mean)} (p {p_value(p)}{DISAGREE if found.disagree else ''})"


def _before(group: Group) -> str:
    mean = mean_score(group.scores("test", "before"))
    if not group.done:
        return group.status
    return NONE if mean is None else percent(mean) + group.partly


def _limits(grid: Grid, cells: Sequence[Transferred]) -> Iterator[str]:
    """Why measured cells are not compared, or over which seeds alone, which their means do not tell."""
    for cell in cells:
        if cell.mean is None or not cell.tested.done:
            continue
        ours = _scores(cell.trained, cell.tested)
        sides: tuple[tuple[str, Difference | str | None, Side], ...] = (
            ("own", cell.own, "after"),
            ("none", cell.none, "before"),
        )
        for label, found, side in sides:
            over = compared_over(ours, cell.tested.scores("test", side))
            if isinstance(found, str):
                yield f"{_where(grid, cell)}: not compared to {label}: {found}."
            elif found is not None and over:
                yield f"{_where(grid, cell)}: compared to {label} {over}."


def _where(grid: Grid, cell: Transferred) -> str:
    """A cell of the matrix in words, with its agent and method where there are several."""
    key = cell.trained.key
    axes = ((grid.agents, grid.agent_label(key.agent)), (grid.models, key.model))
    several = [name for names, name in (*axes, (grid.methods, grid.method_label(key.method))) if len(names) > 1]
    return ", ".join([*several, f"{grid.domain_label(key.domain)} on {grid.domain_label(cell.tested.key.domain)}"])


def _paper_notes(grid: Grid, cells: Sequence[Transferred]) -> tuple[str, ...]:
    if all(_paper(grid, cell) is None for cell in cells):
        return ()
    return (_FIG_3, MODELS)


def _paper(grid: Grid, cell: Transferred) -> float | None:
    agent = grid.experiment.agents[cell.trained.key.agent].paper
    names = (grid.experiment.domains[group.key.domain].paper for group in (cell.trained, cell.tested))
    return paper_transfer(*names) if agent == "GPT-4+" and grid.method(cell.trained).paper == "with" else None


def _data(grid: Grid, cell: Transferred) -> dict[str, JsonValue]:
    key = cell.trained.key.model_dump(mode="json", exclude={"seed", "domain"})
    own, none = cell.adjusted
    return {
        **key,
        "trained": cell.trained.key.domain,
        "tested": cell.tested.key.domain,
        "test": mean_data(cell.mean),
        "to_own": None if cell.own is None else difference_data(cell.own, own),
        "to_none": difference_data(cell.none, none),
        "paper": _paper(grid, cell),
        "missing": [*cell.trained.missing, *cell.trained.unread(_lacking(grid, (cell.tested.key.domain,)))],
    }
