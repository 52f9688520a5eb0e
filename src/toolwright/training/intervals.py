"""Confidence intervals of a mean score: Wilson's, over tasks, for right and wrong as for scores in between.

Wilson's interval of n right or wrong answers rests on their variance, p (1 - p). A task's score that is a mean of
repeats, or gives partial credit, varies less, and n such tasks say as much as more tasks of right and wrong: their
*effective* number is n p (1 - p) / s², by the variance seen (quasi-binomial: Wedderburn 1974; Wilson's interval of an
effective number: Korn and Graubard 1998). Few tasks may agree by luck, so z² more are counted, that is four at 95 %,
which vary as right and wrong do. For right and wrong all this is Wilson's interval itself. A bootstrap has no width
where all tasks agree and is far too narrow near 0 and 1; docs/gate.md has the measured coverage of this one.

Example:
    >>> str(interval_of_means([1.0] * 9 + [0.5]))
    '95.0% [72.2%, 99.2%]'
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation


class Interval(Frozen):
    """A mean score and its confidence interval, all 0 to 1."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.1%} [{self.low:.1%}, {self.high:.1%}]"


def interval_of(evaluation: Evaluation, level: float = 0.95) -> Interval:
    """The interval of an evaluation's mean score; repeats of a task count as one sample of it.

    Args:
        evaluation: A complete evaluation.
        level: The confidence level, above 0 and below 1.
    """
    return interval_of_means([sum(scores) / len(scores) for scores in evaluation.scores_by_task().values()], level)


def interval_of_means(means: Sequence[float], level: float = 0.95) -> Interval:
    """The interval of the mean of tasks' mean scores, each 0 to 1; of no tasks it is everything.

    No tasks are surer to be near 1 than those that were all right, nor near 0 than those that were all wrong: a task
    that was half right shows how scores vary, and would else narrow the interval past theirs.
    """
    if not means:
        return Interval(mean=0.0, low=0.0, high=1.0)
    count, mean = len(means), min(1.0, math.fsum(means) / len(means))
    low, high = _wilson(mean, _effective(means, mean, _z(level)), level)
    least, most = _wilson(0.0, count, level)[1], _wilson(1.0, count, level)[0]
    return Interval(mean=mean, low=min(low, most), high=max(high, least))


def share_of(right: int, count: int, level: float = 0.95) -> Interval:
    """Wilson's interval of a share.

    Args:
        right: How many of them, 0 to `count`.
        count: Of how many; the interval of none is everything.
        level: The confidence level, above 0 and below 1.
    """
    if count == 0:
        return Interval(mean=0.0, low=0.0, high=1.0)
    low, high = _wilson(right / count, count, level)
    return Interval(mean=right / count, low=low, high=high)


def _effective(means: Sequence[float], mean: float, z: float) -> float:
    """How many tasks of right and wrong say as much as these: at least as many as they are."""
    count, most = len(means), mean * (1 - mean)
    seen = math.fsum((one - mean) ** 2 for one in means) / count
    varies = min(1.0, seen / most) if most > 0 else 1.0
    return count * (count + z * z) / (count * varies + z * z)


def _wilson(mean: float, count: float, level: float) -> tuple[float, float]:
    """Wilson's formula, as libraries have it for whole numbers alone."""
    more = _z(level) ** 2 / count
    middle = (mean + more / 2) / (1 + more)
    half = math.sqrt(more * mean * (1 - mean) + more * more / 4) / (1 + more)
    return max(0.0, min(mean, middle - half)), min(1.0, max(mean, middle + half))


def _z(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
