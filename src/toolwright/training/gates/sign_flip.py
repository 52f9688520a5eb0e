"""The paired test: had the candidate done no better, each task's difference could as well have had the other sign.

The p-value is the share of all ways to choose the signs that give at least the sum observed: Fisher's sign-flip test,
one-sided, by `scipy.stats.monte_carlo_test`. It holds at any number of tasks and with any scores; no task's score is
assumed to be normal. On right-or-wrong scores of one repeat it is McNemar's exact test.

Where at most 12 tasks differ, all their signs are listed, and p is exact (a task without a difference has none to
flip). Above, signs are drawn; they do not depend on the scores, so that, sign by sign, a better score never raises p.
For this to hold between the two ways as well, a drawn p is kept between two exact ones: with the mildest losses taken
for ties it could only be lower, with the mildest gains taken for ties only higher.

numpy and scipy take half a second to import, so this module is imported where a decision is made and not before.

Example:
    >>> SignFlips(tasks=20, seed=1).p_values(np.array([[1.0] * 6 + [0.0] * 14]))
    [0.015625]
"""

from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import monte_carlo_test

from toolwright.training.gates.looks import LISTED

FLIPS: Final = 4999
"""Random signs drawn where more tasks differ: p is within 0.002 of the exact one at 0.02, and never below 1 / 5000."""
TIE: Final = 1e-9
"""Sums so close are the same: scores such as 0.1 add up to a little more or less, depending on their order."""

Floats = NDArray[np.float64]
Decision = Literal["accept", "reject", "undecided"]
Settled = tuple[Decision, float | None]


class SignFlips:
    """Signs for tests on so many tasks.

    Args:
        tasks: How many tasks there are.
        seed: Of the signs that are drawn; must not depend on scores.
    """

    def __init__(self, tasks: int, seed: int) -> None:
        self._tasks, self._seed = tasks, seed

    def p_values(self, differences: Floats) -> list[float]:
        """One-sided p-values, above 0 to 1; low where the candidate is better.

        Args:
            differences: Rows of one difference a task; a row is a test, its p 1 where all are 0.
        """
        return [self._p_value(row) for row in differences]

    def _p_value(self, differences: Floats) -> float:
        differing = np.sort(differences[differences != 0])
        if not len(differing):
            return 1.0
        surplus, losses = len(differing) - LISTED, int((differing < 0).sum())
        if surplus <= 0:
            return self._listed_p(differing)
        drawn = _share(differences, self._drawn)
        gains = len(differing) - losses
        lowest = self._listed_p(np.delete(differing, np.s_[losses - surplus : losses])) if losses >= surplus else 0.0
        highest = self._listed_p(np.delete(differing, np.s_[losses : losses + surplus])) if gains >= surplus else 1.0
        return min(max(drawn, lowest), highest)

    def _listed_p(self, differing: Floats) -> float:
        return _share(differing, self._listed[1 : 2 ** len(differing), : len(differing)])

    @cached_property
    def _listed(self) -> Floats:
        """All signs of 12 tasks, and in the first 2^n rows those of the first n; the first row flips none."""
        flipped = np.arange(2**LISTED)[:, None] >> np.arange(LISTED) & 1
        return 1 - flipped.astype(np.float64) * 2

    @cached_property
    def _drawn(self) -> Floats:
        drawn = np.random.default_rng(self._seed).integers(0, 2, size=(FLIPS, self._tasks), dtype=np.int8)
        return drawn.astype(np.float64) * 2 - 1


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


def _share(differences: Floats, flips: Floats) -> float:
    """The share of signs that give at least the sum observed, itself among them: exact where the flips are all others.

    A tie is meant to count: scipy's own allowance for rounding shrinks with the sum and misses some where gains and
    losses nearly cancel out.
    """
    sums = flips @ differences

    def others(size: Any) -> Floats:  # noqa: ANN401, ARG001 - all of them at once
        return sums[:, None]

    def itself(sums: Floats, axis: int) -> Floats:  # noqa: ARG001 - a sample is one sum
        return sums[..., 0]

    least = float(differences.sum()) - TIE
    found = monte_carlo_test([least], others, itself, vectorized=True, n_resamples=len(sums), alternative="greater")
    return float(found.pvalue)
