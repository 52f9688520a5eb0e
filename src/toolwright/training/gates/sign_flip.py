"""The paired test: had the candidate done no better, each task's difference could as well have had the other sign.

The p-value is the share of all ways to choose the signs that give at least the sum observed: Fisher's sign-flip test,
one-sided, by `scipy.stats.monte_carlo_test` on random signs. It counts the observed signs too, so it holds at any
number of tasks and with any scores; no task's score is assumed to be normal. On right-or-wrong scores of one repeat it
is McNemar's exact test. A candidate's better score never raises it, sign by sign, as the signs do not depend on the
scores.

numpy and scipy take half a second to import, so this module is imported where a decision is made and not before.

Example:
    >>> SignFlips(tasks=20, seed=1).p_values(np.array([[1.0] * 6 + [0.0] * 14]))[0] < 0.03
    True
"""

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import monte_carlo_test

FLIPS: Final = 4999
"""Random signs a test draws: p is within 0.002 of the exact one at 0.02, and never below 1 / 5000."""
TIE: Final = 1e-9

Floats = NDArray[np.float64]
Decision = Literal["accept", "reject", "undecided"]
Settled = tuple[Decision, float | None]


class SignFlips:
    """Signs for tests on so many tasks.

    Args:
        tasks: How many tasks there are.
        seed: Of the signs; must not depend on scores.
    """

    def __init__(self, tasks: int, seed: int) -> None:
        drawn = np.random.default_rng(seed).integers(0, 2, size=(FLIPS, tasks), dtype=np.int8)
        self._signs: Floats = drawn.astype(np.float64) * 2 - 1

    def p_values(self, differences: Floats) -> list[float]:
        """One-sided p-values, above 0 to 1; low where the candidate is better.

        Args:
            differences: Rows of one difference a task; a row is a test.
        """
        flipped = differences @ self._signs.T
        return [_p_value(float(row.sum()), sums) for row, sums in zip(differences, flipped, strict=True)]


def settle(differences: Floats, level: float, *, last: bool, flips: SignFlips) -> list[Settled]:
    """One look: accept where p is at most `level`, reject where the mean is no better or it is the last look.

    Rejecting a candidate whose mean is no better costs none of the level, as it can accept nothing.

    Args:
        differences: Rows of one difference a task; a row is a decision.
        level: The look's nominal level.
        last: Whether there is no further look.
        flips: The signs.

    Returns:
        For each row the decision and the p-value, None where no test was made.
    """
    better = differences.sum(axis=1) > TIE
    tested = iter(flips.p_values(differences[better]))
    p_values = [next(tested) if row else None for row in better]
    return [(_settled(p_value, level, last=last), p_value) for p_value in p_values]


def _settled(p_value: float | None, level: float, *, last: bool) -> Decision:
    if p_value is None:
        return "reject"
    if p_value <= level:
        return "accept"
    return "reject" if last else "undecided"


def _p_value(observed: float, flipped: Floats) -> float:
    def drawn(size: Any) -> Floats:  # noqa: ANN401, ARG001 - all of them at once
        return flipped[:, None]

    def itself(sums: Floats, axis: int) -> Floats:  # noqa: ARG001 - a sample is one sum
        return sums[..., 0]

    found = monte_carlo_test([observed], drawn, itself, vectorized=True, n_resamples=FLIPS, alternative="greater")
    return float(found.pvalue)
