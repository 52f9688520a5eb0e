"""The pilot: a few training tasks, one step on what happened, and the same tasks with its candidate, measured.

Example:
    pilot = await run_pilot(machine.evaluator, machine.optimizer, machine.ledger, parts.start, tasks)
    print(pilot.usage["agent"].tokens, pilot.step.requests)
"""

import time

from toolwright.errors import BudgetReached, ModelUnavailable
from toolwright.evaluations import Evaluation
from toolwright.messages import Usage
from toolwright.models.ledger import Ledger
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.optimizer.step import Optimizer, StepContext
from toolwright.parameters import Parameters
from toolwright.tasks import TaskSet
from toolwright.training.evaluate import Evaluator
from toolwright.training.projection import Pilot


def draw(train: TaskSet, count: int) -> TaskSet:
    """So many of the training tasks, the same at every call."""
    (drawn,) = train.split(count)
    return drawn


async def run_pilot(
    evaluator: Evaluator, optimizer: Optimizer, ledger: Ledger, start: Parameters, tasks: TaskSet
) -> Pilot:
    """Runs a pilot.

    Args:
        evaluator: Runs and scores the agent.
        optimizer: Proposes the candidate.
        ledger: Counts what is used, and holds the limits.
        start: The starting parameters.
        tasks: The pilot's tasks.

    Raises:
        BudgetReached: A limit was reached before the pilot's end; nothing can be told from less.
        ModelError: A model could not be asked.
    """
    began = ledger.minutes
    before = _complete(await evaluator.evaluate(start, tasks, "pilot", 0, repeats=1))
    spent, stepped = ledger.usage.get("optimizer", Usage()), time.monotonic()
    step = await optimizer.step(
        StepContext(epoch=1, incumbent=start, evaluation=before, tasks=tasks, failures=FailureRecord())
    )
    step_seconds = time.monotonic() - stepped
    used = ledger.usage.get("optimizer", Usage())
    after = None
    if step.candidate != start:
        after = _complete(await evaluator.evaluate(step.candidate, tasks, "pilot", 1, repeats=1))
    return Pilot(
        tasks=tasks,
        start=start,
        candidate=step.candidate,
        before=before,
        after=after,
        step=_between(spent, used),
        step_seconds=step_seconds,
        usage=dict(ledger.usage),
        minutes=ledger.minutes - began,
    )


def _complete(evaluation: Evaluation) -> Evaluation:
    for result in evaluation.results:
        if result.score is None:
            kind = BudgetReached if result.trajectory.end == "budget" else ModelUnavailable
            raise kind(f"the pilot could not be run to its end: {result.trajectory.error}")
    return evaluation


def _between(before: Usage, after: Usage) -> Usage:
    return after.model_copy(
        update={
            name: getattr(after, name) - getattr(before, name) for name in ("requests", "input_tokens", "output_tokens")
        }
    )
