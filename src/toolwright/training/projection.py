"""What a training will take, extrapolated from a pilot of a few tasks: expected, with a low and a high case; pure.

pilot: its tasks with the starting functions ─► one step ─► the same tasks with its candidate
training: what a rollout and a step took there, times how many there will be

Example:
    estimate = project(pilot, splits, plan, {"agent": Price(input=0.25, output=2)})
    print(estimate.total.dollars.expected, estimate.minutes.expected)
"""

import statistics
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation, Result
from toolwright.messages import Usage
from toolwright.models.spec import Price
from toolwright.optimizer.budget_text import tokens_of
from toolwright.optimizer.code_tool import CODE_CALLS
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.optimizer.step import StepContext
from toolwright.optimizer.step_prompt import step_prompt
from toolwright.parameters import Parameters
from toolwright.protocols import Role
from toolwright.tasks import TaskSet
from toolwright.training.estimate import PlannedRollouts, rollouts_of, schedule_assumptions
from toolwright.training.measured import (
    Pilot,
    density_of,
    longer_by,
    price_paid,
    rollout_of,
    spread_of,
    text_of,
    tokens_in,
)
from toolwright.training.outlay import Estimate, Outlay, Plan, Range, Spent, role_estimate
from toolwright.training.trainer import IDLE_STEPS, Splits

ANSWER_TOKENS: Final = 60
"""What the optimizer is told in return for one reply, in tokens."""


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
        agent=role_estimate(*agent, price=price_paid(pilot, "agent", prices)),
        optimizer=role_estimate(*optimizer, price=price_paid(pilot, "optimizer", prices)),
        minutes=Range(low=min(low, expected), high=high, expected=expected),  # the starting set may be the slower one
        assumptions=tuple(_assumptions(pilot, splits, plan)),
    )


def project_reading(
    pilot: Pilot, tasks: TaskSet, plan: Plan, prices: Mapping[Role, Price | None], *, learned: bool, shown: float = 0.0
) -> Outlay:
    """Extrapolates a pilot to one evaluation.

    Args:
        pilot: What was measured.
        tasks: The evaluation's tasks.
        plan: Its repeats and paces count.
        prices: As of `project`.
        learned: Whether functions are on offer that were learned; then the pilot's rollouts with its candidate are the
            measure, where it had one.
        shown: Tokens by our estimate that each of its requests has beside the pilot's.

    Returns:
        What it takes: expected as the pilot's rollouts, low and high as far off as these may be.
    """
    measured = (pilot.after if learned else None) or pilot.before
    longer = density_of(pilot) * (text_of(tasks) - text_of(pilot.tasks) + shown)
    count, off = len(tasks) * plan.repeats, spread_of(pilot)
    once = longer_by(rollout_of(measured), longer) * count
    seconds = [result.trajectory.seconds for result in measured.results]
    least = 60 * once.requests / plan.requests_per_minute if plan.requests_per_minute is not None else 0.0
    minutes = max(least, *seconds, count * statistics.fmean(seconds) / plan.at_once) / 60
    return Outlay(
        used=role_estimate(once * (1 - off), once * (1 + off), once, price=price_paid(pilot, "agent", prices)),
        minutes=Range(low=minutes * (1 - off), high=minutes * (1 + off), expected=minutes),
    )


def expected_candidates(pilot: Pilot, plan: Plan) -> int:
    """How many epochs are expected to have a candidate: all where the pilot's step had one, else none."""
    return plan.epochs if pilot.after is not None else 0


def _courses(pilot: Pilot, plan: Plan) -> tuple[_Course, _Course, _Course]:
    """The low, the high and the expected course."""
    stop, asked, spread = min(plan.epochs, plan.patience), pilot.step.requests, spread_of(pilot)
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
            reads=2 if plan.epochs else 1,
            bought=plan.bought,
            asked=asked + plan.actions,
            rate=1 + spread,
        ),
        _Course(
            steps=plan.epochs if proposed else min(IDLE_STEPS, plan.epochs),
            candidates=expected_candidates(pilot, plan),
            reads=2 if proposed and plan.epochs else 1,
            bought=0,
            asked=asked,
            rate=1.0,
        ),
    )


def _agent(pilot: Pilot, splits: Splits, plan: Plan, course: _Course) -> Spent:
    before, after = rollout_of(pilot.before), rollout_of(pilot.after or pilot.before)
    if course.rate > 1 and pilot.after is None:
        after *= 2  # a call takes a second turn
    total, density = Spent(), density_of(pilot)
    for made in _made(splits, plan, course):
        longer = density * (text_of(made.tasks) - text_of(pilot.tasks))
        start, candidate = longer_by(before, longer), longer_by(after, longer)
        if course.rate < 1:
            start = candidate = _each(min, start, candidate)
        elif course.rate > 1:
            candidate = _each(max, start, candidate)
        total += (start * made.start + candidate * made.candidates) * course.rate
    return total


def _each(choose: Callable[[float, float], float], one: Spent, other: Spent) -> Spent:
    """Figure by figure: what asks more often may still read less."""
    return Spent(
        requests=choose(one.requests, other.requests),
        input=choose(one.input, other.input),
        output=choose(one.output, other.output),
    )


def _made(splits: Splits, plan: Plan, course: _Course) -> Iterator[PlannedRollouts]:
    return rollouts_of(splits, plan, course.candidates, course.reads, course.bought)


def _longer(pilot: Pilot, train: TaskSet, plan: Plan) -> Iterator[float]:
    """How many tokens longer a step's prompt is over all it shows: with the start, and with the candidate."""
    context = _context(pilot.tasks, pilot.before, pilot.start)
    own, density = _prompt_tokens(context, plan), density_of(pilot)
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
    before, after = rollout_of(pilot.before), rollout_of(pilot.after or pilot.before)
    off = (
        f"within {spread_of(pilot):.0%} of the pilot's (two standard errors over its tasks; 10% at least, 50% at most)"
    )
    if pilot.after is None:
        yield (
            f"the pilot's step changed nothing; expected: the training's neither, and {low.steps} such steps end it; "
            f"high: all {plan.epochs} epochs have a candidate"
        )
        yield f"a rollout takes {before.requests:.1f} requests and {tokens_in(before):,.0f} tokens, {off}"
    else:
        yield (
            f"expected and high: {plan.epochs} epochs, each with a candidate, as in the pilot; low: nothing helps, and "
            f"the early stop ends it after {low.steps}"
        )
        yield (
            f"a rollout takes {before.requests:.1f} requests and {tokens_in(before):,.0f} tokens with the starting "
            f"functions, {after.requests:.1f} and {tokens_in(after):,.0f} with a candidate's, {off}"
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
