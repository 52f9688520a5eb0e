"""What a training will take, extrapolated from a pilot of a few tasks: expected, with a low and a high case; pure.

pilot: its tasks with the starting functions ─► one step ─► the same tasks with its candidate
training: what a rollout and a step took there, times how many there will be

Example:
    estimate = project(pilot, splits, plan, {"agent": Price(input=0.25, output=2)})
    print(estimate.total.dollars.expected, estimate.minutes.expected)
"""

import math
import statistics
from collections.abc import Iterator, Mapping
from typing import Final

from toolwright.base import SCHEMA_VERSION, Frozen, canonical_json
from toolwright.evaluations import Evaluation, Result
from toolwright.functions import FunctionSet
from toolwright.messages import AssistantMessage, Message, Usage
from toolwright.models.spec import MILLION_TOKENS, Price
from toolwright.optimizer.budget_text import tokens_of
from toolwright.optimizer.code_tool import CODE_CALLS
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.optimizer.step import StepContext
from toolwright.optimizer.step_prompt import step_prompt
from toolwright.parameters import Parameters
from toolwright.protocols import Role
from toolwright.tasks import TaskSet
from toolwright.training.estimate import (
    Estimate,
    Plan,
    PlannedRollouts,
    Range,
    Spent,
    role_estimate,
    rollouts_of,
    schedule_assumptions,
)
from toolwright.training.trainer import IDLE_STEPS, Splits

SPREADS: Final = (0.1, 0.5)
"""How far off the pilot's rollouts may be, as a share: the least and the most that is assumed."""

ANSWER_TOKENS: Final = 60
"""What the optimizer is told in return for one reply, in tokens."""


class Pilot(Frozen):
    """What a pilot measured.

    Attributes:
        tasks: Its tasks, drawn from the training tasks.
        start: The starting parameters.
        candidate: What its step arrived at; the starting parameters where it changed nothing.
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


class _Course(Frozen):
    """One case: how the training goes, and how a rollout and a step compare with the pilot's."""

    steps: int
    candidates: int
    reads: int
    bought: int
    asked: float
    rate: float


def project(pilot: Pilot, splits: Splits, plan: Plan, prices: Mapping[Role, Price | None]) -> Estimate:
    """Extrapolates a pilot to a whole training of `plan.epochs` epochs.

    Args:
        pilot: What was measured.
        splits: The task sets of the training.
        plan: The schedule and the budgets of prompts.
        prices: Dollars for a million tokens by role; a missing or None one is unknown. What the pilot really paid
            (cached tokens, tiers) sets them right.

    Returns:
        The estimate: expected where the training goes on as the pilot went, low where nothing helps and the early stop
        ends it, high where every epoch runs, the gate buys all it may and rollouts are dearer than the pilot's.
    """
    courses = _courses(pilot, plan)
    agent = [_agent(pilot, splits, plan, course) for course in courses]
    prompts = sorted(_longer(pilot, splits.train, plan))
    optimizer = [
        _step(pilot.step, course.asked, prompt) * (course.steps * plan.proposals)
        for course, prompt in zip(courses, (prompts[0], prompts[-1], statistics.fmean(prompts)), strict=True)
    ]
    low, high, expected = (_minutes(pilot, splits, plan, course) for course in courses)
    return Estimate(
        agent=role_estimate(*agent, price=_paid(pilot, "agent", prices)),
        optimizer=role_estimate(*optimizer, price=_paid(pilot, "optimizer", prices)),
        minutes=Range(low=low, high=high, expected=expected),
        assumptions=tuple(_assumptions(pilot, splits, plan)),
    )


def _courses(pilot: Pilot, plan: Plan) -> tuple[_Course, _Course, _Course]:
    """The low, the high and the expected course."""
    stop, asked, spread = min(plan.epochs, plan.patience), pilot.step.requests, _spread(pilot)
    proposed = pilot.after is not None
    idle = min(IDLE_STEPS, stop)
    return (
        _Course(
            steps=stop if proposed else idle,
            candidates=stop if proposed else 0,
            reads=1,
            bought=0,
            asked=min(asked, 2),
            rate=1 - spread,
        ),
        _Course(
            steps=plan.epochs,
            candidates=plan.epochs,
            reads=2,
            bought=plan.bought,
            asked=asked + plan.actions,
            rate=1 + spread,
        ),
        _Course(
            steps=plan.epochs if proposed else min(IDLE_STEPS, plan.epochs),
            candidates=plan.epochs if proposed else 0,
            reads=2 if proposed else 1,
            bought=0,
            asked=asked,
            rate=1.0,
        ),
    )


