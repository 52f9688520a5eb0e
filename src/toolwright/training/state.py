"""What the training loop passes on from epoch to epoch, and how it ends."""

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation
from toolwright.parameters import Parameters
from toolwright.training.result import EndOfTraining


class Evaluated(Frozen):
    """Parameters and their evaluations: the incumbent's or a candidate's."""

    parameters: Parameters
    train: Evaluation
    validation: Evaluation | None

    @property
    def gated(self) -> Evaluation:
        """What the gate reads: validation where there is one."""
        return self.validation or self.train

    def with_gated(self, evaluation: Evaluation) -> "Evaluated":
        """The same with another evaluation of what the gate reads."""
        return self.model_copy(update={"train" if self.validation is None else "validation": evaluation})


class Ended(Exception):  # noqa: N818 - an end, not a fault
    """Ends the training with the best parameters so far; `partial` is what was evaluated, as far as it came."""

    def __init__(self, end: EndOfTraining, text: str, partial: Evaluated | None = None) -> None:
        super().__init__(text)
        self.end: EndOfTraining = end
        self.partial = partial


def check_complete(evaluation: Evaluation, partial: Evaluated | None = None) -> None:
    """Raises Ended where a rollout has no score; no gate decides on less."""
    for result in evaluation.results:
        if result.score is None:
            end: EndOfTraining = "budget" if result.trajectory.end == "budget" else "provider"
            raise Ended(end, result.trajectory.error, partial)
