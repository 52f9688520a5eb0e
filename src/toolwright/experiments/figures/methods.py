"""Test scores by batch size as bars with their intervals, one for each domain; pure.

Example:
    next(batch_charts(grid))["title"]
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from toolwright.experiments.figures.telling import Drawn, gaps_text, with_lines
from toolwright.experiments.statistics import mean_of
from toolwright.experiments.tables.cells import Grid
from toolwright.experiments.tables.methods import batch_label
from toolwright.experiments.tables.shown import interval_text, number
from toolwright.experiments.tables.stated import models_text
from toolwright.experiments.tables.usage import examples_of
from toolwright.report.charts.parts import framed, lined, series_of, tooltip
from toolwright.report.documents import Chart


def batch_charts(grid: Grid) -> Iterator[Chart]:
    """A chart for each agent and model."""
    for agent, model in product(grid.agents, grid.models):
        rows = list(_rows(grid, agent, model))
        if rows:
            chart = _chart(f"Mean test score by batch: {grid.who(agent, model)}", rows)
            gaps = gaps_text(_drawn(grid, agent, model))
            yield with_lines(chart, models_text(grid.experiment, [model]), gaps)


def _drawn(grid: Grid, agent: str, model: str) -> Iterator[Drawn]:
    for method, domain in product(grid.methods, grid.domains):
        group = grid.group(domain, agent, model, method)
        name = f"{grid.method_label(method)} on {grid.domain_label(domain)}"
        yield name, group, len(group.scores("test", "after"))


def _rows(grid: Grid, agent: str, model: str) -> Iterator[dict[str, Any]]:
    for method, domain in product(grid.methods, grid.domains):
        mean = mean_of(grid.group(domain, agent, model, method).scores("test", "after"))
        if mean is not None:
            yield {
                "batch": f"{grid.method_label(method)}: {batch_label(grid, method)}",
                "domain": grid.domain_label(domain),
                "value": round(mean.mean, 4),
                "low": round(mean.interval.low, 4),
                "high": round(mean.interval.high, 4),
                "score": interval_text(mean),
                "examples": number(examples_of([*grid.group(domain, agent, model, method).done.values()])),
                "seeds": mean.over_seeds,
            }


def _chart(title: str, rows: Sequence[dict[str, Any]]) -> Chart:
    batches, domains = ([*dict.fromkeys(row[field] for row in rows)] for field in ("batch", "domain"))
    look = lined(series_of(domains, "domain", symbol="square"))
    score = "mean test score, %, with its interval"
    said = tooltip(batch="batch", domain="domain", score=score, examples="examples", seeds="seeds")
    y = {"type": "quantitative", "title": "mean test score", "scale": {"domain": [0, 1]}}
    at = {
        "x": {
            "field": "batch",
            "type": "nominal",
            "sort": batches,
            "title": "train tasks an epoch",
            "axis": {"labelAngle": 0},
        },
        "xOffset": {"field": "domain", "type": "nominal", "sort": domains},
        "tooltip": said,
    }
    bars = {
        "mark": {"type": "bar", "fillOpacity": 0.6, "strokeWidth": 2},
        "encoding": {**at, "y": {**y, "field": "value"}, **look, "stroke": look["color"]},
    }
    intervals = {
        "mark": {"type": "rule", "strokeWidth": 1.5},
        "encoding": {**at, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }
    told = "; ".join(f"{row['batch']}, {row['domain']}: {row['score']} %" for row in rows)
    return framed(title, f"{title}. {told}.", rows, layer=[bars, intervals])
