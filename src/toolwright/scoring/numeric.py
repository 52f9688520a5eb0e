"""Numeric: integers exactly, however long; decimals and fractions within a relative tolerance. No float is involved.

The target decides: written as an integer it must be met exactly, in any notation (5, 5.0, 10/2); written with a point,
an exponent or as a fraction, or a float in the data, it is met by |answer - target| <= tolerance * |target|.
"""

from fractions import Fraction

from pydantic import Field

from toolwright.base import Frozen
from toolwright.errors import DataError
from toolwright.evaluations import Score
from toolwright.scoring.quantities import Quantity, read_quantity
from toolwright.scoring.verdicts import NO_ANSWER, SHOWN, target_text, unfit_target, verdict
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory


class NumericScorer(Frozen):
    """Compares as numbers; what counts as one is said in `quantities`.

    Attributes:
        name: What the run and the report call it.
        tolerance: The relative tolerance of decimals and fractions, 0 to 1.
    """

    name: str = "numeric"
    tolerance: float = Field(default=1e-6, ge=0.0, lt=1.0)

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """1 where the answer is one number and the right one, else 0.

        Raises:
            DataError: The task's target is no number.
        """
        target = read_quantity(target_text(task, self.name))
        if target is None:
            raise DataError(f"task {task.id!r}: scorer {self.name!r} needs a target that is one number")
        if trajectory.answer is None:
            return NO_ANSWER
        answer = read_quantity(trajectory.answer)
        if answer is None:
            return Score(value=0.0, reason=f"{trajectory.answer[:SHOWN]!r} is not one number")
        return verdict(trajectory.answer, right=close(answer, target, self.tolerance))

    def unfit(self, task: Task) -> str:
        """Why a task cannot be scored, whatever the answer; "" where it can."""
        why = unfit_target(task)
        if not why and read_quantity(target_text(task, self.name)) is None:
            return "its target is not one number"
        return why


def close(answer: Quantity, target: Quantity, tolerance: float) -> bool:
    """Whether an answer meets a target: exactly where that is written as an integer, else within the tolerance."""
    if target.whole:
        return answer.value == target.value
    return abs(answer.value - target.value) <= Fraction(tolerance) * abs(target.value)
