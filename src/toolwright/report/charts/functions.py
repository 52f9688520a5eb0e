"""Functions x epochs: what happened to which function when, and whether it stayed; pure.

Example:
    functions_chart(document.functions)
"""

from collections.abc import Sequence
from typing import Any, Final

from toolwright.report.charts.parts import framed, neutral, scaled, short, tooltip
from toolwright.report.documents import Chart, FunctionHistory

_ROW: Final = 26
"""Pixels a function's row is high."""

_LEAST: Final = 160
"""Pixels that the legends need."""

_NAMES: Final = {"grid": True, "labelLimit": 260}

_SHAPES: Final = {
    "start": "circle",
    "added": "cross",
    "revised": "diamond",
    "removed": "square",
    "refused": "triangle-down",
}
_COLOURS: Final = {
    "accepted": "#009E73",
    "rolled back": "#D55E00",
    "refused": "#CC79A7",
    "pending": "#56B4E9",
    "not chosen": "#E69F00",
}


def functions_chart(histories: Sequence[FunctionHistory]) -> Chart:
    """A mark for everything that happened: its shape is what happened, its colour and fill what came of it."""
    rows = [
        {
            "function": history.name,
            "epoch": version.epoch,
            "happened": version.happened,
            "came to": version.came_to,
            "why": short(version.refusal or version.reason),
        }
        for history in histories
        for version in history.versions
    ]
    epochs = sorted({row["epoch"] for row in rows})
    names = [history.name for history in histories]
    happened = [name for name in _SHAPES if any(row["happened"] == name for row in rows)]
    came = [name for name in _COLOURS if any(row["came to"] == name for row in rows)]
    encoding: dict[str, Any] = {
        "x": {"field": "epoch", "type": "ordinal", "sort": epochs, "axis": {"labelAngle": 0, "title": "epoch"}},
        "y": {"field": "function", "type": "nominal", "sort": names, "title": None, "axis": _NAMES},
        "shape": scaled("happened", happened, [_SHAPES[name] for name in happened], neutral("happened")),
        "color": scaled("came to", came, [_COLOURS[name] for name in came], {"title": "came to"}),
        "opacity": {"condition": {"test": {"field": "came to", "equal": "accepted"}, "value": 1}, "value": 0.6},
        "tooltip": tooltip(
            function="function", epoch="epoch", happened="happened", **{"came to": "came to"}, why="why"
        ),
    }
    said = "; ".join(f"epoch {row['epoch']}: {row['function']} {row['happened']}, {row['came to']}" for row in rows)
    mark = {"type": "point", "filled": True, "size": 130, "strokeWidth": 2}
    chart = framed("What happened to the functions", f"{short(said) or 'Nothing yet'}.", rows, mark=mark)
    return {**chart, "encoding": encoding, "height": max(_LEAST, len(histories) * _ROW)}