def _spread(pilot: Pilot) -> float:
    """Two standard errors of what a task's rollouts use, as a share."""
    used = [result.trajectory.usage.tokens for result in (pilot.after or pilot.before).results]
    mean = statistics.fmean(used)
    least, most = SPREADS
    if len(used) < 2 or not mean:
        return most
    return max(least, min(most, 2 * statistics.stdev(used) / math.sqrt(len(used)) / mean))


def _agent(pilot: Pilot, splits: Splits, plan: Plan, course: _Course) -> Spent:
    start, candidate = _rollout(pilot.before), _rollout(pilot.after or pilot.before)
    if course.rate > 1 and pilot.after is None:
        candidate *= 2  # a call takes a second turn
    if course.rate < 1:
        start = candidate = min(start, candidate, key=_tokens)
    elif course.rate > 1:
        candidate = max(start, candidate, key=_tokens)
    total, density = Spent(), _density(pilot)
    for made in _made(splits, plan, course):
        longer = density * (_text(made.tasks) - _text(pilot.tasks))
        for once, times in ((start, made.start), (candidate, made.candidates)):
            total += _longer_by(once, longer) * (times * course.rate)
    return total


def _made(splits: Splits, plan: Plan, course: _Course) -> Iterator[PlannedRollouts]:
    return rollouts_of(splits, plan, course.candidates, course.reads, course.bought)


def _rollout(evaluation: Evaluation) -> Spent:
    """What one rollout of an evaluation used, on average."""
    used, count = evaluation.usage, len(evaluation.results)
    return Spent(requests=used.requests, input=used.input_tokens, output=used.output_tokens) * (1 / count)


def _tokens(spent: Spent) -> float:
    return spent.input + spent.output


def _longer_by(once: Spent, tokens: float) -> Spent:
    """A rollout on a task that is so much longer, or shorter; its text goes with every request."""
    return once.model_copy(update={"input": max(0.0, once.input + once.requests * tokens)})


def _text(tasks: TaskSet) -> float:
    """Tokens of a task's text, on average, by our estimate."""
    return statistics.fmean(tokens_of(task.text) for task in tasks.tasks)


def _density(pilot: Pilot) -> float:
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


def _longer(pilot: Pilot, train: TaskSet, plan: Plan) -> Iterator[float]:
    """How many tokens longer a step's prompt is over all it shows: with the start, and with the candidate."""
    context = _context(pilot.tasks, pilot.before, pilot.start)
    own, density = _prompt_tokens(context, plan), _density(pilot)
    for evaluation, parameters in ((pilot.before, pilot.start), (pilot.after, pilot.candidate)):
        if evaluation is not None:
            shown = plan.shown(train)
            whole = _as_if_of(evaluation, pilot.tasks, shown, plan.repeats)
            yield density * (_prompt_tokens(_context(shown, whole, parameters), plan) - own)


def _context(tasks: TaskSet, evaluation: Evaluation, parameters: Parameters) -> StepContext:
    return StepContext(epoch=1, incumbent=parameters, evaluation=evaluation, tasks=tasks, failures=FailureRecord())


def _prompt_tokens(context: StepContext, plan: Plan) -> int:
    """What is in every prompt alike, packages and limits, is left out: it is in the pilot's own, too."""
    text, _ = step_prompt(
        context,
        {},
        tokens=plan.prompt_tokens,
        actions=plan.actions,
        show_targets=plan.show_targets,
        code_calls=CODE_CALLS if plan.run_code else 0,
    )
    return tokens_of(text)


def _as_if_of(evaluation: Evaluation, tasks: TaskSet, train: TaskSet, repeats: int) -> Evaluation:
    """The pilot's rollouts in turn in the place of the training tasks' own; a pilot's task keeps its own."""
    place = {task.id: index for index, task in enumerate(tasks.tasks)}
    results = [
        _in_place(evaluation.results[place.get(task.id, number) % len(evaluation.results)], task.id, repeat)
        for number, task in enumerate(train.tasks)
        for repeat in range(repeats)
    ]
    return evaluation.model_copy(update={"tasks": train.digest, "results": tuple(results)})


