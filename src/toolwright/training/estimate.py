"""What a training will take, before any is spent: a low and a high case from stated assumptions; pure.

Example:
    estimate = estimate_training(splits, Plan(epochs=10, patience=3), {"agent": Price(input=0.25, output=2)})
    print(estimate.total.requests.low, estimate.total.requests.high)
"""

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from toolwright.base import SCHEMA_VERSION, Frozen, canonical_json
from toolwright.functions import FunctionSet
from toolwright.models.spec import MILLION_TOKENS, Price
from toolwright.optimizer.actions import ACTIONS
from toolwright.optimizer.budget_text import tokens_of
from toolwright.prompt_files import read_prompt
from toolwright.tasks import TaskSet
from toolwright.training.trainer import Splits


class Plan(Frozen):
    """What of a configuration decides how much a training takes; the fields are named as there."""

    epochs: int = 10
    patience: int = 3
    repeats: int = 1
    actions: int = 3
    prompt_tokens: int = 24_000
    turns: int = 12
    start: FunctionSet = Field(default_factory=FunctionSet)


class Range(Frozen):
    """A low and a high figure."""

    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(low=self.low + other.low, high=self.high + other.high)


class RoleEstimate(Frozen):
    """What one role will take; `dollars` is None where its price is unknown."""

    requests: Range
    input_tokens: Range
    output_tokens: Range
    dollars: Range | None

    def __add__(self, other: "RoleEstimate") -> "RoleEstimate":
        return RoleEstimate(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            dollars=None if self.dollars is None or other.dollars is None else self.dollars + other.dollars,
        )


class Estimate(Frozen):
    """What a training will take, by role, and what that rests on."""

    agent: RoleEstimate
    optimizer: RoleEstimate
    assumptions: tuple[str, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def total(self) -> RoleEstimate:
        """Both roles together."""
        return self.agent + self.optimizer


class Case(Frozen):
    """One case's assumptions; tokens of 4 characters.

    Attributes:
        turns: Requests a rollout takes.
        reply: Tokens of one reply of the agent.
        result: Tokens of what its calls return in a turn.
        learned: Functions on offer beside the starting ones, on average.
        actions: Admitted actions of a step, at most.
        spare: Requests of a step beside those: refusals, terminate.
        action: Tokens of one reply of the optimizer.
        answer: Tokens it is told in return.
    """

    turns: int
    reply: int
    result: int
    learned: int
    actions: int
    spare: int
    action: int
    answer: int


LOW: Final = Case(turns=1, reply=80, result=20, learned=0, actions=1, spare=1, action=300, answer=60)
HIGH: Final = Case(turns=4, reply=800, result=200, learned=6, actions=1_000, spare=2, action=1_500, answer=300)
FUNCTION_TOKENS: Final = 200
"""One function as it is offered: description and schema."""


class _Used(Frozen):
    """What one case comes to."""

    requests: int = 0
    input: int = 0
    output: int = 0


def estimate_training(splits: Splits, plan: Plan, prices: Mapping[str, Price | None]) -> Estimate:
    """Estimates a training.

    Args:
        splits: The task sets.
        plan: The schedule and the budgets of prompts.
        prices: Dollars for a million tokens by role; a missing or None one is unknown.

    Returns:
        Requests, tokens and dollars: low where nothing helps and the early stop ends it, high where every epoch runs.
    """
    high = HIGH.model_copy(update={"turns": min(HIGH.turns, plan.turns)})
    cases = [(LOW, min(plan.epochs, plan.patience), 1), (high, plan.epochs, 2)]
    agent = [_agent(splits, plan, case, epochs, reads) for case, epochs, reads in cases]
    optimizer = [_optimizer(splits.train, plan, case, epochs) for case, epochs, _ in cases]
    return Estimate(
        agent=_range(agent, prices.get("agent")),
        optimizer=_range(optimizer, prices.get("optimizer")),
        assumptions=_assumptions(splits, plan, high),
    )


def _agent(splits: Splits, plan: Plan, case: Case, epochs: int, reads: int) -> _Used:
    """Train and validation once and after every epoch, the test once or twice."""
    times = [(splits.train, 1 + epochs), (splits.validation, 1 + epochs), (splits.test, reads)]
    offered = plan.start.schemas()
    fixed = tokens_of(read_prompt("toolwright.agents", "function_calling").template)
    fixed += sum(tokens_of(canonical_json(spec.model_dump(mode="json"))) for spec in offered)
    fixed += case.learned * FUNCTION_TOKENS
    rollouts = [(tokens_of(task.text), count * plan.repeats) for tasks, count in times if tasks for task in tasks.tasks]
    grown = case.turns * (case.turns - 1) // 2 * (case.reply + case.result)
    made = sum(count for _, count in rollouts)
    return _Used(
        requests=made * case.turns,
        input=sum(count * (case.turns * (fixed + text) + grown) for text, count in rollouts),
        output=made * case.turns * case.reply,
    )


def _optimizer(train: TaskSet, plan: Plan, case: Case, epochs: int) -> _Used:
    """A conversation an epoch, its prompt sent again with every request."""
    asked = min(case.actions, plan.actions) + case.spare
    conversations = sum(tokens_of(task.text) + case.turns * (case.reply + case.result) for task in train.tasks)
    step = tokens_of(read_prompt("toolwright.optimizer", "step").template)
    system = tokens_of(read_prompt("toolwright.optimizer", "system").template)
    system += tokens_of(canonical_json([action.model_dump(mode="json") for action in ACTIONS]))
    prompt = system + min(plan.prompt_tokens, step + conversations * plan.repeats)
    grown = asked * (asked - 1) // 2 * (case.action + case.answer)
    return _Used(requests=epochs * asked, input=epochs * (asked * prompt + grown), output=epochs * asked * case.action)


def _range(cases: list[_Used], price: Price | None) -> RoleEstimate:
    low, high = cases
    return RoleEstimate(
        requests=Range(low=low.requests, high=high.requests),
        input_tokens=Range(low=low.input, high=high.input),
        output_tokens=Range(low=low.output, high=high.output),
        dollars=None if price is None else Range(low=_dollars(low, price), high=_dollars(high, price)),
    )


def _dollars(used: _Used, price: Price) -> float:
    return (used.input * price.input + used.output * price.output) / MILLION_TOKENS


def _assumptions(splits: Splits, plan: Plan, high: Case) -> tuple[str, ...]:
    stop = min(plan.epochs, plan.patience)
    test = ["the sealed test is read once (low: nothing was learned) or twice (high)"] if splits.test else []
    rollout = (
        f"a rollout takes {LOW.turns} to {high.turns} requests, each answered in {LOW.reply} to {high.reply} tokens"
    )
    asked = f"a step asks the optimizer 2 to {plan.actions + high.spare} times"
    return (
        f"epochs: {stop} (low: nothing helps and the early stop ends the training) to {plan.epochs} (high)",
        f"{rollout}; models that think at length write more",
        f"{asked}, each answered in {LOW.action} to {high.action} tokens; prompts to {plan.prompt_tokens:,} tokens",
        *test,
        "a token is 4 characters; no discount for cached tokens, no retries",
    )
