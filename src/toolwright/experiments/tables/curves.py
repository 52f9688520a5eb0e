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
from toolwright.experiments.tables.stated import method_notes

_NOTHING: Final = "none"
_ENDED: Final = "ended"
"""Stands for the decision in the epochs after a training's last one."""

_ORDER: Final = ("start", "accept", "reject", "undecided", _NOTHING, _ENDED)

_KEPT: Final = ("start", "accept")
"""Decisions after which the set is the best one."""

_ENDED_NOTE: Final = (
    "A training that ended before the longest one stands in the epochs after its end with its best set, by that set's "
    "score on train and on test; else those that solve all and end would leave the mean."
)


_NOTHING_NOTE: Final = (
    "An epoch that proposed nothing stands there with the best set until then, by that set's score on train and on "
    "test; else the mean would be over other seeds from epoch to epoch."
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
    """A group's curve over seeds, by epoch; where a seed proposed nothing, or had ended, stands its best set."""
    curves = [_carried(record.points) for record in group.done.values() if record.points]
    last = max((points[-1].epoch for points in curves), default=0)
    points = [point for some in curves for point in (*some, *_after_end(some, last))]
    return [
        _step(epoch, [one for one in points if one.epoch == epoch]) for epoch in sorted({one.epoch for one in points})
    ]


def curve_notes(steps: Sequence[Step]) -> tuple[str, ...]:
    """What stands in the place of epochs that a seed has no candidate of."""
    decisions = {decision for step in steps for decision in step.decisions}
    return tuple(note for decision, note in ((_NOTHING, _NOTHING_NOTE), (_ENDED, _ENDED_NOTE)) if decision in decisions)


def _carried(points: Sequence[Point]) -> list[Point]:
    """The points, those that proposed nothing with the scores of the best set until then."""
    carried: list[Point] = []
    best: Point | None = None
    for point in points:
        if point.decision in _KEPT:
            best = point
        nothing = point.decision == _NOTHING and point.train is None
        scores = {"train": point.best, "test": best.test if best else None}
        carried.append(point.model_copy(update=scores) if nothing else point)
    return carried


def _after_end(points: Sequence[Point], last: int) -> Iterator[Point]:
    """What stands for a training in the epochs after its own last one: its best set, the last that was accepted."""
    best = next((point for point in reversed(points) if point.decision in _KEPT), None)
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
    groups = [group for group in grid.groups if grid.learns(group.key.method)]
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
    read = sum(bool(record.points) for record in group.done.values())
    tests = NOT_READ if len(unread) == len(group.done) > 0 else ""
    return Shown(
        name=name,
        title=f"{title or 'Learning curve'}: {curve_name(grid, group)}",
        columns=("epoch", "decision", "train", "best on train", "test", "functions"),
        rows=tuple(_rows(steps, tests)),
        notes=(
            f"Means over {read} of {len(group.seeds)} seeds, in percent; lowest to highest in brackets.",
            _test_note(grid, group),
            *curve_notes(steps),
            CURVES,
            *method_notes(grid, [group]),
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
        train, best, test = (_of_seeds(values, len(step.decisions)) for values in (step.train, step.best, step.test))
        yield (f"{step.epoch}", said, train, best, tests or test, functions)


def _of_seeds(values: Sequence[float], seeds: int) -> str:
    """The scores of a step; where they are of a part of the seeds, of how many."""
    if not values:
        return NONE
    return spread(values) if len(values) == seeds else f"{spread(values)} ({len(values)} of {seeds} seeds)"


def spread(values: Sequence[float]) -> str:
    """The mean of some seeds' scores in percent, with the lowest and the highest where there are several."""
    mean = percent(math.fsum(values) / len(values))
    return mean if len(values) == 1 else f"{mean} [{percent(min(values))}, {percent(max(values))}]"


def _data(grid: Grid, group: Group, step: Step) -> dict[str, JsonValue]:
    return {
        **group.key.model_dump(mode="json", exclude={"seed"}),
        **step._asdict(),
        "missing": [*group.missing, *group.unread(_lacking(grid))],
    }
