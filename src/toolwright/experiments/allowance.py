"""What is left of an experiment's budget, and whether a cell fits in it; pure.

Example:
    limits = within(experiment.limits, experiment.budget, spent)
    lacking(limits, runner.estimate(work))    # "" where the low estimate fits
"""

from collections.abc import Iterable
from typing import Final, Self

from toolwright.base import Frozen
from toolwright.errors import ConfigError
from toolwright.experiments.records import CellRecord
from toolwright.messages import Usage
from toolwright.models.ledger import Limits
from toolwright.training.estimate import RoleEstimate

_NAMES: Final = ("requests", "tokens", "dollars", "minutes")


class Spent(Frozen):
    """What was used; `unpriced` counts requests whose price nobody knew."""

    requests: int = 0
    tokens: int = 0
    dollars: float = 0.0
    minutes: float = 0.0
    unpriced: int = 0

    @classmethod
    def of(cls, usage: Usage, minutes: float) -> Self:
        """A usage in what limits count."""
        unpriced = usage.requests if usage.dollars is None else 0
        return cls(
            requests=usage.requests,
            tokens=usage.tokens,
            dollars=usage.dollars or 0.0,
            minutes=minutes,
            unpriced=unpriced,
        )

    @classmethod
    def by(cls, record: CellRecord) -> Self:
        """What a cell used, its measurements included."""
        return cls.of(sum(record.usage.values(), record.measuring), record.minutes + record.measuring_minutes)

    @classmethod
    def sum(cls, parts: Iterable["Spent"]) -> Self:
        """All together."""
        listed = list(parts)
        return cls.model_validate({name: sum(getattr(part, name) for part in listed) for name in cls.model_fields})


def used_up(budget: Limits, spent: Spent) -> str:
    """What of a budget is used up, in words; "" where something is left of everything.

    Raises:
        ConfigError: It is in dollars, and something was used whose price nobody knows.
    """
    if budget.dollars is not None and spent.unpriced:
        raise ConfigError(
            f"budget.dollars cannot hold: {spent.unpriced:,} requests of cells run before have no known price; "
            "limit the budget in requests or tokens, or give another --out"
        )
    for name in _NAMES:
        limit, used = getattr(budget, name), getattr(spent, name)
        if limit is not None and (limit - used <= 0):
            return f"the budget of {_amount(name, limit)} is used up"
    return ""


def within(limits: Limits, budget: Limits, spent: Spent) -> Limits:
    """A cell's limits within what is left of the budget, of which nothing is used up."""
    left: dict[str, float] = {}
    for name in _NAMES:
        limit, of = getattr(limits, name), getattr(budget, name)
        given = [value for value in (limit, None if of is None else of - getattr(spent, name)) if value is not None]
        if given:
            left[name] = min(given)
    return Limits.model_validate(left)


def lacking(limits: Limits, estimate: RoleEstimate, used: Spent | None = None) -> str:
    """What a cell needs at the least and is not left, in words; "" where the low estimate fits.

    Args:
        limits: What the cell may use.
        estimate: What is to come of it.
        used: What counts against these limits already, where the estimate is not of the whole cell.
    """
    tokens = estimate.input_tokens.low + estimate.output_tokens.low
    dollars = None if estimate.dollars is None else estimate.dollars.low
    for name, needed in (("requests", estimate.requests.low), ("tokens", tokens), ("dollars", dollars)):
        limit, before = getattr(limits, name), getattr(used, name, 0)
        if limit is not None and needed is not None and needed + before > limit:
            more = f" more than the {_amount(name, before)} it used" if before else ""
            return f"it needs {_amount(name, needed)}{more} at the least, and may use {_amount(name, limit)}"
    return ""


def _amount(name: str, amount: float) -> str:
    return f"${amount:,.4g}" if name == "dollars" else f"{amount:,.6g} {name}"
