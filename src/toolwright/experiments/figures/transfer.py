"""The heat map of transfer, domains trained on by domains tested on, with no training as its last row; pure.

Example:
    next(transfer_charts(grid))["title"]
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from toolwright.experiments.figures.telling import Drawn, gaps_text, with_lines
from toolwright.experiments.statistics import Difference, mean_score
from toolwright.experiments.tables.cells import Grid
from toolwright.experiments.tables.shown import percent, points
from toolwright.experiments.tables.stated import models_text
from toolwright.experiments.tables.transfer import Transferred, transferred
from toolwright.report.charts.parts import figures_on, framed, shaded, tooltip
from toolwright.report.documents import Chart

_ROW: Final = 44
"""Pixels a row is high."""

_LABELS: Final[dict[str, Any]] = {"labelLimit": 240, "labelAngle": 0, "domain": False, "ticks": False}

_NO_TRAINING: Final = "no training"


def transfer_charts(grid: Grid) -> Iterator[Chart]:
    """A chart for each agent, model and method; a cell that was not measured is left blank."""
    for (agent, model, method), cells in groupby(transferred(grid), _of):
        some = [*cells]
        rows = list(_rows(grid, some))
        if rows:
            name = f"{grid.who(agent, model)}, {grid.method_label(method)}"
            chart = _chart(f"Mean test score by domain trained on and tested on: {name}", rows)
            gaps = gaps_text(_drawn(grid, some))
            yield with_lines(chart, models_text(grid.experiment, [model]), gaps)


def _drawn(grid: Grid, cells: Sequence[Transferred]) -> Iterator[Drawn]:
    for cell in cells:
        if not (cell.diagonal or grid.is_read(cell.trained.key.method)):
            continue
        trained, tested = (grid.domain_label(group.key.domain) for group in (cell.trained, cell.tested))
        yield f"{trained} on {tested}", cell.trained, cell.mean.over_seeds if cell.mean else 0


def _of(cell: Transferred) -> tuple[str, str, str]:
    return cell.trained.key.agent, cell.trained.key.model, cell.trained.key.method


def _rows(grid: Grid, cells: Sequence[Transferred]) -> Iterator[dict[str, Any]]:
    for cell in cells:
        trained = grid.domain_label(cell.trained.key.domain)
        yield from _row(grid, trained, cell, cell.mean.mean if cell.mean else None, cell.none)
    for cell in cells[: len(grid.domains)]:
        yield from _row(grid, _NO_TRAINING, cell, mean_score(cell.tested.scores("test", "before")), None)


def _row(
    grid: Grid, trained: str, cell: Transferred, mean: float | None, gain: Difference | str | None
) -> Iterator[dict[str, Any]]:
    if mean is not None:
        yield {
            "trained": trained,
            "tested": grid.domain_label(cell.tested.key.domain),
            "mean score": round(mean, 4),
            "score": f"{percent(mean)} %",
            "gain": f"{points(gain.mean)} points" if isinstance(gain, Difference) else "",
        }


def _as_written(layer: dict[str, Any]) -> dict[str, Any]:
    """A layer of figures as the table writes them; the browser would round some halves the other way."""
    return {**layer, "encoding": {**layer["encoding"], "text": {"field": "score", "type": "nominal"}}}


def _chart(title: str, rows: Sequence[dict[str, Any]]) -> Chart:
    axes = {field: [*dict.fromkeys(row[field] for row in rows)] for field in ("trained", "tested")}
    said = tooltip(trained="trained on", tested="tested on", score="mean score", gain="to no training")
    x = {"field": "tested", "type": "nominal", "sort": axes["tested"], "title": "tested on"}
    y = {"field": "trained", "type": "nominal", "sort": axes["trained"], "title": "trained on", "axis": _LABELS}
    where = {"x": {**x, "axis": {**_LABELS, "orient": "top"}}, "y": y, "tooltip": said}
    layers = [shaded(where, "mean score"), *map(_as_written, figures_on(where, "mean score", "", fontSize=13))]
    told = "; ".join(f"{row['trained']} on {row['tested']}: {row['score']}" for row in rows)
    return {**framed(title, f"{title}. {told}.", rows, layer=layers), "height": len(axes["trained"]) * _ROW}
