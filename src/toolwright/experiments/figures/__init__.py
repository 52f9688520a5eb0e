"""An experiment's figures as Vega-Lite specifications, and the page that shows them with its tables; pure.

Learning curves are the paper's Fig. 2, the heat map of transfer its Fig. 3, batches its Fig. 4; accuracy against cost
is not in the paper.

Example:
    write_page(Path("figures.html"), figures_page(results))
    figure_specs(results)["curves-1"]
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from toolwright.experiments.figures.costs import cost_charts
from toolwright.experiments.figures.curves import curve_charts
from toolwright.experiments.figures.methods import batch_charts
from toolwright.experiments.figures.page import ExperimentDocument, page_of
from toolwright.experiments.figures.transfer import transfer_charts
from toolwright.experiments.matrix import TableKind
from toolwright.experiments.records import Results
from toolwright.experiments.tables import tables_of
from toolwright.experiments.tables.cells import Grid
from toolwright.report.documents import Chart

_MAKERS: Final[Mapping[TableKind, Callable[[Grid], Iterator[Chart]]]] = {
    "curves": curve_charts,
    "transfer": transfer_charts,
    "batch": batch_charts,
    "main": cost_charts,
    "baselines": cost_charts,
    "ablation": cost_charts,
    "scaling": cost_charts,
}
"""By the table a figure is of; accuracy against cost is of each that has methods."""

_NAMES: Final[Mapping[TableKind, str]] = {"curves": "curves", "transfer": "transfer", "batch": "batch"}


def figure_specs(results: Results) -> dict[str, Chart]:
    """The figures there are cells for, by name: "curves-1", "transfer-1", "batch-1", "costs-1", …."""
    charts: dict[str, Chart] = {}
    counts: dict[str, int] = {}
    for table in results.experiment.tables:
        name = _NAMES.get(table.kind, "costs")
        for chart in _MAKERS[table.kind](Grid(results, table)) if table.kind in _MAKERS else ():
            counts[name] = counts.get(name, 0) + 1
            charts[f"{name}-{counts[name]}"] = chart
    return charts


def figures_page(results: Results) -> str:
    """One HTML file with the figures and the tables; it loads nothing, and what stands in it is text alone."""
    experiment = results.experiment
    document = ExperimentDocument(
        name=experiment.name,
        about=experiment.about,
        charts=figure_specs(results),
        tables=tables_of(results),
    )
    return page_of(document)


__all__ = ["figure_specs", "figures_page"]
