"""What an experiment would take, shown."""

from toolwright.cli.jobs.experiment import Wanted
from toolwright.cli.output import print_json, print_sections
from toolwright.experiments.estimating import ExperimentEstimate, estimated
from toolwright.experiments.methods.kinds import RUNNERS
from toolwright.experiments.planning import plan_of
from toolwright.report.sections import Section, price
from toolwright.training.estimate import Range, RoleEstimate


def print_estimate(wanted: Wanted, *, as_json: bool) -> None:
    """Prints requests, tokens and dollars, low and high, by method and in all.

    Raises:
        ToolwrightError: The experiment or its tasks are wrong.
    """
    found = estimated(plan_of(wanted.setup()), RUNNERS)
    if as_json:
        print_json(found)
    else:
        print_sections((_section(found),))


def _section(found: ExperimentEstimate) -> Section:
    left = found.cells - found.done
    whole = "A cell that was broken off counts as a whole; `toolwright estimate` says what such figures rest on."
    rows = [(one.method, f"{one.cells:,}", *_figures(one.estimate)) for one in found.methods]
    total = [("total", f"{left:,}", *_figures(found.total))] if found.total is not None else []
    return Section(
        title="Estimate, low to high",
        columns=("method", "cells", "requests", "tokens in", "tokens out", "price") if rows else (),
        rows=(*rows, *total),
        lines=(
            f"{found.done:,} of {found.cells:,} cells are done and take nothing more.",
            *((whole,) if left else ()),
        ),
    )


def _figures(estimate: RoleEstimate) -> tuple[str, ...]:
    counts = (estimate.requests, estimate.input_tokens, estimate.output_tokens)
    return (*map(_count, counts), _dollars(estimate.dollars))


def _count(figure: Range) -> str:
    return f"{figure.low:,.0f} to {figure.high:,.0f}"


def _dollars(figure: Range | None) -> str:
    return price(None) if figure is None else f"{price(figure.low)} to {price(figure.high)}"
