"""What a cell's runs will take, before any of it is spent; the assumptions are `toolwright.training.estimate`'s.

Example:
    (estimate_fit(work) + estimate_curve(work, tests)).requests.high
"""

from pathlib import Path

from toolwright.config.plan import plan_of, prices_of
from toolwright.config.schema import Config
from toolwright.experiments.methods.work import CellWork
from toolwright.parts import starting_functions
from toolwright.tasks import TaskSet
from toolwright.training.estimate import estimate_evaluation, estimate_training
from toolwright.training.outlay import Plan, Range, RoleEstimate


def estimate_fit(work: CellWork) -> RoleEstimate:
    """What a training on a cell's tasks takes, its sealed test included, both roles together."""
    return estimate_training(work.splits, plan_for(work), prices_of(work.config)).total


def estimate_curve(work: CellWork, tests: TaskSet) -> RoleEstimate:
    """What a curve takes: a reading for each epoch with a candidate, as few as the early stop leaves, or all."""
    plan = plan_for(work)
    return repeated(estimate_reading(work.config, work.base, tests), min(plan.epochs, plan.patience), plan.epochs)


def plan_for(work: CellWork) -> Plan:
    """What of a cell's configuration decides how much it takes."""
    start = starting_functions(work.config, work.base)
    return plan_of(work.config, start, validated=work.splits.validation is not None)


def estimate_reading(config: Config, base: Path, tasks: TaskSet, *, learned: bool = True) -> RoleEstimate:
    """What one evaluation takes.

    Args:
        config: The agent's, and that of the training before it.
        base: What paths in it are relative to.
        tasks: The tasks.
        learned: Whether functions are on offer that were learned.
    """
    plan = plan_of(config, starting_functions(config, base), validated=False)
    return estimate_evaluation(tasks, plan, prices_of(config)["agent"], learned=learned)


def repeated(once: RoleEstimate, least: float, most: float, expected: float = 0.0) -> RoleEstimate:
    """What so many evaluations take, at the least, at the most and as expected, where one says what it expects."""
    return RoleEstimate(
        requests=times(once.requests, least, most, expected),
        input_tokens=times(once.input_tokens, least, most, expected),
        output_tokens=times(once.output_tokens, least, most, expected),
        dollars=None if once.dollars is None else times(once.dollars, least, most, expected),
    )


def times(once: Range, least: float, most: float, expected: float) -> Range:
    """A figure so many times."""
    likely = None if once.expected is None else once.expected * expected
    return Range(low=once.low * least, high=once.high * most, expected=likely)
