"""The charts of a page as Vega-Lite specifications, from figures alone; pure.

Their data stands in them, nothing is fetched. The page gives them its colours for text and axes, light or dark.

Example:
    loss_chart(overview.epochs)                              # one run
    comparison_accuracy_chart([("a", a.epochs), ("b", b.epochs)])  # several
    transfer_chart(comparison.transfer)                      # function sets on task sets
"""

from toolwright.report.page.amounts import cost_chart, tokens_chart
from toolwright.report.page.beside import comparison_accuracy_chart, comparison_cost_chart, transfer_chart
from toolwright.report.page.curves import accuracy_chart, loss_chart
from toolwright.report.page.happenings import functions_chart

__all__ = [
    "accuracy_chart",
    "comparison_accuracy_chart",
    "comparison_cost_chart",
    "cost_chart",
    "functions_chart",
    "loss_chart",
    "tokens_chart",
    "transfer_chart",
]
