"""The pilot: a few training tasks, one step on what happened, and the same tasks with its candidate, measured.

All figures are read from the run's journal, so that a pilot that was broken off and gone on with says what it took in
all; what its run holds is not asked again.

Example:
    pilot = await run_pilot(machine.evaluator, machine.optimizer, machine.folder.store, parts.start, tasks)
    print(pilot.usage["agent"].tokens, pilot.step.requests)
"""

from toolwright.errors import BudgetReached, ModelUnavailable, SandboxError
from toolwright.evaluations import Evaluation
from toolwright.events import StepFinished, StepStarted
from toolwright.messages import Usage
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.optimizer.step import Optimizer, StepContext
from toolwright.parameters import Parameters
from toolwright.runs.store import RunStore
from toolwright.tasks import TaskSet
from toolwright.training.evaluate import Evaluator
from toolwright.training.measured import Pilot


def draw(train: TaskSet, count: int) -> TaskSet:
    """So many of the training tasks, the same at every call."""
    (drawn,) = train.split(count)
    return drawn


async def run_pilot(
    evaluator: Evaluator, optimizer: Optimizer | None, store: RunStore, start: Parameters, tasks: TaskSet
) -> Pilot:
    """Runs a pilot, or what is left of one.

    Args:
        evaluator: Runs and scores the agent.
        optimizer: Proposes the candidate; None where nothing will be trained, so that there is no step.
        store: The run's, of a training's session.
        start: The starting parameters.
        tasks: The pilot's tasks.

    Raises:
        BudgetReached: A limit was reached before the pilot's end; nothing can be told from less.
        ModelError: A model could not be asked.
    """
    before = _complete(await evaluator.evaluate(start, tasks, "pilot", 0, repeats=1))
    candidate, after = start, None
    if optimizer is not None:
        context = StepContext(epoch=1, incumbent=start, evaluation=before, tasks=tasks, failures=FailureRecord())
        candidate = (await optimizer.step(context)).candidate
    if candidate != start:
        after = _complete(await evaluator.evaluate(candidate, tasks, "pilot", 1, repeats=1))
    usage = store.usage()
    return Pilot(
        tasks=tasks,
        start=start,
        candidate=candidate,
        before=before,
        after=after,
        step=usage.get("optimizer", Usage()),
        step_seconds=_step_seconds(store),
        usage=usage,
        minutes=store.minutes_at(store.ordinal),
    )


def _complete(evaluation: Evaluation) -> Evaluation:
    for result in evaluation.results:
        if result.score is None:
            kind = {"budget": BudgetReached, "sandbox": SandboxError}.get(result.trajectory.end, ModelUnavailable)
            raise kind(f"the pilot could not be run to its end: {result.trajectory.error}")
    return evaluation


def _step_seconds(store: RunStore) -> float:
    """How long the one step took, without pauses between sessions; 0 where there was none."""
    events = list(store.events(without=["rollout_finished"]))
    ends = [timed.ordinal for timed in events if isinstance(timed.event, StepStarted | StepFinished)]
    return (store.minutes_at(ends[-1]) - store.minutes_at(ends[0])) * 60 if ends else 0.0
