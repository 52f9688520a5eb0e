"""What a cell's scores allow one to say: means with intervals, and whether two sides differ beyond chance; by scipy.

A score varies for two reasons, and one figure cannot cover both:

* Other test tasks would have given another score. Intervals and tests **over tasks** cover this error, for the
  trainings that were made: a task's scores are averaged over its repeats and over seeds first.
* Another draw of training tasks and another training would have given another score. Intervals and tests **over
  seeds** cover this error, on the test tasks that were drawn, which are the same for every seed. They need two seeds.

Neither covers the other. A claim about the method on this kind of tasks needs both to hold.

Example:
    >>> found = difference({"a": 0.0, "b": 0.0, "c": 1.0}, {"a": 1.0, "b": 1.0, "c": 1.0})
    >>> f"{found.mean:.3f}, p = {found.p_tasks}"
    '0.667, p = 0.5'
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolwright.base import Frozen
from toolwright.experiments.records import Scores
from toolwright.training.intervals import Interval, interval_of_means

LEVEL: Final = 0.95
"""The level of every interval."""

ALPHA: Final = 0.05
"""A difference with a p at most so high is called one."""

_RESAMPLES: Final = 9999
"""Draws of a bootstrap."""

_SIGNS: Final = 19_999
"""Draws of signs: a drawn p is within 0.005, three standard errors, of the exact one at 0.05, never below 0.00005."""

_DIGITS: Final = 9
"""Decimals one score, or one difference of two, is compared by: 2/3 - 1/3 is 1/3. Figures are kept as they are."""

_SUM_DIGITS: Final = 6
"""Decimals sums are compared by: far coarser than what adding up thousands of scores may be off by, and far finer than
what one task can make of a difference."""

BySeed = Mapping[int, Scores]
"""One evaluation by seed."""

TaskScores = Mapping[str, float]
"""One score, 0 to 1, by task id."""


class Mean(Frozen):
    """A mean score, 0 to 1.

    Attributes:
        mean: Over tasks, of each one's mean over repeats and seeds.
        interval: The one that is shown: the wider of `seeds` and `tasks`, as what is left out is then the less; where
            there is neither, the one over one seed's tasks.
        tasks: Its interval over tasks; None where the seeds have different ones, as train tasks are.
        over_tasks: How many tasks a seed has, at the most.
        seeds: Its interval over the seeds' means by Student's t, kept within 0 to 1; None for one seed, or where all
            seeds have the same mean, of which it says nothing.
        over_seeds: How many seeds.
    """

    mean: float
    interval: Interval
    tasks: Interval | None
    over_tasks: int
    seeds: Interval | None = None
    over_seeds: int = 1


class Difference(Frozen):
    """How much higher one side's mean score is than the other's, on the same tasks.

    Attributes:
        mean: -1 to 1.
        low, high: Its interval over tasks, by a bootstrap of tasks; None where no two tasks differ differently.
        p_tasks: Two-sided, over tasks: had the sides been alike, each task's difference could have had the other sign.
        p_seeds: Two-sided, over seeds: the paired t-test of the seeds' differences; None for one seed, or where all
            seeds differ by the same amount, of which the test says nothing.
        seeds_low, seeds_high: The interval over seeds that goes with it, by Student's t, kept within -1 to 1.
        over_tasks, over_seeds: How many of each.
    """

    mean: float
    low: float | None
    high: float | None
    p_tasks: float
    p_seeds: float | None = None
    seeds_low: float | None = None
    seeds_high: float | None = None
    over_tasks: int
    over_seeds: int = 1

    @property
    def disagree(self) -> bool:
        """Whether the two tests say different things at 5 %."""
        return self.p_seeds is not None and (self.p_tasks <= ALPHA) != (self.p_seeds <= ALPHA)


def task_means(scores: BySeed) -> dict[str, float]:
    """Each task's mean over its repeats, and of those over the seeds, in the first seed's order of tasks.

    Args:
        scores: The evaluations.

    Returns:
        The means; empty where the seeds were not measured on the same tasks, so that no task's mean is over them all.
    """
    by_seed = [{task: _mean(some) for task, some in one.by_task.items()} for one in scores.values()]
    if not by_seed or any(one.keys() != by_seed[0].keys() for one in by_seed):
        return {}
    return {task: _mean([one[task] for one in by_seed]) for task in by_seed[0]}


def mean_score(scores: BySeed) -> float | None:
    """The mean over seeds of their mean scores; None where nothing was measured."""
    means = [one.mean for one in scores.values() if one.by_task]
    return _mean(means) if means else None


def mean_of(scores: BySeed) -> Mean | None:
    """The mean score over seeds with its intervals; None where nothing was measured."""
    measured = {seed: one for seed, one in scores.items() if one.by_task}
    if not measured:
        return None
    means = [one.mean for one in measured.values()]
    shared = [*task_means(measured).values()]
    tasks, seeds = interval_of_means(shared, LEVEL) if shared else None, _over_seeds(means)
    return Mean(
        mean=_mean(means),
        interval=max((one for one in (seeds, tasks) if one), key=_width, default=None) or _of_one_seed(measured),
        tasks=tasks,
        over_tasks=max(len(one.by_task) for one in measured.values()),
        seeds=seeds,
        over_seeds=len(means),
    )


def compared(before: BySeed, after: BySeed) -> Difference | str:
    """How much higher the scores after are than those before, over the seeds that both sides have.

    Where they share no seed, each side's tasks are averaged over its own seeds, and only the test over tasks is made.

    Returns:
        The difference, or why there is none.
    """
    if not before or not after:
        return "one side has no figures"
    shared = [seed for seed in before if seed in after]
    if shared:
        before, after = ({seed: side[seed] for seed in shared} for side in (before, after))
    one, other = task_means(before), task_means(after)
    if not one or not other:
        return "its seeds were measured on different tasks"
    if one.keys() != other.keys():
        return f"{len(one.keys() ^ other.keys())} of the tasks are in one side only"
    return difference(one, other, [after[seed].mean - before[seed].mean for seed in shared])


def difference(before: TaskScores, after: TaskScores, seeds: Sequence[float] = ()) -> Difference:
    """The paired comparison of two sides with the same tasks.

    Args:
        before: One side's score of each task.
        after: The other's.
        seeds: The difference of the means in each seed, where there are several.
    """
    differences = [after[task] - before[task] for task in before]
    low, high = _bootstrap(differences)
    over_seeds = student(seeds)
    return Difference(
        mean=round(_mean(differences), _SUM_DIGITS) + 0.0,  # the sum of nothing in floating point is no gain; no -0.0
        low=low,
        high=high,
        p_tasks=sign_flip(differences),
        p_seeds=over_seeds and over_seeds.p,
        seeds_low=over_seeds and max(-1.0, over_seeds.low),
        seeds_high=over_seeds and min(1.0, over_seeds.high),
        over_tasks=len(differences),
        over_seeds=max(1, len(seeds)),
    )


def sign_flip(differences: Sequence[float]) -> float:
    """The two-sided p-value of paired differences, above 0 to 1: how often random signs give a sum so far from 0.

    Exact where all that differ do so by the same amount (McNemar's exact test, on right and wrong of one repeat), or
    where at most 14 differ; above, signs are drawn, the same ones every time.
    """
    differing = [one for one in differences if round(one, _DIGITS)]
    if not differing:
        return 1.0
    from scipy.stats import binomtest, permutation_test  # noqa: PLC0415 - half a second, only where tables are made

    if len({round(abs(one), _DIGITS) for one in differing}) == 1:
        return float(binomtest(sum(one > 0 for one in differing), len(differing)).pvalue)
    found = permutation_test(
        (differing,),
        _distance,  # the signs' own distribution is the same on both sides: both together vary less than twice one
        permutation_type="samples",
        n_resamples=_SIGNS,
        alternative="greater",
        rng=_generator(),
    )
    return float(found.pvalue)


class Student(NamedTuple):
    """What Student's t says of the mean of some figures: the two-sided p-value that it is 0, and its interval."""

    p: float
    low: float
    high: float


def student(figures: Sequence[float]) -> Student | None:
    """The t-test of one sample, and its interval; None for fewer than two figures, or where all are the same.

    Of those it says nothing: as they do not vary, the interval would have no width and any mean but 0 a p of 0.
    """
    if not _differ(figures):
        return None
    from scipy.stats import ttest_1samp  # noqa: PLC0415 - as in sign_flip

    found = ttest_1samp(figures, 0.0)
    low, high = found.confidence_interval(LEVEL)
    return Student(float(found.pvalue), float(low), float(high))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """The p-values of one table's cells by Holm's correction, so that all its claims together err in 5 % of tables.

    Holm's rather than one of false discoveries: a table has few cells, and each is read as a claim of its own.
    A cell without a test has none and counts for none.
    """
    tested = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(tested):
        highest = max(highest, min(1.0, p * (len(tested) - rank)))
        adjusted[place] = highest
    return adjusted


def standard_error(share: float, count: int) -> float:
    """The binomial standard error of a share, 0 to 1, of so many tasks; of a figure published without one."""
    from scipy.stats import binom  # noqa: PLC0415 - as in sign_flip

    return float(binom.std(count, share)) / count


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _differ(values: Sequence[float]) -> bool:
    """Whether they are not all the same, but for rounding."""
    return len(values) > 1 and max(values) - min(values) > 10**-_DIGITS


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def _of_one_seed(scores: BySeed) -> Interval:
    """The interval over the first seed's own tasks."""
    return interval_of_means([_mean(some) for some in next(iter(scores.values())).by_task.values()], LEVEL)


def _over_seeds(means: Sequence[float]) -> Interval | None:
    found = student(means)
    return found and Interval(mean=_mean(means), low=max(0.0, found.low), high=min(1.0, found.high))


def _bootstrap(values: Sequence[float]) -> tuple[float | None, float | None]:
    if not _differ(values):
        return None, None
    import numpy as np  # noqa: PLC0415 - as in sign_flip
    from scipy.stats import bootstrap  # noqa: PLC0415 - as in sign_flip

    found = bootstrap((values,), np.mean, confidence_level=LEVEL, method="percentile", rng=_generator())
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _distance(differences: Any, axis: int) -> Any:  # noqa: ANN401 - numpy's
    """How far the sums are from 0, rounded: those that are equal but for the order they were added up in are equal."""
    return abs(differences.sum(axis=axis)).round(_SUM_DIGITS)


def _generator() -> Any:  # noqa: ANN401 - numpy's
    import numpy as np  # noqa: PLC0415 - as in sign_flip

    return np.random.default_rng(0)
