"""Loss and accuracy by epoch: both splits with their bands, the incumbent's steps, what the gate decided; pure.

Example:
    loss_chart(overview.epochs, stopped=overview.stopped, test=test)["layer"]
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from toolwright.report.charts.parts import (
    DECISIONS,
    SERIES,
    decision_shape,
    epoch_axis,
    framed,
    lined,
    only,
    series_of,
    short,
    tooltip,
)
from toolwright.report.documents import Chart, EpochFigures
from toolwright.report.figures import SplitFigures
from toolwright.training.intervals import Interval

Row = dict[str, Any]

_SPLITS: Final = ("train", "validation")

_ASIDE: Final = 8
"""Pixels the sealed test stands aside, so that its interval is seen beside the others."""


def loss_chart(
    epochs: Sequence[EpochFigures], *, stopped: str | None = None, test: SplitFigures | None = None
) -> Chart:
    """Loss (1 - mean score) by epoch with 95 % confidence intervals.

    Args:
        epochs: The curves' figures.
        stopped: Why training stopped after the last of them, where that was before the last it was given.
        test: The sealed test before and after; None where its seal was not opened.
    """
    rows = [{**row, **_loss(row)} for row in _rows(epochs, test)]
    return _chart("Loss by epoch", "loss (1 - mean score)", epochs, rows, stopped, free=14)


def accuracy_chart(
    epochs: Sequence[EpochFigures], *, stopped: str | None = None, test: SplitFigures | None = None
) -> Chart:
    """Mean score by epoch with 95 % confidence intervals; as `loss_chart` but the other way up."""
    return _chart("Mean score by epoch", "mean score", epochs, list(_rows(epochs, test)), stopped, free="height")


def _loss(row: Row) -> Row:
    low, high = row["low"], row["high"]
    return {
        "value": _round(1 - row["value"]),
        "low": None if high is None else _round(1 - high),
        "high": None if low is None else _round(1 - low),
    }


def _rows(epochs: Sequence[EpochFigures], test: SplitFigures | None) -> Iterator[Row]:
    """The data: a row for each epoch and series."""
    for epoch in epochs:
        for split in _SPLITS:
            interval: Interval | None = getattr(epoch, split)
            if interval is not None:
                yield _row(epoch.epoch, split, interval, decision=DECISIONS[epoch.decision][0], why=epoch.reason)
    for epoch in epochs:
        if epoch.best is not None:
            # A candidate that was not evaluated to its end, or none at all, leaves its mark on the incumbent's line.
            mark = DECISIONS[epoch.decision][0] if epoch.train is None else None
            where = Interval(mean=epoch.best, low=epoch.best, high=epoch.best)
            row = _row(epoch.epoch, "incumbent", where, decision=mark, why=epoch.reason if mark else "")
            yield {**row, "low": None, "high": None}
    if test is not None and test.before is not None and test.after is not None:
        last = max((epoch.epoch for epoch in epochs), default=0)
        yield _row(0, "test", test.before, decision=None, why="with the starting functions")
        if last:
            yield _row(last, "test", test.after, decision=None, why="with the best functions")


def _row(epoch: int, series: str, interval: Interval, *, decision: str | None, why: str) -> Row:
    figures = {name: _round(getattr(interval, name)) for name in ("mean", "low", "high")}
    value = figures.pop("mean")
    told = {"decision": decision, "why": short(why)}
    return {"epoch": epoch, "series": SERIES[series], "value": value, **figures, **told}


def _round(value: float) -> float:
    return round(value, 4)


def _chart(
    title: str,
    axis: str,
    epochs: Sequence[EpochFigures],
    rows: Sequence[Row],
    stopped: str | None,
    *,
    free: int | Literal["height"],
) -> Chart:
    present = [name for name in SERIES.values() if any(row["series"] == name for row in rows)]
    x = epoch_axis([epoch.epoch for epoch in epochs])
    y = {"type": "quantitative", "title": axis, "scale": {"domain": [0, 1]}}
    said = tooltip(epoch="epoch", series="on", value=axis, low="from (95 %)", high="to", decision="decision", why="why")
    look, splits = series_of(present), [SERIES[split] for split in _SPLITS]
    seen = {**lined(look), "tooltip": said}
    decided = [label for label, _ in DECISIONS.values()]
    between = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    at = {"x": x, "y": {**y, "field": "value"}}
    decisions = decision_shape([row["decision"] for row in rows if row["decision"]])
    layers: list[dict[str, Any]] = [
        {
            "transform": only("series", *splits),
            "mark": {"type": "area", "opacity": 0.13, "tooltip": False},
            "encoding": {**between, "color": look["color"]},
        },
        {
            "transform": only("series", *splits),
            "mark": {"type": "rule", "opacity": 0.65},
            "encoding": {**between, "color": look["color"], "tooltip": said},
        },
        {
            "transform": only("series", SERIES["test"]),
            "mark": {"type": "rule", "strokeWidth": 2, "xOffset": _ASIDE},
            "encoding": {**between, "color": look["color"], "tooltip": said},
        },
        {
            "transform": only("series", SERIES["incumbent"]),
            "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
            "encoding": {**at, **seen},
        },
        {
            "transform": only("series", *splits),
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {**at, **seen},
        },
        {
            "transform": only("decision", *decided),
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {**at, "color": look["color"], "shape": decisions, "tooltip": said},
        },
        {
            "transform": only("series", SERIES["test"]),
            "mark": {"type": "point", "filled": True, "size": 110, "shape": "square", "opacity": 1, "xOffset": _ASIDE},
            "encoding": {**at, "color": look["color"], "tooltip": said},
        },
        *_stop(epochs, x, stopped, free),
    ]
    return framed(title, _described(title, rows, present, stopped), rows, layer=layers)


def _stop(
    epochs: Sequence[EpochFigures], x: dict[str, Any], stopped: str | None, free: int | Literal["height"]
) -> Iterator[dict[str, Any]]:
    """A rule at the epoch after which training stopped; why it did is in the description.

    Its label stands at `free`, pixels from the top, where the curves of a training that went well do not end.
    """
    if stopped and epochs:
        last = epochs[-1].epoch
        data = {"values": [{"epoch": last, "stopped": f"stopped after epoch {last}"}]}
        mark = {"type": "text", "align": "right", "baseline": "bottom", "dx": -6, "dy": -4}
        yield {"data": data, "mark": {"type": "rule", "strokeDash": [3, 3]}, "encoding": {"x": x}}
        text = {"field": "stopped", "type": "nominal"}
        yield {"data": data, "mark": mark, "encoding": {"x": x, "y": {"value": free}, "text": text}}


def _described(title: str, rows: Sequence[Row], present: Sequence[str], stopped: str | None) -> str:
    """The chart in words: each series' first and last figure, what was decided, and where it stopped."""
    if not rows:
        return f"{title}: nothing was evaluated yet."
    parts = [f"{title}, with 95 % confidence intervals."]
    for name in present:
        first, *_, last = [row for row in rows if row["series"] == name] * 2
        ends = [first] if last is first else [first, last]
        at = [f"{row['value']:.3f} at epoch {row['epoch']}" for row in ends]
        parts.append(f"{name}: {', '.join(at)}.")
    for label in (label for label, _ in DECISIONS.values() if label != "start"):
        found = sorted({row["epoch"] for row in rows if row["decision"] == label})
        if found:
            parts.append(f"{label}: epoch {', '.join(map(str, found))}.")
    return " ".join([*parts, *([f"Stopped early: {short(stopped)}."] if stopped else ())])
