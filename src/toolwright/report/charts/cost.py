"""What a run took by epoch: dollars added up, and tokens, by role; pure.

Example:
    cost_chart(overview.epochs)["title"]  # "Cost so far, …" or, where a price is unknown, "Tokens …"
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from toolwright.messages import Usage
from toolwright.report.charts.parts import epoch_axis, framed, lined, lines_and_points, series_of, tooltip
from toolwright.report.documents import Chart, EpochFigures

_ALL: Final = "all roles"
_DIGITS: Final = 9
"""Decimals of an amount in dollars: a cheap model's request takes millionths."""
_APART: Final = "The sealed test's are not among them."
WITHOUT_TEST: Final = "without the sealed test"
"""What belongs to the title of every chart of what epochs took."""

Amount = Callable[[Usage], float]


def cost_chart(epochs: Sequence[EpochFigures]) -> Chart:
    """Dollars up to each epoch's end, by role; tokens where a price is unknown. Without the sealed test's."""
    amount, what, unit = amount_of(epochs)
    roles = _roles(epochs)
    rows = list(_added_up(epochs, roles, amount, unit))
    series = [*roles, _ALL] if len(roles) > 1 else roles
    look, said = series_of(series, "role", symbol=None), tooltip(epoch="epoch", role="role", **{unit: unit})
    at = {
        "x": epoch_axis([epoch.epoch for epoch in epochs]),
        "y": {"field": unit, "type": "quantitative", "title": unit},
        "tooltip": said,
    }
    layers = lines_and_points(at, look)
    return framed(f"{what} so far, by epoch, {WITHOUT_TEST}", _described(what, rows, series, unit), rows, layer=layers)


def tokens_chart(epochs: Sequence[EpochFigures]) -> Chart:
    """Input and output tokens of each epoch, by role, one on the other. Without the sealed test's."""
    roles = _roles(epochs)
    rows: list[dict[str, Any]] = [
        {"epoch": epoch.epoch, "role": role, "tokens": epoch.spent.get(role, Usage()).tokens}
        for epoch in epochs
        for role in roles
    ]
    look = lined(series_of(roles, "role", symbol="square"))
    encoding: dict[str, Any] = {
        "x": {"field": "epoch", "type": "ordinal", "title": "epoch", "axis": {"labelAngle": 0, "labelOverlap": True}},
        "y": {"field": "tokens", "type": "quantitative", "title": "tokens", "axis": {"format": "~s"}, "stack": "zero"},
        **look,
        "stroke": look["color"],  # a bar's edge, so that its dash, which tells the roles apart without colour, is seen
        "tooltip": tooltip(epoch="epoch", role="role", tokens="tokens"),
    }
    mark = {"type": "bar", "fillOpacity": 0.75, "strokeWidth": 2, "width": {"band": 0.6}}
    total = ", ".join(f"{role} {sum(row['tokens'] for row in rows if row['role'] == role):,}" for role in roles)
    said = f"Tokens by epoch and role. In all: {total or 'none'}. {_APART}"
    return framed(f"Tokens by epoch, {WITHOUT_TEST}", said, rows, mark=mark, encoding=encoding)


def amount_of(epochs: Sequence[EpochFigures]) -> tuple[Amount, str, str]:
    """How the amounts of these epochs are measured: in dollars, or in tokens where a price is unknown."""
    if all(used.dollars is not None for epoch in epochs for used in epoch.spent.values()):
        return (lambda used: round(used.dollars or 0.0, _DIGITS)), "Cost", "US dollars"
    return (lambda used: used.tokens), "Tokens (a price is unknown)", "tokens"


def _roles(epochs: Sequence[EpochFigures]) -> list[str]:
    return sorted({role for epoch in epochs for role in epoch.spent})


def _added_up(
    epochs: Sequence[EpochFigures], roles: Sequence[str], amount: Amount, unit: str
) -> Iterator[dict[str, Any]]:
    sums = dict.fromkeys(roles, 0.0)
    for epoch in epochs:
        for role in roles:
            sums[role] += amount(epoch.spent.get(role, Usage(dollars=0.0)))
            yield {"epoch": epoch.epoch, "role": role, unit: round(sums[role], _DIGITS)}
        if len(roles) > 1:
            yield {"epoch": epoch.epoch, "role": _ALL, unit: round(sum(sums.values()), _DIGITS)}


def _described(what: str, rows: Sequence[dict[str, Any]], series: Sequence[str], unit: str) -> str:
    last = {row["role"]: row[unit] for row in rows}
    said = ", ".join(f"{role} {last[role]:,.4g} {unit}" for role in series if role in last)
    return f"{what} so far, by epoch and role. At the end: {said or 'nothing'}. {_APART}"