def _in_place(result: Result, task: str, repeat: int) -> Result:
    trajectory = result.trajectory.model_copy(update={"task_id": task, "repeat": repeat})
    return result.model_copy(update={"trajectory": trajectory})


def _step(measured: Usage, asked: float, longer: float) -> Spent:
    """A step of so many requests, its prompt so much longer; the conversation grows with every reply and answer."""
    count = max(1, measured.requests)
    reply = measured.output_tokens / count
    grown = reply + ANSWER_TOKENS
    first = max(0.0, measured.input_tokens / count - grown * (count - 1) / 2)
    rest = grown if first else measured.input_tokens / count
    given = asked * max(0.0, first + longer) + rest * asked * (asked - 1) / 2
    return Spent(requests=asked, input=given, output=asked * reply)


def _paid(pilot: Pilot, role: Role, prices: Mapping[Role, Price | None]) -> Price | None:
    """The price, set right by what the pilot really paid: a discount for cached tokens, the usual tier of several."""
    price, used = prices.get(role), pilot.usage.get(role, Usage())
    if price is None or not used.dollars:
        return price
    listed = (used.input_tokens * price.input + used.output_tokens * price.output) / MILLION_TOKENS
    share = used.dollars / listed if listed else 1.0
    return Price(input=price.input * share, output=price.output * share)


def _minutes(pilot: Pilot, splits: Splits, plan: Plan, course: _Course) -> float:
    """Each evaluation takes its slowest rollout, or what its rollouts take in their places; each step the pilot's."""
    before = [result.trajectory.seconds for result in pilot.before.results]
    after = [result.trajectory.seconds for result in (pilot.after or pilot.before).results]
    made = list(_made(splits, plan, course))
    starts, candidates = sum(each.start for each in made), sum(each.candidates for each in made)
    evaluations = (1, course.candidates + course.reads - 1)
    agent = sum(
        max(times * max(seconds), count * statistics.fmean(seconds) / plan.at_once)
        for times, count, seconds in zip(evaluations, (starts, candidates), (before, after), strict=True)
    )
    if plan.requests_per_minute is not None:
        asked = _agent(pilot, splits, plan, course).requests
        agent = max(agent, 60 * asked / plan.requests_per_minute)
    asked_per_step = course.asked / max(1, pilot.step.requests)
    return (agent * course.rate + course.steps * pilot.step_seconds * asked_per_step) / 60


def _assumptions(pilot: Pilot, splits: Splits, plan: Plan) -> Iterator[str]:
    low, _, _ = _courses(pilot, plan)
    before, after = _rollout(pilot.before), _rollout(pilot.after or pilot.before)
    off = f"within {_spread(pilot):.0%} of the pilot's (two standard errors over its tasks; 10% at least, 50% at most)"
    if pilot.after is None:
        yield (
            f"the pilot's step changed nothing; expected: the training's neither, and {low.steps} such steps end it; "
            f"high: all {plan.epochs} epochs have a candidate"
        )
        yield f"a rollout takes {before.requests:.1f} requests and {_tokens(before):,.0f} tokens, {off}"
    else:
        yield (
            f"expected and high: {plan.epochs} epochs, each with a candidate, as in the pilot; low: nothing helps, and "
            f"the early stop ends it after {low.steps}"
        )
        yield (
            f"a rollout takes {before.requests:.1f} requests and {_tokens(before):,.0f} tokens with the starting "
            f"functions, {after.requests:.1f} and {_tokens(after):,.0f} with a candidate's, {off}"
        )
    longer = statistics.fmean(_longer(pilot, splits.train, plan))
    yield (
        f"a step takes {pilot.step.requests} requests (high: {plan.actions} more); its prompt is {longer:,.0f} tokens "
        f"longer than the pilot's, with conversations of {_all(plan.shown(splits.train), splits.train)} (at most "
        f"{plan.prompt_tokens:,} tokens)"
    )
    yield from schedule_assumptions(splits, plan)
    yield f"{plan.at_once} rollouts at a time take as long as the pilot's; no race is won, no outage waited for"


def _all(shown: TaskSet, train: TaskSet) -> str:
    whole = "all " if len(shown) == len(train) else ""
    return f"{whole}{len(shown)} training tasks"
