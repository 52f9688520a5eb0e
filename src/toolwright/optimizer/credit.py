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
        if self.used_score is None:
            there = _counted(self.unused, "conversation")
            return f"{self.name}: never called; mean score {self.unused_score or 0.0:.2f} in {there}"
        made = f"{_counted(self.calls, 'call')}, {self.errors or 'none'} failed"
        used = f"mean score {self.used_score:.2f} in the {_counted(self.used, 'conversation')} that called it"
        if self.unused_score is None:
            return f"{self.name}: {made}; {used}, which are all"
        return f"{self.name}: {made}; {used}, {self.unused_score:.2f} in the {_counted(self.unused, 'other')}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


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
