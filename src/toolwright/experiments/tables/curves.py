"""Learning curves as tables, one a domain, agent, model and method: the paper's Fig. 2 in figures.

Example:
    curve_tables(grid, "curves", "")[0].rows[0]
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from pydantic import JsonValue

from toolwright.experiments.paper_figures import CURVES
from toolwright.experiments.records import CellRecord, Point
from toolwright.experiments.tables.cells import NOT_READ, Grid, Group
from toolwright.experiments.tables.shown import NONE, Shown, number, percent

_ENDED: Final = "ended"
"""Stands for the decision in the epochs after a training's last one."""

_ORDER: Final = ("start", "accept", "reject", "undecided", "none", _ENDED)

_WITH_EPOCHS: Final = ("train", "divide")
"""Kinds of methods that have epochs to show."""

ENDED_NOTE: Final = (
    "A training that ended before the longest one stands in the epochs after its end with its best set, by that set's "
    "score on train and on test; else those that solve all and end would leave the mean."
)


class Step(NamedTuple):
    """One epoch over seeds; a list has one value of each seed that has one."""

    epoch: int
    decisions: list[str]
    train: list[float]
    best: list[float]
    test: list[float]
    functions: list[int]


def steps_of(group: Group) -> list[Step]:
    """A group's curve over seeds, by epoch; a seed that ended earlier stands in later ones with its best set."""
    curves = [record.points for record in group.done.values() if record.points]
    last = max((points[-1].epoch for points in curves), default=0)
    points = [point for some in curves for point in (*some, *_after_end(some, last))]
    return [
        _step(epoch, [one for one in points if one.epoch == epoch]) for epoch in sorted({one.epoch for one in points})
    ]


def ended_early(steps: Sequence[Step]) -> bool:
    """Whether a seed ended before the longest one."""
    return any(_ENDED in step.decisions for step in steps)


def _after_end(points: Sequence[Point], last: int) -> Iterator[Point]:
    """What stands for a training in the epochs after its own last one: its best set, the last that was accepted."""
    best = next((point for point in reversed(points) if point.decision in ("start", "accept")), None)
    for epoch in range(points[-1].epoch + 1, last + 1):
        yield Point(
            epoch=epoch,
            decision=_ENDED,
            train=points[-1].best,
            best=points[-1].best,
            test=best.test if best else None,
            functions=best.functions if best else points[-1].functions,
        )


def _step(epoch: int, points: Sequence[Point]) -> Step:
    return Step(
        epoch,
        sorted((point.decision for point in points), key=_place),
        [point.train for point in points if point.train is not None],
        [point.best for point in points if point.best is not None],
        [point.test for point in points if point.test is not None],
        [point.functions for point in points],
    )


def _place(decision: str) -> int:
    return _ORDER.index(decision) if decision in _ORDER else len(_ORDER)


def curve_tables(grid: Grid, name: str, title: str) -> tuple[Shown, ...]:
    """A table for each group of a method that has epochs; one whose cells are missing, or were not read, says why."""
    groups = [group for group in grid.groups if grid.method(group).kind in _WITH_EPOCHS]
    several = len(groups) > 1
    return tuple(
        _table(grid, group, f"{name}-{place}" if several else name, title) for place, group in enumerate(groups, 1)
    )


def curve_name(grid: Grid, group: Group) -> str:
    """What a curve is of, in words."""
    key = group.key
    return f"{grid.domain_label(key.domain)}, {grid.who(key.agent, key.model)}, {grid.method_label(key.method)}"


def _table(grid: Grid, group: Group, name: str, title: str) -> Shown:
    steps, unread = steps_of(group), [*group.unread_notes(_lacking(grid))]
    tests = NOT_READ if len(unread) == len(group.done) > 0 else ""
    return Shown(
        name=name,
        title=f"{title or 'Learning curve'}: {curve_name(grid, group)}",
        columns=("epoch", "decision", "train", "best on train", "test", "functions"),
        rows=tuple(_rows(steps, tests)),
        notes=(
            f"Means over {len(group.done)} of {len(group.seeds)} seeds, in percent; lowest to highest in brackets.",
            _test_note(grid, group),
            *((ENDED_NOTE,) if ended_early(steps) else ()),
            CURVES,
            *(note.text for note in (*group.missing_notes, *unread)),
        ),
        data=tuple(_data(grid, group, step) for step in steps),
    )


def _lacking(grid: Grid) -> Callable[[CellRecord], str]:
    """Tells that a cell was not read by epoch."""
    return lambda one: "epoch by epoch on the test tasks" if grid.is_read(one.key.method) and not one.curve else ""


def _test_note(grid: Grid, group: Group) -> str:
    if not grid.is_read(group.key.method):
        return "Train is of what the epoch proposed; only trainings are read epoch by epoch on the test tasks."
    return "Train and test are of what the epoch proposed; test is read afterwards and decides nothing."


def _rows(steps: Sequence[Step], tests: str) -> Iterator[tuple[str, ...]]:
    """The rows; `tests` stands in the place of test scores where no seed has any."""
    for step in steps:
        decisions = Counter(step.decisions)
        said = ", ".join(
            decision if len(decisions) == 1 else f"{count} {decision}" for decision, count in decisions.items()
        )
        functions = number(math.fsum(step.functions) / len(step.functions))
        yield (f"{step.epoch}", said, _spread(step.train), _spread(step.best), tests or _spread(step.test), functions)


def _spread(values: Sequence[float]) -> str:
    if not values:
        return NONE
    mean = percent(math.fsum(values) / len(values))
    return mean if len(values) == 1 else f"{mean} [{percent(min(values))}, {percent(max(values))}]"


def _data(grid: Grid, group: Group, step: Step) -> dict[str, JsonValue]:
    return {
        **group.key.model_dump(mode="json", exclude={"seed"}),
        **step._asdict(),
        "missing": [*group.missing, *group.unread(_lacking(grid))],
    }
