"""Learning curves: mean scores by epoch over seeds, with a band from the lowest seed to the highest; pure.

Example:
    next(curve_charts(grid))["title"]
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from toolwright.experiments.figures.telling import Drawn, gaps_text, with_lines
from toolwright.experiments.tables.cells import Grid, Group
from toolwright.experiments.tables.curves import Step, curve_name, curve_notes, spread, steps_of
from toolwright.experiments.tables.shown import span
from toolwright.experiments.tables.stated import models_text
from toolwright.report.charts.parts import SERIES, epoch_axis, framed, lines_and_points, only, series_of, tooltip
from toolwright.report.documents import Chart

_CURVES: Final[Mapping[str, str]] = {
    "train": SERIES["train"],
    "best": SERIES["incumbent"],
    "test": "test tasks",
}
"""What a step's figures are called."""


def curve_charts(grid: Grid) -> Iterator[Chart]:
    """A chart for each group that has epochs; each names the groups that have none because they are not done."""
    curves = [(group, steps_of(group)) for group in grid.groups if grid.learns(group.key.method)]
    others = [(curve_name(grid, group), group, 0) for group, _ in curves if not group.done]
    for group, steps in curves:
        if steps:
            chart = _chart(f"Learning curve: {curve_name(grid, group)}", steps)
            gaps = gaps_text([*_drawn(grid, group, steps), *others])
            yield with_lines(chart, models_text(grid.experiment, [group.key.model]), gaps)


def _drawn(grid: Grid, group: Group, steps: Sequence[Step]) -> Iterator[Drawn]:
    """The curve's series with how many seeds each is of; only trainings are read epoch by epoch on the test tasks."""
    wanted = ("train", "test") if grid.is_read(group.key.method) else ("train",)
    for field in wanted:
        yield _CURVES[field], group, max(len(getattr(step, field)) for step in steps)


def _chart(title: str, steps: Sequence[Step]) -> Chart:
    rows = [row for field, series in _CURVES.items() for step in steps for row in _row(step, field, series)]
    look = series_of(
        [series for series in _CURVES.values() if any(row["series"] == series for row in rows)], symbol=None
    )
    said = tooltip(epoch="epoch", series="on", score="mean score, %", seeds="seeds")
    x = epoch_axis([step.epoch for step in steps])
    y = {"type": "quantitative", "title": "mean score", "scale": {"domain": [0, 1]}}
    at = {"x": x, "y": {**y, "field": "value"}, "tooltip": said}
    band = {
        "transform": only("series", _CURVES["train"], _CURVES["test"]),
        "mark": {"type": "area", "opacity": 0.13, "tooltip": False},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": look["color"]},
    }
    return framed(title, _described(title, rows, curve_notes(steps)), rows, layer=[band, *lines_and_points(at, look)])


def _row(step: Step, field: str, series: str) -> Iterator[dict[str, Any]]:
    values: list[float] = getattr(step, field)
    if values:
        figures = {"value": math.fsum(values) / len(values), "low": min(values), "high": max(values)}
        drawn = {name: round(value, 4) for name, value in figures.items()}
        said = {"score": spread(values), "seeds": len(values)}
        yield {"epoch": step.epoch, "series": series, **drawn, **said}


def _described(title: str, rows: Sequence[Mapping[str, Any]], notes: Sequence[str]) -> str:
    """The curves in words: where each begins and ends."""
    counts = span([row["seeds"] for row in rows] or [0])
    parts = [f"{title}; means over seeds ({counts}), bands from the lowest to the highest."]
    for series in _CURVES.values():
        found = [row for row in rows if row["series"] == series]
        ends = dict.fromkeys(f"{row['score']} % at epoch {row['epoch']}" for row in (*found[:1], *found[-1:]))
        if ends:
            parts.append(f"{series}: {', '.join(ends)}.")
    return " ".join([*parts, *notes])
