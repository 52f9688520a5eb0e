"""What all charts of a page share: colours that the colour-blind can tell apart, dashes and shapes, axes, the frame.

Texts, axes and rules keep the colour that the page's own config gives them, light or dark; nothing here sets a
background. Data stands in the specification as one plain table, which the page can show as such.

Example:
    >>> series_of(["training tasks", "validation tasks"])["strokeDash"]["scale"]["range"]
    [[1, 0], [7, 3]]
"""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, Final

from toolwright.report.documents import Chart

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""The language's name; nothing is fetched from there."""

HEIGHT: Final = 300
"""Pixels; the width is the page's."""

_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's, without black, which a dark page hides, and yellow, which a light one does."""

_DASHES: Final = ([1, 0], [7, 3], [2, 3], [10, 3, 2, 3], [5, 5], [14, 4])
_SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
_GREY: Final = "#808080"

SERIES: Final = {
    "train": "training tasks",
    "validation": "validation tasks",
    "incumbent": "incumbent (training)",
    "test": "sealed test",
}
"""What the curves' series are called."""

_SURE: Final = {**{name: place for place, name in enumerate(SERIES.values())}, "agent": 0, "optimizer": 1}
"""Names that look the same in every chart."""

DECISIONS: Final = {
    "start": ("start", "circle"),
    "accept": ("accepted", "triangle-up"),
    "reject": ("rolled back", "triangle-down"),
    "undecided": ("rolled back (undecided)", "diamond"),
    "none": ("nothing proposed", "cross"),
}
"""What a gate's decision is called, and its shape."""

_DARK_FROM: Final = 0.55
"""From this share on a heat map's cell is so dark that its text is white."""

_LONGEST: Final = 300
"""Characters of a text in a tooltip."""


def framed(title: str, description: str, rows: Sequence[Mapping[str, Any]], **spec: Any) -> Chart:  # noqa: ANN401 - Vega-Lite
    """A specification with its data.

    Args:
        title: What the chart shows.
        description: The same in words, with its main figures, for who cannot see it.
        rows: Its data, a table.
        spec: Marks and encodings.
    """
    return {
        "$schema": _SCHEMA,
        "title": title,
        "description": description,
        "width": "container",
        "height": HEIGHT,
        "background": "transparent",
        "data": {"values": [dict(row) for row in rows]},
        **spec,
    }


def epoch_axis(epochs: Sequence[int]) -> dict[str, Any]:
    """The axis of epochs, whole numbers only, as far as they go."""
    return {
        "field": "epoch",
        "type": "quantitative",
        "title": "epoch",
        "scale": {"domain": [min(epochs, default=0), max(1, *epochs, 1)], "nice": False, "padding": 14},
        "axis": {"tickMinStep": 1, "format": "d", "grid": False},
    }


def series_of(names: Sequence[str], field: str = "series", symbol: str | None = "stroke") -> dict[str, Any]:
    """Colour, dash and shape by series, one legend for them; a name that all charts know looks the same in all.

    Args:
        names: The series.
        field: The field that names them.
        symbol: The legend's symbol; None for the shapes themselves.
    """
    legend = {
        "title": None,
        "symbolOpacity": 1,
        **({} if symbol is None else {"symbolType": symbol, "symbolSize": 300}),
    }
    styles = {"color": _COLOURS, "strokeDash": _DASHES, "shape": _SHAPES}
    places = _places(names)
    return {
        channel: scaled(field, names, [range_[place % len(range_)] for place in places], legend)
        for channel, range_ in styles.items()
    }


def lined(look: Mapping[str, Any]) -> dict[str, Any]:
    """What of a series' look a line has."""
    return {channel: look[channel] for channel in ("color", "strokeDash")}


def pointed(look: Mapping[str, Any]) -> dict[str, Any]:
    """What of a series' look a point has."""
    return {channel: look[channel] for channel in ("color", "shape")}


def lines_and_points(at: Mapping[str, Any], look: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The layers of series that are told point by point, each in its look (`series_of`), at these channels."""
    return [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**at, **lined(look)}},
        {"mark": {"type": "point", "filled": True, "size": 60, "opacity": 1}, "encoding": {**at, **pointed(look)}},
    ]


def shaded(where: Mapping[str, Any], field: str) -> dict[str, Any]:
    """The layer of a heat map's cells: a share of 0 to 1 by colour."""
    colour = {"field": field, "type": "quantitative", "scale": {"scheme": "blues", "domain": [0, 1]}}
    return {"mark": {"type": "rect"}, "encoding": {**where, "color": colour}}


def figures_on(where: Mapping[str, Any], field: str, shape: str, **mark: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - Vega-Lite
    """The layers of the figures in a heat map's cells, in an ink that is read on them.

    Args:
        where: The cells' channels.
        field: The field that shades them.
        shape: The figures' format.
        mark: More of how they are written.
    """
    text = {"field": field, "type": "quantitative", "format": shape}
    return [
        {
            "transform": [{"filter": {"field": field, **which}}],
            "mark": {"type": "text", "color": ink, **mark},
            "encoding": {**where, "text": text},
        }
        for ink, which in (("white", {"gte": _DARK_FROM}), ("black", {"lt": _DARK_FROM}))
    ]


def _places(names: Sequence[str]) -> list[int]:
    """A style's number for each name; those that all charts know have theirs, the others what is left."""
    taken = {_SURE[name] for name in names if name in _SURE}
    free = cycle([place for place in range(len(_COLOURS)) if place not in taken] or [0])
    return [_SURE[name] if name in _SURE else next(free) for name in names]


def decision_shape(decisions: Sequence[str]) -> dict[str, Any]:
    """A shape by what the gate decided, with a legend of those there are."""
    known = [(label, shape) for label, shape in DECISIONS.values() if label in decisions]
    return scaled("decision", [label for label, _ in known], [shape for _, shape in known], neutral("decision"))


def neutral(title: str) -> dict[str, Any]:
    """A legend of shapes alone, in a grey that is seen on light and dark."""
    return {"title": title, "symbolFillColor": _GREY, "symbolStrokeColor": _GREY}


def scaled(
    field: str, domain: Sequence[str], styles: Sequence[Any], legend: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A field told by styles, each value by its own."""
    scale = {"domain": list(domain), "range": list(styles)}
    return {"field": field, "type": "nominal", "scale": scale, "legend": legend}


def tooltip(**fields: str) -> list[dict[str, Any]]:
    """What is said of a mark: the fields with what they are called; numbers as they are written in the data."""
    return [{"field": field, "title": title} for field, title in fields.items()]


def short(text: str) -> str:
    """A text as a tooltip can hold it."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def only(field: str, *values: str) -> list[dict[str, Any]]:
    """A layer's part of the data: rows with one of these values in a field, or with a number where none is named."""
    return [{"filter": {"field": field, "oneOf": list(values)} if values else {"field": field, "valid": True}}]
