"""The optimizer's proposals of an epoch: one, or several asked for in parallel and screened on a minibatch."""

from typing import Final

from toolwright.base import Frozen
from toolwright.errors import BudgetReached, ModelUnavailable, RequestRefused, SandboxError
from toolwright.events import ProposalsScreened
from toolwright.optimizer.step import Optimizer, StepContext, StepResult
from toolwright.parameters import Parameters
from toolwright.protocols import EventSink
from toolwright.sync import together
from toolwright.tasks import TaskSet
from toolwright.training.batches import some_of
from toolwright.training.evaluate import Evaluator
from toolwright.training.state import Ended, check_complete

SCREENING: Final = "screening"
"""What a minibatch's rollouts are for; those of the chosen proposal count in its evaluation, too."""


class Proposal(Frozen):
    """What an epoch proposes: the step that goes on; the means all were screened at, by their parameters' digest."""

    step: StepResult
    screened: dict[str, float]


class Proposals:
    """Asks for proposals and chooses one.

    Args:
        optimizer: Proposes candidates.
        evaluator: Tries them on the minibatch.
        events: Is told what happens.
        count: Proposals an epoch.
        screen: Tasks of the minibatch.
        seed: Another one draws other minibatches, 0 and up.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        evaluator: Evaluator,
        events: EventSink,
        *,
        count: int = 1,
        screen: int = 10,
        seed: int = 0,
    ) -> None:
        self._optimizer, self._evaluator, self._events = optimizer, evaluator, events
        self._count, self._screen, self._seed = count, screen, seed

    async def ask(self, context: StepContext) -> Proposal:
        """Asks the optimizer.

        Raises:
            Ended: The budget or the provider ended a conversation or the screening.
            ModelError: The optimizer's model cannot be asked at all.
        """
        contexts = [context.model_copy(update={"proposal": number}) for number in range(self._count)]
        try:
            steps = await together(self._optimizer.step(each) for each in contexts)
        except BudgetReached as error:
            raise Ended("budget", str(error)) from None
        except (ModelUnavailable, RequestRefused, SandboxError) as error:
            raise Ended("provider", str(error)) from None
        distinct = {step.candidate.digest: step for step in reversed(steps)}
        distinct.pop(context.incumbent.digest, None)
        if len(distinct) < 2:
            return Proposal(step=next(iter(distinct.values()), steps[0]), screened={})
        return await self._screened(context, [step for step in steps if distinct.get(step.candidate.digest) is step])

    async def _screened(self, context: StepContext, steps: list[StepResult]) -> Proposal:
        """The best of several distinct proposals on the minibatch; the first of equals."""
        tasks = minibatch(context.tasks, self._screen, context.incumbent, context.epoch, self._seed)
        found = await together(
            self._evaluator.evaluate(step.candidate, tasks, SCREENING, context.epoch) for step in steps
        )
        for evaluation in found:
            check_complete(evaluation)
        scores = {evaluation.parameters: evaluation.mean for evaluation in found}
        chosen = max(steps, key=lambda step: scores[step.candidate.digest])
        self._events.emit(
            ProposalsScreened(
                epoch=context.epoch,
                tasks=len(tasks),
                scores=scores,
                chosen=chosen.candidate.digest,
                requests=sum(evaluation.usage.requests for evaluation in found),
            )
        )
        return Proposal(step=chosen, screened=scores)


def minibatch(tasks: TaskSet, size: int, incumbent: Parameters, epoch: int, seed: int = 0) -> TaskSet:
    """So many of the tasks, in their order; another draw every epoch and seed, the same in every replay."""
    return tasks if size >= len(tasks) else some_of(tasks, size, incumbent.digest, epoch, seed)
