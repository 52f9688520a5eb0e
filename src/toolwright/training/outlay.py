"""What something takes, as values: by role, from low to high, with what is expected; and what decides how much.

Estimates are made from assumptions (`estimate.py`) or from a pilot (`projection.py`); these are what both come to.

Example:
    outlay = Outlay(used=agent + optimizer, minutes=Range(low=3, high=9, expected=5))
    outlay.used.requests.expected
"""

from pydantic import Field

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.functions import FunctionSet
from toolwright.models.spec import MILLION_TOKENS, Price
from toolwright.tasks import TaskSet
from toolwright.training.batches import HistoryKind


class Plan(Frozen):
    """What of a configuration decides how much a training takes; the fields are named as there, but these.

    Attributes:
        max_repeats: Samples of each task the gate may come to; no more than `repeats` where it buys none.
        at_once: Rollouts under way at once, by every limit there is.
        requests_per_minute: The agent's limit, None for none.
        instructions: The agent's own instructions.
        calls: Whether the agent may ask again before it learned a function: it has a tool or an interpreter to call, or
            is not one that answers at once where it has nothing to call.
        start: The starting functions.
    """

    epochs: int = 10
    patience: int = 3
    repeats: int = 1
    max_repeats: int = 1
    actions: int = 3
    proposals: int = 1
    screen: int = 10
    batch: int = 0
    history: HistoryKind = "batch"
    prompt_tokens: int = 24_000
    show_targets: bool = True
    run_code: bool = True
    turns: int = 12
    at_once: int = 64
    requests_per_minute: float | None = None
    instructions: str = ""
    calls: bool = True
    start: FunctionSet = Field(default_factory=FunctionSet)

    @property
    def bought(self) -> int:
        """Samples of each task the gate may buy beside the first ones."""
        return max(0, self.max_repeats - self.repeats)

    @property
    def unaided(self) -> bool:
        """Whether a rollout with the starting functions is one request."""
        return not self.calls and not self.start.names

    def shown(self, train: TaskSet) -> TaskSet:
        """As many training tasks as a step's prompt shows, at the most."""
        if not self.batch or self.history == "running":
            return train
        return TaskSet(name=train.name, tasks=train.tasks[: self.batch])


class Range(Frozen):
    """A low and a high figure; `expected` lies between them and is None where nothing was measured."""

    low: float
    high: float
    expected: float | None = None

    def __add__(self, other: "Range") -> "Range":
        unmeasured = self.expected is None or other.expected is None
        expected = None if unmeasured else (self.expected or 0.0) + (other.expected or 0.0)
        return Range(low=self.low + other.low, high=self.high + other.high, expected=expected)


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
    """What a training will take, by role, and what that rests on; `minutes` is None where nothing was measured."""

    agent: RoleEstimate
    optimizer: RoleEstimate
    minutes: Range | None = None
    assumptions: tuple[str, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def total(self) -> RoleEstimate:
        """Both roles together."""
        return self.agent + self.optimizer

    @property
    def outlay(self) -> "Outlay":
        """The same with the time it takes."""
        return Outlay(used=self.total, minutes=self.minutes)


class Outlay(Frozen):
    """What something takes: both roles' requests together, and wall-clock time.

    Attributes:
        used: Requests, tokens and dollars.
        minutes: One thing after the other; None where nothing was measured.
    """

    used: RoleEstimate
    minutes: Range | None = None

    def __add__(self, other: "Outlay") -> "Outlay":
        minutes = None if self.minutes is None or other.minutes is None else self.minutes + other.minutes
        return Outlay(used=self.used + other.used, minutes=minutes)


class Spent(Frozen):
    """What one role's requests come to in one case."""

    requests: float = 0
    input: float = 0
    output: float = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            requests=self.requests + other.requests, input=self.input + other.input, output=self.output + other.output
        )

    def __mul__(self, times: float) -> "Spent":
        return Spent(requests=self.requests * times, input=self.input * times, output=self.output * times)

    def dollars(self, price: Price) -> float:
        """What it costs."""
        return (self.input * price.input + self.output * price.output) / MILLION_TOKENS


def role_estimate(low: Spent, high: Spent, expected: Spent | None = None, *, price: Price | None) -> RoleEstimate:
    """A role's cases side by side, with what they cost."""

    def between(name: str) -> Range:
        return Range(
            low=getattr(low, name),
            high=getattr(high, name),
            expected=None if expected is None else getattr(expected, name),
        )

    cost = None
    if price is not None:
        likely = None if expected is None else expected.dollars(price)
        cost = Range(low=low.dollars(price), high=high.dollars(price), expected=likely)
    return RoleEstimate(
        requests=between("requests"), input_tokens=between("input"), output_tokens=between("output"), dollars=cost
    )
