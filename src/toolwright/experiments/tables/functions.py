"""What was learned: size, lines and complexity of the functions, and how much they are used; the paper's Tables 5, 6.

Example:
    functions_table(grid, "functions", "")
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from pydantic import JsonValue

from toolwright.experiments.paper_figures import MODELS, PaperFunctions, paper_functions
from toolwright.experiments.records import CellRecord, FunctionFigures
from toolwright.experiments.tables.cells import Grid, Group, missing_notes
from toolwright.experiments.tables.shown import NONE, Shown, number, percent
from toolwright.experiments.tables.stated import method_notes

_COLUMNS: Final = (
    "domain",
    "agent",
    "method",
    "functions",
    "lines",
    "complexity",
    "calls, first epoch",
    "calls, last epoch",
    "tasks using",
    "most used",
)
_MOST: Final = 5
"""Functions named as most used."""


_NOTE: Final = (
    "Means over seeds of the final sets; lines and cyclomatic complexity are means a function. Calls are "
    "successful ones of learned functions on the train tasks, in the first and the last epoch that proposed "
    "some; tasks using is the share of test tasks, in percent, in which one was called successfully. Most used "
    "are those with the most successful calls a seed, on all tasks the final set was run on, each sample once; a seed "
    "without a function of that name counts as none, and where that is so the seeds that called it are counted."
)


class Used(NamedTuple):
    """How much functions of a name are used: successful calls a seed, and in how many seeds there are any."""

    name: str
    calls: float
    seeds: int


class Learned(NamedTuple):
    """Means over the seeds that learned functions; None where no seed has a figure."""

    functions: float
    lines: float | None
    complexity: float | None
    first: float | None
    last: float | None
    failed: float | None
    using: float | None
    most_used: tuple[Used, ...]
    seeds: int


def functions_table(grid: Grid, groups: Sequence[Group], name: str = "functions") -> Shown:
    """The table of every group whose method learns functions.

    Args:
        grid: Names its axes.
        groups: Of which; those that learn none are left out.
        name: What it is called.
    """
    learning = [group for group in groups if grid.method(group).kind in ("train", "divide", "craft") or _figures(group)]
    return Shown(
        name=name,
        title="Learned functions",
        columns=_COLUMNS,
        rows=tuple(_rows(grid, learning)),
        notes=(
            _NOTE,
            "The paper's calls are of its second epoch, the first with functions by its Algorithm 2, and its last one.",
            *((MODELS,) if any(_published(grid, group) for group in learning) else ()),
            *method_notes(grid, learning),
            *missing_notes(learning),
        ),
        data=tuple(_data(group) for group in learning),
    )


def learned(group: Group) -> Learned | None:
    """A group's figures; None where no seed learned functions."""
    figures = _figures(group)
    if not figures:
        return None
    each = [function for one in figures for function in one.functions]
    calls = [one.calls for one in figures if one.calls]
    return Learned(
        functions=len(each) / len(figures),
        lines=_mean([function.lines for function in each]),
        complexity=_mean([function.complexity for function in each if function.complexity is not None]),
        first=_mean([some[0].successful for some in calls]),
        last=_mean([some[-1].successful for some in calls]),
        failed=_mean([some[-1].failed for some in calls]),
        using=_mean([one.tasks_using for one in figures if one.tasks_using is not None]),
        most_used=most_used([dict(one.most_used) for one in figures])[:_MOST],
        seeds=len(figures),
    )


def most_used(seeds: Sequence[Mapping[str, int]]) -> tuple[Used, ...]:
    """The mean calls a seed of every function, most used first, then by name.

    Args:
        seeds: Successful calls by function's name, of each seed that was trained; one may have none.
    """
    names = {name for calls in seeds for name in calls}
    found = (
        Used(name, sum(calls.get(name, 0) for calls in seeds) / len(seeds), sum(name in calls for calls in seeds))
        for name in names
    )
    return tuple(sorted(found, key=lambda used: (-used.calls, used.name)))


def _figures(group: Group) -> list[FunctionFigures]:
    records: list[CellRecord] = [*group.done.values()]
    return [record.functions for record in records if record.functions is not None]


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _rows(grid: Grid, groups: Sequence[Group]) -> Iterator[tuple[str, ...]]:
    paper: dict[str, tuple[str, ...]] = {}
    for group in groups:
        key, found = group.key, learned(group)
        names = (grid.domain_label(key.domain), grid.who(key.agent, key.model), grid.method_label(key.method))
        figures = _texts(found, group.partly) if found else (NONE if group.done else group.status, *[NONE] * 6)
        yield (*names, *figures)
        published = _published(grid, group)
        if published is not None:
            row = (f"{published.complexity:.1f}", f"{published.first}", f"{published.last}", NONE, NONE)
            paper[published.dataset] = (published.dataset, "paper", NONE, NONE, NONE, *row)
    yield from paper.values()


def _published(grid: Grid, group: Group) -> PaperFunctions | None:
    return paper_functions(grid.experiment.domains[group.key.domain].paper)


def _texts(found: Learned, partly: str) -> tuple[str, ...]:
    counts = (found.lines, found.complexity, found.first, found.last)
    using = NONE if found.using is None else percent(found.using)
    most = ", ".join(_used_text(used, found.seeds) for used in found.most_used) or NONE
    return (f"{number(found.functions)}{partly}", *map(number, counts), using, most)


def _used_text(used: Used, seeds: int) -> str:
    among = "" if used.seeds == seeds else f"; {used.seeds} of {seeds} seeds"
    return f"{used.name} ({number(used.calls)}{among})"


def _data(group: Group) -> dict[str, JsonValue]:
    found = learned(group)
    return {
        **group.key.model_dump(mode="json", exclude={"seed"}),
        "missing": [*group.missing],
        "functions": None if found is None else _figures_data(found),
    }


def _figures_data(found: Learned) -> dict[str, JsonValue]:
    return {**found._asdict(), "most_used": {used.name: used.calls for used in found.most_used}}
