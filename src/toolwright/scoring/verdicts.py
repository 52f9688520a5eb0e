"""What the scorers share: right or wrong with a reason that never tells the target, and targets as text.

The optimizer may be told not to see targets, and reads reasons; so no reason may hold one.
"""

from toolwright.errors import DataError
from toolwright.evaluations import Score
from toolwright.tasks import Task

SHOWN = 80
"""How many characters of an answer a reason shows."""

NO_ANSWER = Score(value=0.0, reason="no answer")


def verdict(answer: str, *, right: bool) -> Score:
    """1 or 0, with the answer in the reason."""
    shown = answer if len(answer) <= SHOWN else answer[: SHOWN - 1] + "…"
    return Score(value=float(right), reason=f"{shown!r} is {'right' if right else 'wrong'}")


def target_text(task: Task, scorer: str) -> str:
    """The target as text; an integer or a decimal as JSON writes it.

    Raises:
        DataError: The target is neither text nor a number.
    """
    if isinstance(task.target, str):
        return task.target
    if isinstance(task.target, int | float) and not isinstance(task.target, bool):
        return repr(task.target)
    raise DataError(f"task {task.id!r}: scorer {scorer!r} needs a target that is text or a number, not {_kind(task)}")


def unfit_target(task: Task) -> str:
    """Why a target can be compared with no answer, "" where it is a text or a number; an empty text is a gap."""
    if isinstance(task.target, str):
        return "" if task.target.strip() else "its target is empty"
    if isinstance(task.target, int | float) and not isinstance(task.target, bool):
        return ""
    return f"its target is {_kind(task)}, not a text or a number"


def _kind(task: Task) -> str:
    return "null" if task.target is None else type(task.target).__name__
