"""What a training will take, before any is spent: a low and a high case from stated assumptions; pure.

What a pilot of a few tasks measured says more: `projection.py` extrapolates it to the same values (`outlay.py`).

Example:
    estimate = estimate_training(splits, Plan(epochs=10, patience=3), {"agent": Price(input=0.25, output=2)})
    print(estimate.total.requests.low, estimate.total.requests.high)
"""

from collections.abc import Iterator, Mapping
from typing import Final

from toolwright.base import Frozen, canonical_json
from toolwright.models.spec import Price
from toolwright.optimizer.actions import ACTIONS
from toolwright.optimizer.budget_text import tokens_of
from toolwright.optimizer.code_tool import CODE_CALLS
from toolwright.optimizer.step_prompt import system_prompt
from toolwright.prompt_files import read_prompt
from toolwright.protocols import Role
from toolwright.tasks import TaskSet
from toolwright.training.outlay import Estimate, Plan, RoleEstimate, Spent, role_estimate
from toolwright.training.trainer import Splits


class PlannedRollouts(Frozen):
    """How many rollouts a case makes on one task set, with the starting functions and with candidates."""

    tasks: TaskSet
    start: int
    candidates: int


def rollouts_of(splits: Splits, plan: Plan, candidates: int, reads: int, bought: int = 0) -> Iterator[PlannedRollouts]:
    """How many rollouts a training makes.

    Args:
        splits: The task sets.
        plan: The schedule.
        candidates: Epochs with a candidate.
        reads: How often the sealed test is read: once where nothing is learned, else twice.
        bought: Samples of each task the gate buys of every candidate, and once of the starting functions.
    """
    batch = min(plan.batch or len(splits.train), len(splits.train))
    screened = (plan.proposals - 1) * min(plan.screen, batch) * plan.repeats * candidates
    samples = plan.repeats + (bought if splits.validation is None else 0)
    start, incumbents = _again(batch, len(splits.train), candidates, learned=reads > 1)
    yield PlannedRollouts(
        tasks=splits.train,
        start=(batch + start) * samples,
        candidates=(batch * candidates + incumbents) * samples + screened,
    )
    if splits.validation is not None:
        once = len(splits.validation) * (plan.repeats + bought)
        yield PlannedRollouts(tasks=splits.validation, start=once, candidates=once * candidates)
    if splits.test is not None:
        once = len(splits.test) * plan.repeats
        yield PlannedRollouts(tasks=splits.test, start=once, candidates=once * (reads - 1))


def _again(batch: int, train: int, candidates: int, *, learned: bool) -> tuple[int, int]:
    """Tasks that incumbents are run on beside the first batch: the starting functions, and accepted ones.

    Each later epoch's batch is new to its incumbent. Where nothing is accepted that is the starting set, which is run
    on no task twice; else, at the most, a new set every time, and in the end the starting set on the last one's batch.
    """
    if batch == train:
        return 0, 0
    later = batch * max(0, candidates - 1)
    return (batch, later) if learned else (min(later, train - batch), 0)


class Case(Frozen):
    """One case's assumptions; tokens of 4 characters.

    Attributes:
        turns: Requests a rollout takes.
        reply: Tokens of one reply of the agent.
        result: Tokens of what its calls return in a turn.
        learned: Functions on offer beside the starting ones, on average, where so many can have been proposed.
        actions: Admitted actions of a step, at most.
        spare: Requests of a step beside those: refusals, terminate.
        code: Requests of a step to run code, where it may, on average.
        action: Tokens of one reply of the optimizer.
        answer: Tokens it is told in return.
    """

    turns: int
    reply: int
    result: int
    learned: int
    actions: int
    spare: int
    code: int
    action: int
    answer: int


LOW: Final = Case(turns=1, reply=80, result=20, learned=0, actions=1, spare=1, code=0, action=300, answer=60)
HIGH: Final = Case(
    turns=4, reply=800, result=200, learned=6, actions=1_000, spare=2, code=CODE_CALLS // 2, action=1_500, answer=300
)
FUNCTION_TOKENS: Final = 200
"""One function as it is offered: description and schema."""

# The recorded trainings with a real model (docs/experiments/real, the demo's) had one request a rollout where there was
# nothing to call, at most two elsewhere, and two to five a step: high is twice of these, as other models do more.


def estimate_training(splits: Splits, plan: Plan, prices: Mapping[Role, Price | None]) -> Estimate:
    """Estimates a training.

    Args:
        splits: The task sets.
        plan: The schedule and the budgets of prompts.
        prices: Dollars for a million tokens by role; a missing or None one is unknown.

    Returns:
        Requests, tokens and dollars: low where nothing helps and the early stop ends it, high where every epoch runs.
    """
    high = _high(plan)
    stop = min(plan.epochs, plan.patience)
    agent = (
        _agent(rollouts_of(splits, plan, stop, 1), plan, LOW),
        _agent(rollouts_of(splits, plan, plan.epochs, 2 if plan.epochs else 1, plan.bought), plan, high),
    )
    optimizer = (_optimizer(splits.train, plan, LOW, stop), _optimizer(splits.train, plan, high, plan.epochs))
    return Estimate(
        agent=role_estimate(*agent, price=prices.get("agent")),
        optimizer=role_estimate(*optimizer, price=prices.get("optimizer")),
        assumptions=_assumptions(splits, plan, high),
    )


