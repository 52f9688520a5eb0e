"""Before against after on one split: what a task took, and whether the scores differ by more than chance.

Example:
    compared(split.before, split.after)  # None where both are the same parameters
"""

from typing import Final

from toolwright.base import Frozen, digest_of
from toolwright.evaluations import Evaluation
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
        p_value: One-sided, of the gates' paired test: how likely chance alone does as well where nothing is better.
    """

    tasks: int
    difference: float
    low: float
    high: float
    p_value: float


def per_task(evaluation: Evaluation) -> PerTask:
    """What an evaluation's rollouts took on average."""
    count = len(evaluation.results) or 1
    used = evaluation.usage
    seconds = sum(result.trajectory.seconds for result in evaluation.results)
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
    import numpy as np  # noqa: PLC0415 - half a second with scipy, only where a report is made

    from toolwright.training.gates.sign_flip import SignFlips  # noqa: PLC0415 - as above

    repeats = min(before.repeats, after.repeats)
    differences = [total / repeats for total in score_differences(before, after, repeats)]
    seed = int(digest_of([before.tasks, before.parameters, after.parameters]), 16)
    return Comparison(
        tasks=len(differences),
        difference=sum(differences) / len(differences),
        low=lowest_difference(differences, _TAIL),
        high=-lowest_difference([-difference for difference in differences], _TAIL),
        p_value=SignFlips(len(differences), seed).p_values(np.array([differences]))[0],
    )
