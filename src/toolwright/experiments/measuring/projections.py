"""What is to come of a cell, projected from a pilot's rollouts and its step to the cell's own schedule and tasks.

Example:
    projected(work, RUNNERS["train"], pilot, trained=False).minutes.expected
"""

from collections.abc import Iterator
from functools import reduce
from operator import add

from toolwright.config.plan import prices_of
from toolwright.experiments.measuring.estimates import estimate_reading, plan_for, repeated, times
from toolwright.experiments.measuring.readings import estimate_readings
from toolwright.experiments.methods.conversation import AnswerForm
from toolwright.experiments.methods.stages import tested
from toolwright.experiments.methods.work import CellWork, MethodRunner
from toolwright.optimizer.budget_text import tokens_of
from toolwright.tasks import TaskSet
from toolwright.training.estimate import Outlay
from toolwright.training.measured import Pilot, text_of
from toolwright.training.projection import expected_candidates, project, project_reading


def projected(work: CellWork, runner: MethodRunner, pilot: Pilot, *, trained: bool) -> Outlay:
    """Projects a pilot to a cell that trains, only evaluates, or shows examples.

    Args:
        work: The cell's work, with what is still to be read beside it.
        runner: Its method's.
        pilot: Of its domain, agent and model.
        trained: Whether its training is done, so that readings alone are left.

    Raises:
        ToolwrightError: As of the method's own estimate.
    """
    whole = () if trained else (_whole(work, runner, pilot),)
    return reduce(add, (*whole, *projected_readings(work, pilot, trained=trained)))


def _whole(work: CellWork, runner: MethodRunner, pilot: Pilot) -> Outlay:
    if work.method.kind == "train":
        return project(pilot, work.splits, plan_for(work), prices_of(work.config)).outlay
    shown = _examples(work, runner) if work.method.kind == "few_shot" else 0.0
    return _reading(work, pilot, tested(work), learned=False, shown=shown)


def _examples(work: CellWork, runner: MethodRunner) -> float:
    """Tokens of the examples before each task: what the method's own estimate has beside task and instructions."""
    once = runner.estimate(work)
    each = once.input_tokens.low / once.requests.low
    return each - text_of(tested(work)) - tokens_of(AnswerForm.of(work.config.agent).instructions)


def projected_readings(work: CellWork, pilot: Pilot, *, trained: bool) -> Iterator[Outlay]:
    """The readings that are left beside a training: the curve's, by the sets it reads, and each other domain's."""
    tests = work.splits.test
    if work.curve and tests is not None:
        once, plan = _reading(work, pilot, tests, learned=True), plan_for(work)
        if trained:
            known = estimate_readings(work, trained=True)[0].requests.low
            sets = known / estimate_reading(work.config, work.base, tests).requests.low
            least = most = expected = sets
        else:
            least, most = min(plan.epochs, plan.patience), plan.epochs
            expected = max(0, expected_candidates(pilot, plan) - 1)  # the best set's scores are the sealed test's
        minutes = None if once.minutes is None else times(once.minutes, least, most, expected)
        yield Outlay(used=repeated(once.used, least, most, expected), minutes=minutes)
    for other in work.others.values():
        yield _reading(work, pilot, other.tasks, learned=True)


def _reading(work: CellWork, pilot: Pilot, tasks: TaskSet, *, learned: bool, shown: float = 0.0) -> Outlay:
    return project_reading(pilot, tasks, plan_for(work), prices_of(work.config), learned=learned, shown=shown)
