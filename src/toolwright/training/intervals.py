"""Confidence intervals of a mean score, by scipy: Wilson's for right and wrong, a bootstrap over tasks for the rest."""

from collections.abc import Sequence

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
    """The interval of the mean of tasks' mean scores, each 0 to 1."""
    mean = sum(means) / len(means) if means else 0.0
    if all(value in (0.0, 1.0) for value in means):
        return share_of(round(sum(means)), len(means), level)
    low, high = _bootstrap(means, level)
    return Interval(mean=mean, low=low, high=high)


def share_of(right: int, count: int, level: float = 0.95) -> Interval:
    """Wilson's interval of a share.

    Args:
        right: How many of them, 0 to `count`.
        count: Of how many; the interval of none is everything.
        level: The confidence level, above 0 and below 1.
    """
    if count == 0:
        return Interval(mean=0.0, low=0.0, high=1.0)
    from scipy.stats import binomtest  # noqa: PLC0415 - half a second, only where a report is made

    found = binomtest(right, count).proportion_ci(level, method="wilson")
    return Interval(mean=right / count, low=float(found.low), high=float(found.high))


def _bootstrap(means: Sequence[float], level: float) -> tuple[float, float]:
    if len(set(means)) == 1:
        return means[0], means[0]
    import numpy as np  # noqa: PLC0415 - as in share_of
    from scipy.stats import bootstrap  # noqa: PLC0415 - as in share_of

    found = bootstrap(
        (means,), np.mean, confidence_level=level, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return float(found.low), float(found.high)
