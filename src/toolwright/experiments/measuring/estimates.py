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
from toolwright.training.estimate import Plan, Range, RoleEstimate, estimate_training
from toolwright.training.trainer import Splits


def estimate_fit(work: CellWork) -> RoleEstimate:
    """What a training on a cell's tasks takes, its sealed test included, both roles together."""
    return estimate_training(work.splits, _plan(work), prices_of(work.config)).total


def estimate_curve(work: CellWork, tests: TaskSet) -> RoleEstimate:
    """What a curve takes: a reading for each epoch with a candidate, as few as the early stop leaves, or all."""
    plan = _plan(work)
    return repeated(estimate_reading(work.config, work.base, tests), min(plan.epochs, plan.patience), plan.epochs)


def _plan(work: CellWork) -> Plan:
    start = starting_functions(work.config, work.base)
    return plan_of(work.config, start, validated=work.splits.validation is not None)


def estimate_reading(config: Config, base: Path, tasks: TaskSet) -> RoleEstimate:
    """What one evaluation takes.

    Args:
        config: The agent's.
        base: What paths in it are relative to.
        tasks: The tasks.
    """
    plan = plan_of(config, starting_functions(config, base), validated=False)
    once = plan.model_copy(update={"epochs": 0, "batch": 0})  # the evaluation every training begins with, and no more
    return estimate_training(Splits(train=tasks), once, prices_of(config)).agent


def repeated(once: RoleEstimate, least: int, most: int) -> RoleEstimate:
    """What so many evaluations take, at the least and at the most."""

    def between(given: Range) -> Range:
        return Range(low=given.low * least, high=given.high * most)

    return RoleEstimate(
        requests=between(once.requests),
        input_tokens=between(once.input_tokens),
        output_tokens=between(once.output_tokens),
        dollars=None if once.dollars is None else between(once.dollars),
    )
