"""What is to come of the cells that are not done, and whether the budget is enough for one; asks nobody.

Example:
    estimate = estimated(plan, RUNNERS)
    estimate.total.requests.expected, estimate.done
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.errors import ConfigError
from toolwright.experiments.allowance import Allowance, Spent, used_up
from toolwright.experiments.expecting import Basis, Expectation, expectations
from toolwright.experiments.matrix import MethodKind
from toolwright.experiments.measuring.readings import estimate_readings
from toolwright.experiments.methods.work import MethodRunner
from toolwright.experiments.pilots import spent_on_pilots
from toolwright.experiments.planning import Plan, Planned
from toolwright.experiments.records import CellKey
from toolwright.models.ledger import Limits
from toolwright.training.outlay import Range, RoleEstimate

Runners = Mapping[MethodKind, MethodRunner]
"""What runs each kind of method."""


class MethodEstimate(Frozen):
    """What a method's cells that are not done will take, together.

    Attributes:
        method: Its name.
        cells: How many they are.
        estimate: Low and high; with what is expected, where that is known of each of them.
        minutes: Wall-clock time; None where of one of them nothing was measured.
        rests_on: How many of them rest on what.
    """

    method: str
    cells: int
    estimate: RoleEstimate
    minutes: Range | None
    rests_on: dict[Basis, int]


class ExperimentEstimate(Frozen):
    """What an experiment's cells that are not done will take.

    Attributes:
        methods: By method, in the experiment's order.
        total: All together; None where all are done. Without an expected figure where one cell has none.
        minutes: Wall-clock time of all together, cell by cell; None where of one of them nothing was measured.
        pilots: What pilots used so far.
        cells: How many cells there are.
        done: How many of them are done.
    """

    methods: tuple[MethodEstimate, ...]
    total: RoleEstimate | None
    minutes: Range | None
    pilots: Spent
    cells: int
    done: int
    schema_version: int = SCHEMA_VERSION


Parts = tuple[RoleEstimate, ...]
"""What is to come of a cell: of running it, where that is left, then of each reading beside it.

The first must fit for the cell to be begun: a training counts without what is read beside it, which is then read as far
as limits and budget go.
"""


def parts_of(plan: Plan, runners: Runners) -> dict[CellKey, Parts]:
    """What is to come of each cell that is not done, by its parts.

    One that was broken off counts as a whole, one whose training is done for the readings that are left.

    Raises:
        ToolwrightError: An option of a method is wrong.
    """
    return {one.cell.key: _parts(one, runners) for one in plan.to_run}


def _parts(one: Planned, runners: Runners) -> Parts:
    run = () if one.trained else (runners[one.cell.method.kind].estimate(one.work),)
    return (*run, *estimate_readings(one.work, trained=one.trained is not None))


def estimated(plan: Plan, runners: Runners) -> ExperimentEstimate:
    """The estimate by method and in all; asks nobody.

    Raises:
        ToolwrightError: As of `parts_of`; or a pilot cannot be read.
    """
    each = expectations(plan, {key: reduce(add, parts) for key, parts in parts_of(plan, runners).items()})
    named = {name: [one for key, one in each.items() if key.method == name] for name in plan.setup.experiment.methods}
    total = reduce(add, (one.outlay for one in each.values())) if each else None
    return ExperimentEstimate(
        methods=tuple(_of_method(name, found) for name, found in named.items() if found),
        total=total and total.used,
        minutes=total and total.minutes,
        pilots=spent_on_pilots(plan.setup.out),
        cells=len(plan.planned),
        done=len(plan.planned) - len(plan.to_run),
    )


def _of_method(name: str, cells: Sequence[Expectation]) -> MethodEstimate:
    outlay, rests_on = reduce(add, (one.outlay for one in cells)), Counter[Basis](one.rests_on for one in cells)
    return MethodEstimate(
        method=name, cells=len(cells), estimate=outlay.used, minutes=outlay.minutes, rests_on=dict(rests_on)
    )


def check_budget(
    cells: Sequence[Planned],
    estimates: Mapping[CellKey, RoleEstimate],
    spent: Mapping[CellKey, Spent],
    budget: Limits,
    beside: Spent,
) -> None:
    """Checks that at least one cell fits in its limits and in what is left of the budget.

    Args:
        cells: Those to run.
        estimates: What must fit for each to be begun.
        spent: What each cell of the experiment used so far.
        budget: The experiment's.
        beside: What else was used: by cells that were run again since or left the matrix, and by pilots.

    Raises:
        ConfigError: None does; the message says what the cheapest needs and what is left.
    """
    faults = {
        one.cell.key: lacking_for(one, estimates[one.cell.key], budget, spent_beside(one.cell.key, spent, beside))
        for one in cells
    }
    if not faults or not all(faults.values()):
        return
    cheapest = min(faults, key=lambda key: estimates[key].requests.low)
    raise ConfigError(
        f"the budget is too small for one cell: {cheapest.id}, the cheapest, cannot be run: {faults[cheapest]} "
        "(`toolwright experiment estimate` says what it will take)"
    )


def lacking_for(one: Planned, estimate: RoleEstimate, budget: Limits, others: Spent) -> str:
    """What a cell lacks to be run, or read on, in words, with what to do; "" where it fits.

    Args:
        one: The cell.
        estimate: What must fit for it to be begun.
        budget: The experiment's.
        others: What all other cells used.
    """
    if fault := used_up(budget, others):
        return fault
    return allowed(one, budget, others).lacking(estimate, one.used_before)


def allowed(one: Planned, budget: Limits, others: Spent) -> Allowance:
    """What a cell may use, what it used before included, of a budget of which all other cells used so much."""
    return Allowance(own=one.work.config.limits, budget=budget, others=others)


def spent_beside(key: CellKey, spent: Mapping[CellKey, Spent], beside: Spent) -> Spent:
    """What all other cells used: a cell that is run on counts for itself what it used before."""
    return Spent.sum((beside, *(used for other, used in spent.items() if other != key)))
