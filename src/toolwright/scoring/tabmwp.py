"""TabMWP's exact match: choices by text or letter, numbers to three decimals without their unit, else text."""

from toolwright.base import Frozen
from toolwright.evaluations import Score
from toolwright.scoring.choice import pick, unfit_choice
from toolwright.scoring.quantities import read_quantity
from toolwright.scoring.verdicts import NO_ANSWER, target_text, unfit_target, verdict
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory


class TabmwpScorer(Frozen):
    """Compares as the benchmark does: "$3,151", "3151" and "3151 dollars" of unit "dollars" are the same."""

    name: str = "tabmwp"

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """1 where the answer matches, else 0."""
        target = target_text(task, self.name)
        if trajectory.answer is None:
            return NO_ANSWER
        if task.choices:
            picked = pick(trajectory.answer, task.choices)
            return verdict(trajectory.answer, right=picked is not None and picked == pick(target, task.choices))
        unit = str(task.metadata.get("unit") or "")
        return verdict(trajectory.answer, right=_key(trajectory.answer, unit) == _key(target, unit))

    def unfit(self, task: Task) -> str:
        """Why a task cannot be scored, whatever the answer; "" where it can."""
        return unfit_choice(task, self.name) if task.choices else unfit_target(task)


def _key(text: str, unit: str) -> object:
    """What is compared: a number rounded to three decimals, or the text, case and white space aside."""
    text = " ".join(text.split()).casefold().removesuffix(".").removesuffix(unit.casefold()).strip()
    number = read_quantity(text)
    return text if number is None else round(number.value, 3)
