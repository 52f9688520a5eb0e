"""Accuracy against cost, a point a method: what learning took, and what a task takes afterwards; pure.

Methods are compared on the domains all of them have, with means over those. Learning is one cell's, of both roles,
without the readings of its sealed test; a task is a rollout of a test task. Both are in dollars, or in tokens where a
price is unknown.

Example:
    learning, task = cost_charts(grid)
"""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from toolwright.experiments.figures.telling import Drawn, gaps_text, with_lines
from toolwright.experiments.statistics import mean_score
from toolwright.experiments.tables.cells import Grid, Group
from toolwright.experiments.tables.shown import percent
from toolwright.experiments.tables.stated import models_text
from toolwright.experiments.tables.usage import learning, mean_usage, rollout_usage, rollouts
from toolwright.messages import Usage
from toolwright.report.charts.parts import framed, pointed, series_of, tooltip
from toolwright.report.documents import Chart

_DIGITS: Final = 9
"""Decimals of an amount in dollars: a cheap model's request takes millionths."""


class Cost(NamedTuple):
    """An amount, as far as the prices are known."""

    tokens: float
    dollars: float | None


class Point(NamedTuple):
    """A method: its mean test score over domains, what one of its cells took to learn, and what a task takes."""

    method: str
    score: float
    learning: Cost
    task: Cost


def cost_charts(grid: Grid) -> Iterator[Chart]:
    """Two charts for each agent and model of which two methods or more have a domain in common."""
    for agent, model in product(grid.agents, grid.models):
        measured = {method: _measured(grid, agent, model, method) for method in grid.methods}
        methods = [method for method, groups in measured.items() if groups]
        domains = [name for name in grid.domains if all(name in measured[method] for method in methods)]
        if len(methods) > 1 and domains:
            points = [_point(grid, method, [measured[method][name] for name in domains]) for method in methods]
            over = ", ".join(grid.domain_label(name) for name in domains)
            of = f"{grid.table.title or grid.table.kind}, {grid.who(agent, model)}, over {over}"
            lines = (models_text(grid.experiment, [model]), gaps_text(_drawn(grid, agent, model, domains)))
            yield with_lines(_chart("learning", "a cell", of, [(point, point.learning) for point in points]), *lines)
            yield with_lines(_chart("a task", "a task", of, [(point, point.task) for point in points]), *lines)


def _drawn(grid: Grid, agent: str, model: str, domains: Sequence[str]) -> Iterator[Drawn]:
    """Every group with how many of its seeds are in the means; a domain that not all methods have is in none."""
    for method, domain in product(grid.methods, grid.domains):
        group = grid.group(domain, agent, model, method)
        count = len(group.scores("test", "after"))
        if domain in domains or not count:
            yield f"{grid.method_label(method)} on {grid.domain_label(domain)}", group, count


def _measured(grid: Grid, agent: str, model: str, method: str) -> dict[str, Group]:
    """A method's groups that have test scores, by domain."""
    groups = {domain: grid.group(domain, agent, model, method) for domain in grid.domains}
    return {domain: group for domain, group in groups.items() if mean_score(group.scores("test", "after")) is not None}


def _point(grid: Grid, method: str, groups: Sequence[Group]) -> Point:
    sides = [group.scores("test", "after") for group in groups]
    means = [mean for scores in sides if (mean := mean_score(scores)) is not None]
    used = mean_usage([learning(record) for group in groups for record in group.done.values()])
    tasks = [_share(rollout_usage(scores), rollouts(scores)) for scores in sides]
    prices = [cost.dollars for cost in tasks if cost.dollars is not None]
    task = Cost(_mean([cost.tokens for cost in tasks]), _mean(prices) if len(prices) == len(tasks) else None)
    return Point(grid.method_label(method), _mean(means), Cost(used.tokens, used.dollars), task)


def _share(used: Usage, count: int) -> Cost:
    return Cost(used.tokens / count, None if used.dollars is None else used.dollars / count)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _chart(cost: str, one: str, of: str, points: Sequence[tuple[Point, Cost]]) -> Chart:
    known = all(amount.dollars is not None for _, amount in points)
    unit = f"US dollars {one}" if known else f"tokens {one} (a price is unknown)"
    rows: list[dict[str, Any]] = [
        {
            "method": point.method,
            "mean test score": round(point.score, 4),
            "score": percent(point.score),
            unit: round(amount.dollars or 0.0, _DIGITS) if known else round(amount.tokens, 1),
        }
        for point, amount in points
    ]
    title = f"Mean test score against the cost of {cost}: {of}"
    look = pointed(series_of([point.method for point, _ in points], "method", symbol=None))
    encoding = {
        "x": {"field": unit, "type": "quantitative", "title": unit, "axis": {"format": "~g" if known else "~s"}},
        "y": {"field": "mean test score", "type": "quantitative", "scale": {"domain": [0, 1]}},
        "tooltip": tooltip(method="method", score="mean test score, %", **{unit: unit}),
        **look,
    }
    mark = {"type": "point", "filled": True, "size": 130, "opacity": 1}
    told = "; ".join(f"{row['method']}: {row['score']} % for {row[unit]:,.4g}" for row in rows)
    return framed(title, f"{title}, in {unit}. {told}.", rows, mark=mark, encoding=encoding)
