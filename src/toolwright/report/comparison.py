"""Before against after on one split: what a task took, and whether the scores differ by more than chance.

Example:
    compared(split.before, split.after)  # None where both are the same parameters
"""

from typing import Final

from toolwright.base import Frozen, digest_of
from toolwright.evaluations import Evaluation
from toolwright.messages import Usage
from toolwright.report.chance import two_sided_p
from toolwright.training.gates.cost import lowest_difference
from toolwright.training.gates.differences import score_differences

_TAIL: Final = 0.025
"""Of each side, of a 95 % confidence interval."""


class PerTask(Frozen):
    """What one answer to one task took, on average.

    Attributes:
        tokens: Input and output tokens.
        requests: Requests to the agent's model.
        seconds: Wall-clock seconds, waits included; None where the run did not keep them.
        dollars: US dollars; None where a price is unknown.
    """

    tokens: float
    requests: float
    seconds: float | None
    dollars: float | None


class Comparison(Frozen):
    """A paired comparison of after with before.

    Attributes:
        tasks: How many tasks both were evaluated on.
        difference: Mean score after less before, -1 to 1.
        low: The lower end of its 95 % confidence interval.
        high: The upper end.
        p_value: Two-sided, exact where it can be (`chance.py`): how likely chance alone makes such a difference, in
            either direction, where there is none.
    """

    tasks: int
    difference: float
    low: float
    high: float
    p_value: float


def per_task(evaluation: Evaluation) -> PerTask | None:
    """What an evaluation's rollouts took on average; of those that came to a score, None where none did."""
    rollouts = [result.trajectory for result in evaluation.results if result.score is not None]
    if not rollouts:
        return None
    count, used = len(rollouts), sum((rollout.usage for rollout in rollouts), Usage())
    seconds = sum(rollout.seconds for rollout in rollouts)
    return PerTask(
        tokens=used.tokens / count,
        requests=used.requests / count,
        seconds=seconds / count if seconds else None,
        dollars=None if used.dollars is None else used.dollars / count,
    )


def compared(before: Evaluation, after: Evaluation) -> Comparison | None:
    """Compares task by task, on as many repeats as both have; None where both are of the same parameters."""
    if before.parameters == after.parameters or before.tasks != after.tasks:
        return None
    repeats = min(before.repeats, after.repeats)
    differences = [total / repeats for total in score_differences(before, after, repeats)]
    seed = int(digest_of([before.tasks, *sorted((before.parameters, after.parameters))]), 16)
    return Comparison(
        tasks=len(differences),
        difference=sum(differences) / len(differences),
        low=lowest_difference(differences, _TAIL),
        high=-lowest_difference([-difference for difference in differences], _TAIL),
        p_value=two_sided_p(differences, seed),
    )
