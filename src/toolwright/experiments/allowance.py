"""What a cell may use: its own limits, within what is left of the experiment's budget; and whether it fits; pure.

Example:
    allowed = Allowance(own=experiment.limits, budget=experiment.budget, others=spent)
    allowed.limits                              # what a run is given
    allowed.lacking(runner.estimate(work))      # "" where the low estimate fits
"""

import math
import re
from collections.abc import Collection, Iterable
from typing import Final, Literal, Self

from toolwright.base import Frozen
from toolwright.errors import ConfigError
from toolwright.experiments.records import CellRecord
from toolwright.messages import Usage
from toolwright.models.ledger import Limits
from toolwright.training.outlay import RoleEstimate

_NAMES: Final = ("requests", "tokens", "dollars", "minutes")
_REACHED: Final = re.compile(rf"the limit of ([0-9][0-9.,e+-]*) ({'|'.join(_NAMES)}) is reached")
"""What a run says of a limit that ended it, as the ledger words it (`toolwright.models.shortfall`)."""

_WHOLE: Final = 100_000
"""From here on figures are shown whole; below, as far as they differ in six digits."""

_CENTS: Final = 100
"""From here on dollars are shown in cents."""

_DIGITS: Final = 1e-5
"""How far, as a share, a limit that is said may be from what it is."""


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
    def of_roles(cls, usage: Iterable[tuple[str, Usage]], minutes: float, replayed: Collection[str] = ()) -> Self:
        """What roles used; one that a recording stood for cost nothing where it does not say what."""
        free = (
            used.model_copy(update={"dollars": used.dollars or 0.0}) if role in replayed else used
            for role, used in usage
        )
        return cls.of(sum(free, Usage()), minutes)

    @classmethod
    def by(cls, record: CellRecord, replayed: Collection[str] = ()) -> Self:
        """What a cell used, its measurements, which ask the agent alone, included; `replayed` as of `of_roles`."""
        usage = (*record.usage.items(), ("agent", record.measuring))
        return cls.of_roles(usage, record.minutes + record.measuring_minutes, replayed)

    @classmethod
    def sum(cls, parts: Iterable["Spent"]) -> Self:
        """All together."""
        listed = list(parts)
        return cls.model_validate({name: sum(getattr(part, name) for part in listed) for name in cls.model_fields})


def used_up(budget: Limits, spent: Spent) -> str:
    """What of a budget is used up, in words, with what to do; "" where something is left of everything.

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
            return f"the budget of {_amount(name, limit)} is used up; raise [budget] of the experiment"
    return ""


class Allowance(Frozen):
    """What a cell, or a pilot, may use.

    Attributes:
        own: Its own limits, the experiment's [limits].
        budget: The experiment's, of which nothing is used up.
        others: What all else of the experiment used.
    """

    own: Limits = Limits()
    budget: Limits = Limits()
    others: Spent = Spent()

    @property
    def limits(self) -> Limits:
        """Its own limits within what is left of the budget."""
        found: dict[str, float] = {}
        for name in _NAMES:
            given = [limit for limit in (getattr(self.own, name), self._left(name)) if limit is not None]
            if given:
                found[name] = min(given)
        return Limits.model_validate(found)

    def lacking(self, estimate: RoleEstimate, used: Spent | None = None) -> str:
        """What it needs at the least and may not use, in words, with what to do; "" where the low estimate fits.

        Args:
            estimate: What is to come of it.
            used: What counts against its limits already, where the estimate is not of the whole of it.
        """
        tokens = estimate.input_tokens.low + estimate.output_tokens.low
        dollars = None if estimate.dollars is None else estimate.dollars.low
        limits = self.limits
        for name, needed in (("requests", estimate.requests.low), ("tokens", tokens), ("dollars", dollars)):
            limit, before = getattr(limits, name), getattr(used, name, 0)
            if limit is not None and needed and needed + before > limit:
                more = f" more than the {_amount(name, before)} it used" if before else ""
                of = f" of the experiment's budget of {self._budgeted(name)}" if self._by_budget(name) else ""
                needs = f"it needs {_amount(name, needed)}{more} at the least, and may use {_amount(name, limit)}{of}"
                return f"{needs}; {self._remedy(name)}"
        return ""

    def explained(self, reason: str, what: Literal["cell", "pilot"] = "cell") -> str:
        """A reason why it ended that names the budget where this was the tighter one, and says what to do.

        Args:
            reason: As its runs say it; one that names no limit stays as it is.
            what: Which of both this is of.
        """
        found = _REACHED.search(reason)
        if found is None or getattr(self.limits, found[2]) is None:
            return reason
        name = found[2]
        if self._by_budget(name):
            reason = reason.replace(found[0], self._budget_reached(name, found[1], what))
        return f"{reason.removesuffix('.')}; {self._remedy(name)}"

    def _budget_reached(self, name: str, said: str, what: str) -> str:
        """A limit that is not the cell's is a part's share of it."""
        limit = getattr(self.limits, name)
        whole = math.isclose(float(said.replace(",", "")), limit, rel_tol=_DIGITS, abs_tol=_DIGITS)
        share = "" if whole else f", a part of it {said}"
        figure = _amount(name, limit) if name == "dollars" else _figure(limit)
        could = f"this {what} could use {figure} of it{share}"
        return f"the experiment's budget of {self._budgeted(name)} was used up ({could})"

    def _left(self, name: str) -> float | None:
        limit = getattr(self.budget, name)
        return None if limit is None else limit - getattr(self.others, name)

    def _by_budget(self, name: str) -> bool:
        """Whether it is the budget that leaves so little of this; also where its own limit does just as well."""
        own, left = getattr(self.own, name), self._left(name)
        return left is not None and (own is None or left <= own)

    def _remedy(self, name: str) -> str:
        both = self._by_budget(name) and getattr(self.own, name) == self._left(name)
        tables = "[budget] and [limits]" if both else "[budget]" if self._by_budget(name) else "[limits]"
        return f"raise {tables} of the experiment"

    def _budgeted(self, name: str) -> str:
        return _amount(name, getattr(self.budget, name))


def _amount(name: str, amount: float) -> str:
    if name != "dollars":
        figure = _figure(amount)
        return f"{figure} {name.removesuffix('s') if figure == '1' else name}"
    return f"${amount:,.4g}" if amount < _CENTS else f"${amount:,.2f}"


def _figure(amount: float) -> str:
    return f"{amount:,.6g}" if amount < _WHOLE else f"{amount:,.0f}"
