"""Whether limits reach as far as a training must come to be worth its price, by the low case of an estimate; pure.

Example:
    found = lack(config.limits, to_evaluate(splits, plan, prices))
    if found:
        print(found.limited, found.least)  # "limits.dollars = $0.02", "$0.035"
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, Self

from toolwright.models.ledger import BYTES_A_TOKEN, Limits
from toolwright.models.spec import Price
from toolwright.protocols import Role
from toolwright.tasks import TaskSet
from toolwright.training.estimate import estimate_evaluation, estimate_training
from toolwright.training.outlay import Plan, RoleEstimate, Spent
from toolwright.training.trainer import Splits

_HELD: Final = 3
"""How many times what its tasks take now a training keeps back for the sealed test: both sets, the best one's twice."""

Prices = Mapping[Role, Price | None]


class Needs(NamedTuple):
    """What is needed at the least; `dollars` is None where a price is unknown."""

    requests: float
    tokens: float
    dollars: float | None

    @classmethod
    def of(cls, estimate: RoleEstimate) -> Self:
        """An estimate's low case."""
        dollars = None if estimate.dollars is None else estimate.dollars.low
        return cls(estimate.requests.low, estimate.input_tokens.low + estimate.output_tokens.low, dollars)

    def plus(self, other: "Needs", times: float = 1.0) -> "Needs":
        """Both together, the other so many times."""
        unknown = self.dollars is None or other.dollars is None
        return Needs(
            self.requests + other.requests * times,
            self.tokens + other.tokens * times,
            None if unknown else (self.dollars or 0.0) + (other.dollars or 0.0) * times,
        )


class Lack(NamedTuple):
    """A limit that does not reach: its name, what it is, and what is needed at the least."""

    name: str
    limit: float
    needed: float

    @property
    def limited(self) -> str:
        """The limit as a config says it."""
        return f"limits.{self.name} = {_figure(self.name, self.limit)}"

    @property
    def least(self) -> str:
        """What is needed, in words."""
        return f"{_figure(self.name, self.needed)}{'' if self.name == 'dollars' else f' {self.name}'}"


def lack(limits: Limits, needs: Needs) -> Lack | None:
    """The first limit below what is needed; None where all reach, as far as prices are known."""
    for name, needed in needs._asdict().items():
        limit = getattr(limits, name)
        if limit is not None and needed is not None and needed > limit:
            return Lack(name, limit, needed)
    return None


def to_evaluate(splits: Splits, plan: Plan, prices: Prices) -> Needs:
    """What the starting functions' evaluation takes for its prompts alone: how long replies are nobody knows yet.

    Of the training tasks, those of a batch where there are batches; and of the validation tasks.
    """
    price = prices.get("agent")
    prompts = price and Price(input=price.input, output=0.0)
    of_each = [_first(tasks, plan, prompts) for tasks in (_batch(splits, plan), splits.validation) if tasks is not None]
    requests, tokens = (sum(getattr(one, name).low for one in of_each) for name in ("requests", "input_tokens"))
    spent = [one.dollars.low for one in of_each if one.dollars is not None]
    return Needs(requests, tokens, sum(spent) if prompts else None)


def to_step(splits: Splits, plan: Plan, prices: Prices, max_tokens: int) -> Needs:
    """What must be left, or was used, for the first step to begin, as the ledger counts it.

    The first evaluation, what is kept back for the sealed test, and the worst case of the step's first request.

    Args:
        splits: The task sets.
        plan: The schedule and the budgets of prompts.
        prices: Dollars for a million tokens by role.
        max_tokens: The longest reply of the optimizer, 0 where it may be of any length.
    """
    once = plan.model_copy(update={"epochs": 1, "patience": 1, "proposals": 1})
    step = estimate_training(splits, once, prices).optimizer
    asks = Spent(requests=1, input=step.input_tokens.low / step.requests.low * BYTES_A_TOKEN, output=max_tokens)
    price, agent = prices.get("optimizer"), prices.get("agent")
    needed = Needs(1, asks.input + asks.output, None if price is None else asks.dollars(price))
    tested = 0 if splits.test is None else len(splits.test) / len(_batch(splits, plan))
    needed = needed.plus(Needs.of(_first(_batch(splits, plan), plan, agent)), 1 + _HELD * tested)
    return needed if splits.validation is None else needed.plus(Needs.of(_first(splits.validation, plan, agent)))


def _first(tasks: TaskSet, plan: Plan, price: Price | None) -> RoleEstimate:
    return estimate_evaluation(tasks, plan, price, learned=False)


def _batch(splits: Splits, plan: Plan) -> TaskSet:
    return TaskSet(name=splits.train.name, tasks=splits.train.tasks[: plan.batch or None])


def _figure(name: str, amount: float) -> str:
    """A count, or dollars to a millionth."""
    return f"{amount:,.0f}" if name != "dollars" else f"${amount:,.6f}".rstrip("0").rstrip(".")
