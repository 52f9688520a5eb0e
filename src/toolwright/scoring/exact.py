"""Exact: the answer is the target, character by character, but for white space around it."""

from toolwright.base import Frozen
from toolwright.evaluations import Score
from toolwright.scoring.verdicts import NO_ANSWER, target_text, unfit_target, verdict
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory


class ExactScorer(Frozen):
    """Compares as text.

    Attributes:
        name: What the run and the report call it.
        casefold: Whether "Paris" equals "PARIS".
    """

    name: str = "exact"
    casefold: bool = False

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """1 where answer and target are the same text, else 0."""
        if trajectory.answer is None:
            return NO_ANSWER
        return verdict(trajectory.answer, right=self._key(trajectory.answer) == self._key(target_text(task, self.name)))

    def unfit(self, task: Task) -> str:
        """Why a task cannot be scored, whatever the answer; "" where it can."""
        return unfit_target(task)

    def _key(self, text: str) -> str:
        return text.strip().casefold() if self.casefold else text.strip()
