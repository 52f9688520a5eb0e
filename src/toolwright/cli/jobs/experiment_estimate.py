"""What an experiment would take, from assumptions, pilots and the cells that are done, shown."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from toolwright.cli.jobs.experiment import Wanted
from toolwright.cli.jobs.experiment_telling import run_kept, telling
from toolwright.cli.output import messages, print_json, print_line, print_sections
from toolwright.experiments.estimating import ExperimentEstimate, MethodEstimate, estimated
from toolwright.experiments.expecting import Basis, to_pilot
from toolwright.experiments.methods.kinds import RUNNERS
from toolwright.experiments.pilots import run_pilots
from toolwright.experiments.planning import Plan, plan_of
from toolwright.report.sections import Section, count_of, price, time_of
from toolwright.training.outlay import Range, RoleEstimate

Shown = Callable[[Range | None, Callable[[float], str]], str]
"""How a figure is shown, by how one number of its kind is written."""

_COLUMNS: Final = ("method", "cells", "requests", "tokens in", "tokens out", "price", "minutes")
_SAID: Final[dict[Basis, str]] = {
    "done cells": "what done cells of other seeds took",
    "pilot": "a pilot",
    "other domains": "weaker evidence: what the method took in other domains, with as many tasks",
    "nothing": "nothing but assumptions",
}


def print_estimate(wanted: Wanted, *, pilot: int | None, as_json: bool, quiet: bool) -> None:
    """Prints requests, tokens, dollars and minutes, low, expected and high, by method and in all.

    Args:
        wanted: The experiment.
        pilot: Train tasks of a pilot to run first, for cells of which too little is known; None asks nobody.
        as_json: Print it as JSON.
        quiet: Show nothing of the pilots but warnings.

    Raises:
        ToolwrightError: The experiment or its tasks are wrong, or a pilot could not be run to its end.
    """
    plan = plan_of(wanted.setup())
    if pilot is not None:
        _run_pilots(plan, pilot, quiet=quiet)
    found = estimated(plan, RUNNERS)
    if as_json:
        print_json(found)
    else:
        print_sections(_sections(found, pilot_helps=bool(to_pilot(plan))))


def _run_pilots(plan: Plan, count: int, *, quiet: bool) -> None:
    def say(line: str) -> None:
        if not quiet:
            print_line(messages(), line)

    with telling(quiet=quiet) as (_, sinks):
        run_kept(run_pilots(plan, to_pilot(plan), count, say, sinks), plan.setup.out)


def _sections(found: ExperimentEstimate, *, pilot_helps: bool) -> Iterator[Section]:
    done = f"{found.done:,} of {found.cells:,} cells are done and take nothing more."
    if found.total is None:
        yield Section(title="Estimate", lines=(done, *_notes(found, pilot_helps=pilot_helps)))
        return
    if _anything(found):
        rows = [(*_figures(one, _likely), _basis(one.rests_on)) for one in found.methods]
        yield Section(
            title="Estimate, as expected",
            columns=(*_COLUMNS, "rests on"),
            rows=(*rows, (*_figures(_all_of(found, found.total), _likely), "")),
        )
    yield Section(
        title="Estimate, low to high",
        columns=_COLUMNS,
        rows=(*(_figures(one, _between) for one in found.methods), _figures(_all_of(found, found.total), _between)),
        lines=(done, *_notes(found, pilot_helps=pilot_helps)),
    )


def _all_of(found: ExperimentEstimate, total: RoleEstimate) -> MethodEstimate:
    cells = found.cells - found.done
    return MethodEstimate(method="total", cells=cells, estimate=total, minutes=found.minutes, rests_on={})


def _anything(found: ExperimentEstimate) -> bool:
    return any(basis != "nothing" for one in found.methods for basis in one.rests_on)


def _notes(found: ExperimentEstimate, *, pilot_helps: bool) -> Iterator[str]:
    pilots, methods = found.pilots, found.methods
    if pilots.requests:
        used = f"{count_of(pilots.requests, 'request')} and {pilots.tokens:,} tokens"
        dollars = price(None if pilots.unpriced else pilots.dollars)
        yield f"Pilots took {used}, price {dollars}, {time_of(pilots.minutes)}; it counts against the budget."
    if not methods:
        return
    yield "A cell that was broken off counts as a whole, one whose training is done for what is left to be read."
    yield "Low and high are a pilot's where there is one; else they assume what `toolwright estimate` says."
    cells = sum((Counter(one.rests_on) for one in methods), Counter[Basis]())
    if not _anything(found):
        if pilot_helps:
            yield "Nothing was measured: --pilot 3 runs a few train tasks, and says what to expect."
        else:
            yield "Nothing was measured: of such methods cells that are done tell, and no pilot."
        return
    known = [f"{said} ({cells[basis]:,})" for basis, said in _SAID.items() if cells[basis]]
    yield f"So many cells rest on: {'; '.join(known)}."
    if cells["nothing"]:
        names = ", ".join(one.method for one in methods if "nothing" in one.rests_on)
        yield f"Nothing is expected in total, as of cells of {names} nothing was measured."


def _basis(rests_on: dict[Basis, int]) -> str:
    if len(rests_on) == 1:
        return next(iter(rests_on))
    return ", ".join(f"{basis} {count:,}" for basis, count in rests_on.items())


def _figures(of: MethodEstimate, shown: Shown) -> tuple[str, ...]:
    used = of.estimate
    counts = (shown(figure, "{:,.0f}".format) for figure in (used.requests, used.input_tokens, used.output_tokens))
    return (of.method, f"{of.cells:,}", *counts, shown(used.dollars, price), shown(of.minutes, _minutes))


def _likely(figure: Range | None, text: Callable[[float], str]) -> str:
    return "unknown" if figure is None or figure.expected is None else text(figure.expected)


def _between(figure: Range | None, text: Callable[[float], str]) -> str:
    return "unknown" if figure is None else f"{text(figure.low)} to {text(figure.high)}"


def _minutes(minutes: float) -> str:
    return f"{minutes:,.1f}" if minutes >= 1 else f"{minutes:.2g}"
