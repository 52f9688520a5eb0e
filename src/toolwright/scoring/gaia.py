"""GAIA's quasi exact match: the ground truth's form decides whether numbers, lists or texts are compared."""

import re
import string

from toolwright.base import Frozen
from toolwright.evaluations import Score
from toolwright.scoring.verdicts import NO_ANSWER, target_text, unfit_target, verdict
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory

_UNITS = str.maketrans("", "", "$%,")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


class GaiaScorer(Frozen):
    """Judges as the benchmark does, its peculiarities kept: the truth "1,234" is a list of two, so "1234" is wrong."""

    name: str = "gaia"

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """1 where the answer matches, else 0."""
        if trajectory.answer is None:
            return NO_ANSWER
        return verdict(trajectory.answer, right=matches(trajectory.answer, target_text(task, self.name)))

    def unfit(self, task: Task) -> str:
        """Why a task cannot be scored, whatever the answer; "" where it can."""
        return unfit_target(task)


def matches(answer: str, truth: str) -> bool:
    """Whether an answer matches the ground truth.

    A number: `$`, `%` and `,` are dropped from the answer and floats compared exactly. With a comma or semicolon it
    is a list: as many elements, in order, each as number or as text with its punctuation. Else text without its
    punctuation. White space and case never count.
    """
    number = _float(truth)
    if number is not None:
        return _float(answer.translate(_UNITS)) == number
    if re.search("[,;]", truth):
        pairs = re.split("[,;]", answer), re.split("[,;]", truth)
        return len(pairs[0]) == len(pairs[1]) and all(map(_element, *pairs))
    return _bare(answer).translate(_PUNCTUATION) == _bare(truth).translate(_PUNCTUATION)


def _element(answer: str, truth: str) -> bool:
    number = _float(truth)
    return _bare(answer) == _bare(truth) if number is None else _float(answer.translate(_UNITS)) == number


def _bare(text: str) -> str:
    return "".join(text.split()).lower()


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
