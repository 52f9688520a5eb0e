"""Tasks x evaluations as a chart for notebooks; the page draws the same as a table whose cells can be opened; pure.

Example:
    tasks_chart(document)
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from toolwright.report.charts.parts import figures_on, framed, shaded, short, tooltip
from toolwright.report.documents import Chart, Column, TasksDocument

_ROW: Final = 18
"""Pixels a task's row is high, while its score is written in it."""

_WRITTEN: Final = 60
"""Tasks whose scores are written; of more, rows are thin, and scores told by colour and tooltip."""

_THIN: Final = 3
"""Pixels a row is high then."""


def tasks_chart(document: TasksDocument) -> Chart:
    """A heat map of the scores, a row a task and a column an evaluation; what has no score is left blank."""
    names = _names(document.columns)
    rows = list(_rows(document, names))
    written = len(document.tasks) <= _WRITTEN
    where = _where(names, written=written)
    layers = [shaded(where, "score"), *(figures_on(where, "score", ".2~f") if written else [])]
    means = "; ".join(f"{name}: {column.mean:.1%}" for name, column in zip(names, document.columns, strict=True))
    chart = framed("Scores of tasks by evaluation", f"Mean scores. {means or 'None yet'}.", rows, layer=layers)
    return {**chart, "height": max(1, len(document.tasks)) * (_ROW if written else _THIN)}


def _where(names: Sequence[str], *, written: bool) -> dict[str, Any]:
    """The cells' places, in the order of the run, and what is said of each."""
    labels: dict[str, Any] = {"labelAngle": 0, "labelLimit": 240}
    x_axis, y_axis = {**labels, "orient": "top"}, {**labels, "labels": written, "ticks": written}
    return {
        "x": {"field": "evaluation", "type": "nominal", "sort": list(names), "axis": x_axis},
        "y": {"field": "task", "type": "nominal", "sort": None, "axis": y_axis},
        "tooltip": tooltip(task="task", evaluation="evaluation", score="score", calls="calls", question="question"),
    }


def _rows(document: TasksDocument, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for row in document.tasks:
        for place, cell in row.cells.items():
            if cell.score is not None:
                yield {
                    "task": _task(row.split, row.id),
                    "evaluation": names[place],
                    "score": round(cell.score, 4),
                    "calls": cell.calls,
                    "question": short(row.question),
                }


def _names(columns: Sequence[Column]) -> list[str]:
    """The evaluations' names; of several in one epoch and split each says of which parameters it is."""
    names = [f"{column.epoch} {column.split}" for column in columns]
    used = Counter(names)
    return [
        f"{name}, {column.parameters[:8]}" if used[name] > 1 else name
        for name, column in zip(names, columns, strict=True)
    ]


def _task(split: str, name: str) -> str:
    return f"{split}: {name}"
