"""What a pilot measured, and what can be read off it: a rollout's use, how far that may be off, what was really paid.

Example:
    once = rollout_of(pilot.before)
    print(once.requests, tokens_in(once), spread_of(pilot))
"""

import math
import statistics
from collections.abc import Mapping
from typing import Final

from toolwright.base import SCHEMA_VERSION, Frozen, canonical_json
from toolwright.evaluations import Evaluation, Result
from toolwright.functions import FunctionSet
from toolwright.messages import AssistantMessage, Message, Usage
from toolwright.models.spec import MILLION_TOKENS, Price
from toolwright.optimizer.budget_text import tokens_of
from toolwright.parameters import Parameters
from toolwright.protocols import Role
from toolwright.tasks import TaskSet
from toolwright.training.outlay import Spent

SPREADS: Final = (0.1, 0.5)
"""How far off the pilot's rollouts may be, as a share: the least and the most that is assumed."""


class Pilot(Frozen):
    """What a pilot measured.

    Attributes:
        tasks: Its tasks, drawn from the training tasks.
        start: The starting parameters.
        candidate: What its step arrived at; the starting parameters where it changed nothing, or where there was none.
        before: The tasks with the starting parameters, each once.
        after: The tasks with the candidate, None where there was none.
        step: What the step used.
        step_seconds: Wall-clock seconds of the step.
        usage: What all of it used, by role.
        minutes: Wall-clock minutes of all of it.
    """

    tasks: TaskSet
    start: Parameters
    candidate: Parameters
    before: Evaluation
    after: Evaluation | None
    step: Usage
    step_seconds: float
    usage: dict[str, Usage]
    minutes: float
    schema_version: int = SCHEMA_VERSION


def spread_of(pilot: Pilot) -> float:
    """Two standard errors of what a task's rollouts use, as a share."""
    used = [result.trajectory.usage.tokens for result in (pilot.after or pilot.before).results]
    mean = statistics.fmean(used)
    least, most = SPREADS
    if len(used) < 2 or not mean:
        return most
    return max(least, min(most, 2 * statistics.stdev(used) / math.sqrt(len(used)) / mean))


def rollout_of(evaluation: Evaluation) -> Spent:
    """What one rollout of an evaluation used, on average."""
    used, count = evaluation.usage, len(evaluation.results)
    return Spent(requests=used.requests, input=used.input_tokens, output=used.output_tokens) * (1 / count)


def tokens_in(spent: Spent) -> float:
    """Input and output together."""
    return spent.input + spent.output


def longer_by(once: Spent, tokens: float) -> Spent:
    """A rollout on a task that is so much longer, or shorter; its text goes with every request."""
    return once.model_copy(update={"input": max(0.0, once.input + once.requests * tokens)})


def text_of(tasks: TaskSet) -> float:
    """Tokens of a task's text, on average, by our estimate."""
    return statistics.fmean(tokens_of(task.text) for task in tasks.tasks)


def density_of(pilot: Pilot) -> float:
    """Tokens as the agent's provider counts them for one of our estimate; 1 where it counts none."""
    ours = sum(_asked_tokens(result, pilot.start.functions) for result in pilot.before.results)
    return pilot.before.usage.input_tokens / ours or 1.0


def _asked_tokens(result: Result, functions: FunctionSet) -> int:
    """The input of a rollout's requests by our estimate: the conversation so far and the functions, every time."""
    messages = result.trajectory.messages
    offered = [spec for spec in functions.schemas() if spec.name in result.trajectory.offered]
    fixed = sum(tokens_of(canonical_json(spec.model_dump(mode="json"))) for spec in offered)
    said = [_said(message) for message in messages]
    turns = [n for n, message in enumerate(messages) if isinstance(message, AssistantMessage)] or [len(messages)]
    return max(1, sum(fixed + sum(said[:turn]) for turn in turns))


def _said(message: Message) -> int:
    calls = message.calls if isinstance(message, AssistantMessage) else ()
    return tokens_of(message.text) + sum(tokens_of(call.name + call.arguments) for call in calls)


def price_paid(pilot: Pilot, role: Role, prices: Mapping[Role, Price | None]) -> Price | None:
    """The price, set right by what the pilot really paid: a discount for cached tokens, the usual tier of several."""
    price, used = prices.get(role), pilot.usage.get(role, Usage())
    if price is None or not used.dollars:
        return price
    listed = (used.input_tokens * price.input + used.output_tokens * price.output) / MILLION_TOKENS
    share = used.dollars / listed if listed else 1.0
    return Price(input=price.input * share, output=price.output * share)
