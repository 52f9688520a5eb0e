"""DeepMind's mathematics: the answer in the form that was asked for, as the data set's own exact match, notation aside.

`2*x**2` and `2x^2` are the same, 0.5 and 1/2 too; an expression that was to be expanded, collected or factored is not
answered by another of the same value. Sorted lists keep their order, roots and prime factors have none.
"""

from toolwright.base import Frozen
from toolwright.evaluations import Score
from toolwright.scoring.latex import plain
from toolwright.scoring.quantities import read_quantity
from toolwright.scoring.verdicts import NO_ANSWER, target_text, unfit_target, verdict
from toolwright.scoring.written_form import written_form
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory


class DmMathScorer(Frozen):
    """Compares forms; whether order counts in a list says the task's metadata `level`, the generator's name."""

    name: str = "dm_math"

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """1 where the answer is the target in its form, else 0."""
        target, answer = target_text(task, self.name), trajectory.answer
        if answer is None or not answer.strip():
            return NO_ANSWER
        ordered = str(task.metadata.get("level", "")).startswith("sort")
        right = _same(answer, target) or _same_list(_parts(answer), _parts(target), ordered=ordered)
        return verdict(answer, right=right)

    def unfit(self, task: Task) -> str:
        """Why a task cannot be scored, whatever the answer; "" where it can."""
        return unfit_target(task)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.strip().strip("$").removesuffix(".").split(",")]


def _same_list(answer: list[str], target: list[str], *, ordered: bool) -> bool:
    if len(answer) != len(target):
        return False
    if ordered:
        return all(map(_same, answer, target))
    left = list(target)
    for part in answer:
        match = next((n for n, wanted in enumerate(left) if _same(part, wanted)), None)
        if match is None:
            return False
        del left[match]
    return True


def _same(answer: str, target: str) -> bool:
    if plain(answer).casefold() == plain(target).casefold():
        return True
    given, wanted = read_quantity(answer), read_quantity(target)
    if given is not None and wanted is not None:
        return given.value == wanted.value
    form = written_form(target)
    return form is not None and written_form(answer) == form
