"""Learning curves: mean scores by epoch over seeds, with a band from the lowest seed to the highest; pure.

Example:
    next(curve_charts(grid))["title"]
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from toolwright.experiments.tables.cells import Grid
from toolwright.experiments.tables.curves import ENDED_NOTE, Step, curve_name, ended_early, steps_of
from toolwright.report.charts.parts import SERIES, epoch_axis, framed, lines_and_points, only, series_of, tooltip
from toolwright.report.documents import Chart

_CURVES: Final[Mapping[str, str]] = {
    "train": SERIES["train"],
    "best": SERIES["incumbent"],
    "test": "test tasks",
}
"""What a step's figures are called."""


def curve_charts(grid: Grid) -> Iterator[Chart]:
    """A chart for each group that has epochs."""
    for group in grid.groups:
        steps = steps_of(group)
        if steps:
            yield _chart(f"Learning curve: {curve_name(grid, group)}", steps, len(group.done))


def _chart(title: str, steps: Sequence[Step], seeds: int) -> Chart:
    rows = [row for field, series in _CURVES.items() for step in steps for row in _row(step, field, series)]
    look = series_of(
        [series for series in _CURVES.values() if any(row["series"] == series for row in rows)], symbol=None
    )
    said = tooltip(epoch="epoch", series="on", value="mean score", low="lowest seed", high="highest seed")
    x = epoch_axis([step.epoch for step in steps])
    y = {"type": "quantitative", "title": "mean score", "scale": {"domain": [0, 1]}}
    at = {"x": x, "y": {**y, "field": "value"}, "tooltip": said}
    band = {
        "transform": only("series", _CURVES["train"], _CURVES["test"]),
        "mark": {"type": "area", "opacity": 0.13, "tooltip": False},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": look["color"]},
    }
    ended = ENDED_NOTE if ended_early(steps) else ""
    return framed(title, _described(title, rows, seeds, ended), rows, layer=[band, *lines_and_points(at, look)])


def _row(step: Step, field: str, series: str) -> Iterator[dict[str, Any]]:
    values: list[float] = getattr(step, field)
    if values:
        figures = {"value": math.fsum(values) / len(values), "low": min(values), "high": max(values)}
        yield {"epoch": step.epoch, "series": series, **{name: round(value, 4) for name, value in figures.items()}}


def _described(title: str, rows: Sequence[Mapping[str, Any]], seeds: int, ended: str) -> str:
    """The curves in words: where each begins and ends."""
    parts = [f"{title}; means over seeds ({seeds}), bands from the lowest to the highest."]
    for series in _CURVES.values():
        found = [row for row in rows if row["series"] == series]
        ends = dict.fromkeys(f"{row['value']:.3f} at epoch {row['epoch']}" for row in (*found[:1], *found[-1:]))
        if ends:
            parts.append(f"{series}: {', '.join(ends)}.")
    return " ".join([*parts, *([ended] if ended else [])])
