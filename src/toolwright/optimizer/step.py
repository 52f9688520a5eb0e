"""What an optimizer's step gets and gives, and the protocol of an optimizer."""

from typing import Literal, Protocol

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.parameters import Parameters
from toolwright.tasks import TaskSet

StepEnd = Literal["terminated", "max_actions", "refusals", "context", "provider_refused"]


class StepContext(Frozen):
    """What a step starts from; nothing of it comes from validation or test tasks.

    Attributes:
        epoch: The epoch, from 1.
        incumbent: The best accepted parameters so far.
        evaluation: Their evaluation on the training tasks.
        tasks: The training tasks.
        failures: What was tried from here and rejected.
        idle: Steps without an action just before this one.
        proposal: Which of the epoch's proposals this step makes, from 0; they may be made at once.
    """

    epoch: int
    incumbent: Parameters
    evaluation: Evaluation
    tasks: TaskSet
    failures: FailureRecord
    idle: int = 0
    proposal: int = 0


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
