"""Credit per function: how often it was called, how often it failed, and how the tasks with and without it went.

The comparison is observational: agents call functions on the tasks that need them.
"""

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation, Result


class Credit(Frozen):
    """One function's part in an evaluation.

    Attributes:
        name: The function.
        calls: Calls made.
        errors: Calls without a result.
        used: Rollouts that called it, and their mean score.
        unused: Rollouts that were offered it and did not call it, and their mean score.
    """

    name: str
    calls: int
    errors: int
    used: int
    used_score: float | None
    unused: int
    unused_score: float | None

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.calls} calls, {self.errors} failed; mean score {_show(self.used_score)} of"
            f" the {self.used} tasks that used it, {_show(self.unused_score)} of the {self.unused} that only had it"
        )


def _show(score: float | None) -> str:
    return "-" if score is None else f"{score:.2f}"


def credit(evaluation: Evaluation) -> tuple[Credit, ...]:
    """Each offered function's credit, in order of first offer."""
    offered = dict.fromkeys(name for result in evaluation.results for name in result.trajectory.offered)
    return tuple(_credit(name, evaluation) for name in offered)


def _credit(name: str, evaluation: Evaluation) -> Credit:
    results = [result for result in evaluation.results if name in result.trajectory.offered]
    calls = [call for result in results for call in result.trajectory.calls if call.name == name]
    used = [result for result in results if _uses(result, name)]
    unused = [result for result in results if not _uses(result, name)]
    return Credit(
        name=name,
        calls=len(calls),
        errors=sum(not call.outcome.ok for call in calls),
        used=len(used),
        used_score=_mean(used),
        unused=len(unused),
        unused_score=_mean(unused),
    )


def _uses(result: Result, name: str) -> bool:
    return any(call.name == name for call in result.trajectory.calls)


def _mean(results: list[Result]) -> float | None:
    return sum(result.value for result in results) / len(results) if results else None
