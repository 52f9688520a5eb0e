"""Keeps what a training arrives at: evaluations in the run's store, accepted functions in its folder."""

from toolwright.evaluations import Evaluation
from toolwright.parameters import Parameters
from toolwright.runs.folder import RunFolder
from toolwright.tasks import TaskSet


class FolderKeeper:
    """Keeps evaluations in the run's store, and accepted functions in its folder."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def keep_evaluation(self, evaluation: Evaluation, epoch: int) -> None:
        """Keeps an evaluation in the store."""
        self._folder.store.keep_evaluation(evaluation, epoch)

    def evaluation(self, epoch: int, parameters: Parameters, tasks: TaskSet, split: str) -> Evaluation | None:
        """The evaluation kept of that epoch and subject, None where there is none."""
        return self._folder.store.evaluation(epoch, parameters.digest, tasks.digest, split)

    def keep_accepted(self, epoch: int, parameters: Parameters) -> None:
        """Saves accepted functions, which are the best so far."""
        self._folder.save_accepted(epoch, parameters)
        self._folder.save_best(parameters)
