"""Several runs beside each other, and function sets on task sets: what a comparison's page shows as charts; pure.

Example:
    comparison_accuracy_chart([("first", first.epochs), ("second", second.epochs)])
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from toolwright.messages import Usage
from toolwright.report.charts.cost import WITHOUT_TEST, amount_of
from toolwright.report.charts.parts import (
    DECISIONS,
    decision_shape,
    epoch_axis,
    figures_on,
    framed,
    lined,
    lines_and_points,
    series_of,
    shaded,
    short,
    tooltip,
)
from toolwright.report.documents import Chart, EpochFigures, TransferCell

Runs = Sequence[tuple[str, Sequence[EpochFigures]]]

_CELL: Final = 44
"""Pixels a row of the transfer matrix is high."""


def comparison_accuracy_chart(runs: Runs) -> Chart:
    """The incumbent's mean score by epoch, a line a run: on validation where all runs have it, else on train.

    Args:
        runs: Each run's name and the figures of its curves.
    """
    validated = bool(runs) and all(any(epoch.validation for epoch in epochs) for _, epochs in runs)
    on = "validation" if validated else "training"
    rows: list[dict[str, Any]] = [
        {"run": name, "epoch": epoch.epoch, "mean score": round(mean, 4), "decision": DECISIONS[epoch.decision][0]}
        for name, epochs in runs
        for epoch, mean in _incumbents(epochs, validated=validated)
    ]
    names, x = [name for name, _ in runs], epoch_axis([row["epoch"] for row in rows])
    y = {"field": "mean score", "type": "quantitative", "scale": {"domain": [0, 1]}, "title": f"mean score ({on})"}
    look = series_of(names, "run")
    said = tooltip(run="run", epoch="epoch", **{"mean score": f"incumbent's mean score on {on}"}, decision="decision")
    marked = decision_shape([row["decision"] for row in rows])
    layers = [
        {
            "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
            "encoding": {"x": x, "y": y, **lined(look), "tooltip": said},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": look["color"], "shape": marked, "tooltip": said},
        },
    ]
    title = f"The best functions' mean score on the {on} tasks, by epoch"
    return framed(title, _ends(title, rows, names, "mean score"), rows, layer=layers)


def comparison_cost_chart(runs: Runs) -> Chart:
    """Dollars up to each epoch's end, a line a run, in tokens where a price is unknown; without the sealed tests'."""
    amount, what, unit = amount_of([epoch for _, epochs in runs for epoch in epochs])
    rows: list[dict[str, Any]] = []
    for name, epochs in runs:
        used = Usage()
        for epoch in epochs:
            used = sum(epoch.spent.values(), used)
            rows.append({"run": name, "epoch": epoch.epoch, unit: amount(used)})
    names, x = [name for name, _ in runs], epoch_axis([row["epoch"] for row in rows])
    y, look = {"field": unit, "type": "quantitative", "title": unit}, series_of(names, "run", symbol=None)
    at = {"x": x, "y": y, "tooltip": tooltip(run="run", epoch="epoch", **{unit: unit})}
    layers = lines_and_points(at, look)
    title = f"{what} so far, by epoch, {WITHOUT_TEST}"
    return framed(title, _ends(title, rows, names, unit), rows, layer=layers)


def transfer_chart(cells: Sequence[TransferCell]) -> Chart:
    """Mean scores as a heat map, function sets by task sets; the figure stands in its cell."""
    rows = [
        {
            "functions": short(cell.functions),
            "tasks": short(cell.tasks),
            "mean score": round(cell.score.mean, 4),
            "low": round(cell.score.low, 4),
            "high": round(cell.score.high, 4),
            "rollouts": cell.rollouts,
        }
        for cell in cells
    ]
    sets = {field: list(dict.fromkeys(row[field] for row in rows)) for field in ("tasks", "functions")}
    where = {
        "x": {"field": "tasks", "type": "nominal", "sort": sets["tasks"], "axis": _LABELS | {"orient": "top"}},
        "y": {"field": "functions", "type": "nominal", "sort": sets["functions"], "axis": _LABELS},
        "tooltip": tooltip(
            functions="functions",
            tasks="tasks",
            **{"mean score": "mean score"},
            low="from (95 %)",
            high="to",
            rollouts="rollouts",
        ),
    }
    layers = [shaded(where, "mean score"), *figures_on(where, "mean score", ".1%", fontSize=13)]
    said = "; ".join(f"{row['functions']} on {row['tasks']}: {row['mean score']:.1%}" for row in rows)
    chart = framed("Mean scores of function sets on task sets", f"Mean scores. {said or 'None'}.", rows, layer=layers)
    return {**chart, "height": max(1, len(sets["functions"])) * _CELL}


_LABELS: Final[dict[str, Any]] = {"labelLimit": 240, "labelAngle": 0, "domain": False, "ticks": False}


def _incumbents(epochs: Sequence[EpochFigures], *, validated: bool) -> Iterator[tuple[EpochFigures, float]]:
    """Each epoch with the mean score of the incumbent after it."""
    mean: float | None = None
    for epoch in epochs:
        if not validated:
            mean = epoch.best
        elif epoch.decision in ("start", "accept") and epoch.validation is not None:
            mean = epoch.validation.mean
        if mean is not None:
            yield epoch, mean


def _ends(title: str, rows: Sequence[dict[str, Any]], names: Sequence[str], field: str) -> str:
    """A comparison in words: where each run ends."""
    last = {row["run"]: row for row in rows}
    said = [f"{name}: {last[name][field]:,.4g} after epoch {last[name]['epoch']}" for name in names if name in last]
    return f"{title}. {'; '.join(said) or 'Nothing yet'}."
