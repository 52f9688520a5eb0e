"""The charts of a run and of several as Vega-Lite specifications, from figures alone; pure.

Their data stands in them, nothing is fetched. The page gives them its colours for text and axes, light or dark.

Example:
    overview_charts(overview)["loss"]                        # one run
    comparison_charts(comparison)["accuracy"]                # several
    functions_chart(functions.functions)                     # what a notebook draws besides
"""

from toolwright.report.charts.accuracy import accuracy_chart, loss_chart
from toolwright.report.charts.comparison import comparison_accuracy_chart, comparison_cost_chart, transfer_chart
from toolwright.report.charts.cost import cost_chart, tokens_chart
from toolwright.report.charts.functions import functions_chart
from toolwright.report.charts.tasks import tasks_chart
from toolwright.report.documents import Chart, ComparisonDocument, Overview


def overview_charts(overview: Overview) -> dict[str, Chart]:
    """The charts of a run by name; none where no epoch has ended."""
    epochs, stopped = overview.epochs, overview.stopped
    if not epochs:
        return {}
    test = next((split for split in overview.splits if split.split == "test"), None)
    return {
        "loss": loss_chart(epochs, stopped=stopped, test=test),
        "accuracy": accuracy_chart(epochs, stopped=stopped, test=test),
        "cost": cost_chart(epochs),
        "tokens": tokens_chart(epochs),
    }


def comparison_charts(comparison: ComparisonDocument) -> dict[str, Chart]:
    """The charts of several runs by name; those for which there are figures."""
    curves = [(one.run, one.overview.epochs) for one in comparison.runs if one.overview.epochs]
    charts: dict[str, Chart] = {}
    if curves:
        charts |= {"accuracy": comparison_accuracy_chart(curves), "cost": comparison_cost_chart(curves)}
    if comparison.transfer:
        charts["transfer"] = transfer_chart(comparison.transfer)
    return charts


__all__ = [
    "accuracy_chart",
    "comparison_accuracy_chart",
    "comparison_charts",
    "comparison_cost_chart",
    "cost_chart",
    "functions_chart",
    "loss_chart",
    "overview_charts",
    "tasks_chart",
    "tokens_chart",
    "transfer_chart",
]
