"""What an optimizer's step gets and gives, and the protocol of an optimizer."""

from typing import Literal, Protocol

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation, Result
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.parameters import Parameters
from toolwright.tasks import Task, TaskSet

StepEnd = Literal["terminated", "max_actions", "refusals", "context", "provider_refused"]


class EarlierRollout(Frozen):
    """The last rollout on a training task of an earlier batch, with whatever parameters were the incumbent's then."""

    task: Task
    result: Result


class StepContext(Frozen):
    """What a step starts from; nothing of it comes from validation or test tasks.

    Attributes:
        epoch: The epoch, from 1.
        incumbent: The best accepted parameters so far.
        evaluation: Their evaluation on the training tasks.
        tasks: The training tasks; those of the epoch's batch where there are batches.
        failures: What was tried from here and rejected.
        idle: Steps without an action just before this one.
        proposal: Which of the epoch's proposals this step makes, from 0; they may be made at once.
        earlier: With a running history, what happened on the tasks of earlier batches that are not in this one, the
            newest first.
        compared: Whether the candidate is kept only if it is better; False where every one is kept.
    """

    epoch: int
    incumbent: Parameters
    evaluation: Evaluation
    tasks: TaskSet
    failures: FailureRecord
    idle: int = 0
    proposal: int = 0
    earlier: tuple[EarlierRollout, ...] = ()
    compared: bool = True

    @property
    def shown(self) -> TaskSet:
        """Every task the step is shown: those of `tasks`, then those of `earlier`."""
        if not self.earlier:
            return self.tasks
        return TaskSet(name=self.tasks.name, tasks=(*self.tasks.tasks, *(one.task for one in self.earlier)))


class ProposedAction(Frozen):
    """An action as a run tells of it: what entered the candidate, or was refused; `reason` says why."""

    action: str
    function: str
    reason: str


class StepResult(Frozen):
    """What a step gives.

    Attributes:
        candidate: The parameters with the admitted actions in them.
        actions: What was admitted, in order.
        refused: What was refused, in order.
        end: Why the step ended; "context" where its conversation grew too long for the model.
    """

    candidate: Parameters
    actions: tuple[ProposedAction, ...]
    refused: tuple[ProposedAction, ...]
    end: StepEnd


class Optimizer(Protocol):
    """Proposes better parameters."""

    async def step(self, context: StepContext) -> StepResult:
        """One conversation: incumbent → candidate.

        Raises:
            ModelError: The optimizer's model failed for good.
            BudgetReached: A limit was reached.
        """
        ...