def estimate_evaluation(tasks: TaskSet, plan: Plan, price: Price | None, *, learned: bool) -> RoleEstimate:
    """Estimates one evaluation.

    Args:
        tasks: Its tasks, each run `plan.repeats` times.
        plan: Of what is learned before it, where something is.
        price: The agent's, None where it is unknown.
        learned: Whether functions are on offer that were learned.
    """
    count = len(tasks) * plan.repeats
    made = PlannedRollouts(tasks=tasks, start=0 if learned else count, candidates=count if learned else 0)
    return role_estimate(_agent(iter([made]), plan, LOW), _agent(iter([made]), plan, _high(plan)), price=price)


def _high(plan: Plan) -> Case:
    return HIGH.model_copy(update={"turns": min(HIGH.turns, plan.turns)})


def _agent(rollouts: Iterator[PlannedRollouts], plan: Plan, case: Case) -> Spent:
    """Rollouts with the starting functions, which may have nothing to call, and with what was learned."""
    total = Spent()
    for made in rollouts:
        text = sum(tokens_of(task.text) for task in made.tasks.tasks) / len(made.tasks)
        start = case.model_copy(update={"learned": 0, "turns": 1 if plan.unaided else case.turns})
        total += _rollout(text, plan, start) * made.start + _rollout(text, plan, case) * made.candidates
    return total


def _rollout(text: float, plan: Plan, case: Case) -> Spent:
    """It asks `turns` times, with a conversation that grows."""
    learned = min(case.learned, plan.actions * (plan.epochs + 1) / 2)  # the mean, were every action to add one
    fixed = tokens_of(plan.instructions) + learned * FUNCTION_TOKENS
    fixed += sum(tokens_of(canonical_json(spec.model_dump(mode="json"))) for spec in plan.start.schemas())
    grown = case.turns * (case.turns - 1) // 2 * (case.reply + case.result)
    return Spent(requests=case.turns, input=case.turns * (fixed + text) + grown, output=case.turns * case.reply)


def _optimizer(train: TaskSet, plan: Plan, case: Case, epochs: int) -> Spent:
    """A conversation for every proposal of every epoch, its prompt sent again with every request."""
    asked = min(case.actions, plan.actions) + case.spare + (case.code if plan.run_code else 0)
    shown = plan.shown(train).tasks
    conversations = sum(tokens_of(task.text) + case.turns * (case.reply + case.result) for task in shown)
    step = tokens_of(read_prompt("toolwright.optimizer", "step").template)
    system = tokens_of(system_prompt(CODE_CALLS if plan.run_code else 0))
    system += tokens_of(canonical_json([action.model_dump(mode="json") for action in ACTIONS]))
    prompt = system + min(plan.prompt_tokens, step + conversations * plan.repeats)
    grown = asked * (asked - 1) // 2 * (case.action + case.answer)
    return Spent(requests=asked, input=asked * prompt + grown, output=asked * case.action) * (epochs * plan.proposals)


def _assumptions(splits: Splits, plan: Plan, high: Case) -> tuple[str, ...]:
    stop = min(plan.epochs, plan.patience)
    unaided = f" ({LOW.turns} where the agent has nothing to call)" if plan.unaided else ""
    rollout = (
        f"a rollout takes {LOW.turns} to {high.turns} requests{unaided}, each answered in {LOW.reply} to {high.reply} "
        "tokens"
    )
    most = plan.actions + high.spare + (high.code if plan.run_code else 0)
    asked = f"a step asks the optimizer 2 to {most} times"
    return (
        f"epochs: {stop} (low: nothing helps and the early stop ends the training) to {plan.epochs} (high)",
        f"{rollout}; models that think at length write more",
        f"{asked}, each answered in {LOW.action} to {high.action} tokens; prompts to {plan.prompt_tokens:,} tokens",
        *schedule_assumptions(splits, plan),
        "a token is 4 characters; no discount for cached tokens, no retries",
    )


def schedule_assumptions(splits: Splits, plan: Plan) -> Iterator[str]:
    """What is assumed of the sealed test, of several proposals and of repeats the gate may buy."""
    if splits.test:
        yield "the sealed test is read once (low: nothing was learned) or twice"
    if plan.batch:
        yield f"an epoch works on {plan.batch} training tasks, on which the best set so far is run first"
    if plan.proposals > 1:
        yield f"{plan.proposals} proposals an epoch, all different: each but one takes {plan.screen} tasks more"
    if plan.bought:
        yield f"the gate is hardly ever undecided; high: it buys {plan.bought} more samples of each task every time"
