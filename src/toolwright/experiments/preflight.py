"""What can be wrong with one cell, said before the first is run: keys, prices, options, a gate that accepts nothing.

Example:
    check_cell(planned, experiment.budget)
"""

from toolwright.config.shortcuts import scorer_of
from toolwright.errors import ConfigError, ToolwrightError
from toolwright.experiments.planning import Planned
from toolwright.models.ledger import Limits
from toolwright.models.prices import check_price, price_of
from toolwright.models.providers import check_spec
from toolwright.models.spec import REPLAY
from toolwright.parts import Parts, check_names, check_targets, checked_gate


def check_cell(planned: Planned, budget: Limits) -> None:
    """Checks what a cell's runs would check when they begin.

    Args:
        planned: The cell.
        budget: The experiment's, which may limit dollars where the cell does not.

    Raises:
        ConfigError: As the message says, with the cell's id.
    """
    try:
        parts = planned.work.parts()
        check_names(parts)
        splits = planned.work.splits
        check_targets(parts.scorer, train=splits.train, validation=splits.validation, test=splits.test)
        for name, other in planned.work.others.items():
            check_targets(scorer_of(other.scorer, planned.work.base), **{f"the transfer to {name}": other.tasks})
        _check_models(parts, budget)
        if planned.cell.method.kind == "train":
            checked_gate(parts.training, planned.work.splits)
    except ToolwrightError as error:
        raise ConfigError(f"cell {planned.cell.key.id}: {error}") from error


def _check_models(parts: Parts, budget: Limits) -> None:
    for role, spec in parts.specs.items():
        check_spec(spec, role)
        if not spec.model.startswith(REPLAY):
            for limits in (parts.limits, budget):
                check_price(price_of(spec) if limits.dollars is not None else None, spec, role, limits)
