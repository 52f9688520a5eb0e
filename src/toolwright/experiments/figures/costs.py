"""Accuracy against cost, a point a method; pure.

Methods are compared on the domains all of them have, with means over those; cost is one cell's, in dollars, or in
tokens where a price is unknown.

Example:
    next(cost_charts(grid))["title"]
"""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from toolwright.experiments.statistics import mean_score
from toolwright.experiments.tables.cells import Grid, Group
from toolwright.experiments.tables.costs import used_by
from toolwright.experiments.tables.methods import mean_usage
from toolwright.messages import Usage
from toolwright.report.charts.parts import framed, pointed, series_of, tooltip
from toolwright.report.documents import Chart

_DIGITS: Final = 9
"""Decimals of an amount in dollars: a cheap model's request takes millionths."""


class Point(NamedTuple):
    """A method: its mean test score over domains, and what one of its cells used."""

    method: str
    score: float
    used: Usage


def cost_charts(grid: Grid) -> Iterator[Chart]:
    """A chart for each agent and model of which two methods or more have a domain in common."""
    for agent, model in product(grid.agents, grid.models):
        measured = {method: _measured(grid, agent, model, method) for method in grid.methods}
        methods = [method for method, groups in measured.items() if groups]
        domains = [name for name in grid.domains if all(name in measured[method] for method in methods)]
        if len(methods) > 1 and domains:
            points = [_point(grid, method, [measured[method][name] for name in domains]) for method in methods]
            yield _chart(
                f"{grid.table.title or grid.table.kind}, {grid.who(agent, model)}",
                points,
                [grid.domain_label(name) for name in domains],
            )


def _measured(grid: Grid, agent: str, model: str, method: str) -> dict[str, Group]:
    """A method's groups that have test scores, by domain."""
    groups = {domain: grid.group(domain, agent, model, method) for domain in grid.domains}
    return {domain: group for domain, group in groups.items() if mean_score(group.scores("test", "after")) is not None}


def _point(grid: Grid, method: str, groups: Sequence[Group]) -> Point:
    means = [mean for group in groups if (mean := mean_score(group.scores("test", "after"))) is not None]
    used = mean_usage([used_by(record) for group in groups for record in group.done.values()])
    return Point(grid.method_label(method), math.fsum(means) / len(means), used)


def _chart(of: str, points: Sequence[Point], domains: Sequence[str]) -> Chart:
    known = all(point.used.dollars is not None for point in points)
    unit = "US dollars a cell" if known else "tokens a cell (a price is unknown)"
    rows: list[dict[str, Any]] = [
        {
            "method": point.method,
            "mean test score": round(point.score, 4),
            unit: round(point.used.dollars or 0.0, _DIGITS) if known else point.used.tokens,
        }
        for point in points
    ]
    title = f"Mean test score against cost: {of}, over {', '.join(domains)}"
    look = pointed(series_of([point.method for point in points], "method", symbol=None))
    encoding = {
        "x": {"field": unit, "type": "quantitative", "title": unit, "axis": {"format": "~g" if known else "~s"}},
        "y": {"field": "mean test score", "type": "quantitative", "scale": {"domain": [0, 1]}},
        "tooltip": tooltip(method="method", **{"mean test score": "mean test score", unit: unit}),
        **look,
    }
    mark = {"type": "point", "filled": True, "size": 130, "opacity": 1}
    told = "; ".join(f"{row['method']}: {row['mean test score']:.1%} for {row[unit]:,.4g}" for row in rows)
    return framed(title, f"{title}, in {unit}. {told}.", rows, mark=mark, encoding=encoding)
