"""What is to come of a cell, projected from a pilot's rollouts and its step to the cell's own schedule and tasks.

Example:
    projected(work, pilot, trained=False).minutes.expected
"""

from collections.abc import Iterator
from functools import reduce
from operator import add

from toolwright.config.plan import prices_of
from toolwright.experiments.measuring.estimates import plan_for, repeated, times
from toolwright.experiments.measuring.readings import sets_to_read
from toolwright.experiments.methods.few_shot import shown_tokens
from toolwright.experiments.methods.stages import tested
from toolwright.experiments.methods.work import CellWork
from toolwright.tasks import TaskSet
from toolwright.training.measured import Pilot
from toolwright.training.outlay import Outlay
from toolwright.training.projection import expected_candidates, project, project_reading


def projected(work: CellWork, pilot: Pilot, *, trained: bool) -> Outlay:
    """Projects a pilot to a cell that trains, only evaluates, or shows examples.

    Args:
        work: The cell's work, with what is still to be read beside it.
        pilot: Of its domain, agent and model.
        trained: Whether its training is done, so that readings alone are left.

    Raises:
        ConfigError: An option of the method is wrong.
    """
    whole = () if trained else (_whole(work, pilot),)
    return reduce(add, (*whole, *projected_readings(work, pilot, trained=trained)))


def _whole(work: CellWork, pilot: Pilot) -> Outlay:
    if work.method.kind == "train":
        return project(pilot, work.splits, plan_for(work), prices_of(work.config)).outlay
    shown = shown_tokens(work) if work.method.kind == "few_shot" else 0.0
    return _reading(work, pilot, tested(work), learned=False, shown=shown)


def projected_readings(work: CellWork, pilot: Pilot, *, trained: bool) -> Iterator[Outlay]:
    """The readings that are left beside a training: the curve's, by the sets it reads, and each other domain's."""
    tests = work.splits.test
    if work.curve and tests is not None:
        once, plan = _reading(work, pilot, tests, learned=True), plan_for(work)
        if trained and (sets := sets_to_read(work)) is not None:
            least = most = expected = sets
        else:
            expected = max(0, expected_candidates(pilot, plan) - 1)  # the best set's scores are the sealed test's
            least, most = min(plan.epochs, plan.patience, expected), plan.epochs
        minutes = None if once.minutes is None else times(once.minutes, least, most, expected)
        yield Outlay(used=repeated(once.used, least, most, expected), minutes=minutes)
    for other in work.others.values():
        yield _reading(work, pilot, other.tasks, learned=True)


def _reading(work: CellWork, pilot: Pilot, tasks: TaskSet, *, learned: bool, shown: float = 0.0) -> Outlay:
    return project_reading(pilot, tasks, plan_for(work), prices_of(work.config), learned=learned, shown=shown)
