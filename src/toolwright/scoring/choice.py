"""Choice: the answer names one of the task's choices, by its text, its letter, or both where they agree.

Example:
    >>> pick("(B)", ["red", "blue"]), pick("b) blue", ["red", "blue"]), pick("b) red", ["red", "blue"])
    ('blue', 'blue', None)
"""

import re
from collections.abc import Sequence

from toolwright.base import Frozen
from toolwright.errors import DataError
from toolwright.evaluations import Score
from toolwright.scoring.verdicts import NO_ANSWER, SHOWN, target_text, unfit_target, verdict
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory

_LETTER = re.compile(r"\(?([A-Za-z])(?:\)|\.|:)?")
_LETTER_AND_TEXT = re.compile(r"(?:\(([A-Za-z])\)|([A-Za-z])[).:])\s*(.+)", re.DOTALL)


class ChoiceScorer(Frozen):
    """Compares the choice that is meant with the choice that is right; the target is a text or a letter too."""

    name: str = "choice"

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """1 where the answer means the target's choice, else 0.

        Raises:
            DataError: The task has no choices, or its target is none of them.
        """
        target = target_text(task, self.name)
        right = pick(target, task.choices)
        if right is None:
            raise DataError(f"task {task.id!r}: its target is none of its {len(task.choices)} choices, nor a letter")
        if trajectory.answer is None:
            return NO_ANSWER
        picked = pick(trajectory.answer, task.choices)
        if picked is None:
            return Score(value=0.0, reason=f"{trajectory.answer[:SHOWN]!r} names none of the choices, or more than one")
        return verdict(trajectory.answer, right=picked == right)

    def unfit(self, task: Task) -> str:
        """Why a task cannot be scored, whatever the answer; "" where it can."""
        return unfit_choice(task, self.name)


def unfit_choice(task: Task, scorer: str) -> str:
    """Why no answer can name the right one of a task's choices; "" where one can."""
    if not task.choices:
        return "it has no choices"
    if why := unfit_target(task):
        return why
    if pick(target_text(task, scorer), task.choices) is None:
        return f"its target is none of its {len(task.choices)} choices, nor a letter"
    return ""


def pick(answer: str, choices: Sequence[str]) -> str | None:
    """The choice an answer names, None where it names none.

    A choice's text comes before a letter ("A" is the choice "A" if there is one); case and white space do not count.
    """
    return _by_text(answer, choices) or _by_letter(answer, choices) or _by_both(answer, choices)


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()


def _by_text(answer: str, choices: Sequence[str]) -> str | None:
    """An exact match first: choices may differ in case alone."""
    if answer.strip() in choices:
        return answer.strip()
    keys = {_key(answer), _key(answer.strip().removesuffix("."))}
    matching = {choice for choice in choices if _key(choice) in keys}
    return matching.pop() if len(matching) == 1 else None


def _by_letter(answer: str, choices: Sequence[str]) -> str | None:
    match = _LETTER.fullmatch(answer.strip())
    return _lettered(match[1], choices) if match else None


def _by_both(answer: str, choices: Sequence[str]) -> str | None:
    match = _LETTER_AND_TEXT.fullmatch(answer.strip())
    if match is None:
        return None
    choice = _lettered(match[1] or match[2], choices)
    return choice if choice is not None and choice == _by_text(match[3], choices) else None


def _lettered(letter: str, choices: Sequence[str]) -> str | None:
    place = ord(letter.upper()) - ord("A")
    return choices[place] if place < len(choices) else None
