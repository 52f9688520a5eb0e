"""What the cells that are not done will take, low and high, and whether the budget is enough for one; asks nobody.

Example:
    estimate = estimated(plan, RUNNERS)
    estimate.total.requests.low, estimate.done
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.errors import ConfigError
from toolwright.experiments.allowance import Spent, lacking, used_up, within
from toolwright.experiments.matrix import MethodKind
from toolwright.experiments.methods.work import MethodRunner
from toolwright.experiments.planning import Plan, Planned
from toolwright.experiments.records import CellKey
from toolwright.models.ledger import Limits
from toolwright.training.estimate import RoleEstimate

Runners = Mapping[MethodKind, MethodRunner]
"""What runs each kind of method."""


class MethodEstimate(Frozen):
    """What a method's cells that are not done will take, together."""

    method: str
    cells: int
    estimate: RoleEstimate


class ExperimentEstimate(Frozen):
    """What an experiment's cells that are not done will take.

    Attributes:
        methods: By method, in the experiment's order.
        total: All together; None where all are done.
        cells: How many cells there are.
        done: How many of them are done.
    """

    methods: tuple[MethodEstimate, ...]
    total: RoleEstimate | None
    cells: int
    done: int
    schema_version: int = SCHEMA_VERSION


def estimates_of(plan: Plan, runners: Runners) -> dict[CellKey, RoleEstimate]:
    """What each cell that is not done will take; one that is run on counts as a whole.

    Raises:
        ToolwrightError: An option of a method is wrong.
    """
    return {one.cell.key: runners[one.cell.method.kind].estimate(one.work) for one in plan.to_run}


def estimated(plan: Plan, runners: Runners) -> ExperimentEstimate:
    """The estimate by method and in all; the same errors as of `estimates_of`."""
    each = estimates_of(plan, runners)
    methods: list[MethodEstimate] = []
    for name in plan.setup.experiment.methods:
        found = [estimate for key, estimate in each.items() if key.method == name]
        if found:
            methods.append(MethodEstimate(method=name, cells=len(found), estimate=reduce(add, found)))
    total = reduce(add, (one.estimate for one in methods)) if methods else None
    return ExperimentEstimate(
        methods=tuple(methods), total=total, cells=len(plan.planned), done=len(plan.planned) - len(plan.to_run)
    )


def check_budget(
    cells: Sequence[Planned],
    estimates: Mapping[CellKey, RoleEstimate],
    spent: Mapping[CellKey, Spent],
    budget: Limits,
    replaced: Spent,
) -> None:
    """Checks that at least one cell fits in its limits and in what is left of the budget.

    Args:
        cells: Those to run.
        estimates: What each will take.
        spent: What each cell of the experiment used so far.
        budget: The experiment's.
        replaced: What cells used that were run again since.

    Raises:
        ConfigError: None does; the message says what the cheapest needs and what is left.
    """
    faults: dict[CellKey, str] = {}
    for one in cells:
        others = spent_beside(one.cell.key, spent, replaced)
        fault = used_up(budget, others)
        faults[one.cell.key] = fault or lacking(within(one.work.config.limits, budget, others), estimates[one.cell.key])
    if not faults or not all(faults.values()):
        return
    cheapest = min(faults, key=lambda key: estimates[key].requests.low)
    raise ConfigError(
        f"the budget is too small for one cell: {cheapest.id}, the cheapest, cannot be run: {faults[cheapest]}; raise "
        "[budget] or [limits] of the experiment (`toolwright experiment estimate` says what it will take)"
    )


def spent_beside(key: CellKey, spent: Mapping[CellKey, Spent], replaced: Spent) -> Spent:
    """What all other cells used: a cell that is run on counts for itself what it used before."""
    return Spent.sum((replaced, *(used for other, used in spent.items() if other != key)))
