"""What functions were used for in evaluations (paper, Tables 5 and 6): the optimizer's credit, with times.

Example:
    uses_in(epoch, evaluation)["loan_balance"].used_score
"""

from toolwright.evaluations import Evaluation
from toolwright.optimizer.credit import Credit, credit
from toolwright.report.page.documents import Use


def uses_in(epoch: int, evaluation: Evaluation) -> dict[str, Use]:
    """The use of every function that was offered in an evaluation, by name."""
    seconds: dict[str, list[float]] = {}
    for result in evaluation.results:
        for call in result.trajectory.calls:
            if call.name in result.trajectory.offered:
                seconds.setdefault(call.name, []).append(call.outcome.seconds)
    return {one.name: _use(one, epoch, evaluation.split, seconds.get(one.name, [])) for one in credit(evaluation)}


def _use(one: Credit, epoch: int, split: str, seconds: list[float]) -> Use:
    return Use(
        epoch=epoch,
        split=split,
        calls=one.calls,
        errors=one.errors,
        used=one.used,
        offered=one.used + one.unused,
        used_score=one.used_score,
        unused_score=one.unused_score,
        seconds=sum(seconds) / len(seconds) if seconds else None,
    )
