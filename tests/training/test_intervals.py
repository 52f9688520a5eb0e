"""Intervals of a mean score: Wilson's for right and wrong, and for what lies between never surer than that allows."""

import importlib
import math
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from support import evaluation, rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.training.intervals import Interval, interval_of, interval_of_means, share_of

sys.path.append(str(Path(__file__).parent.parent.parent))
bench: Any = importlib.import_module("bench.interval_coverage")


def ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


@pytest.mark.parametrize(
    ("right", "count", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (20, 20, 0.8389, 1.0)]
)
def test_right_and_wrong_answers_have_wilsons_interval(right: int, count: int, low: float, high: float):
    interval = interval_of(evaluation(sums(count), [1.0] * right + [0.0] * (count - right)))
    assert (interval.mean, round(interval.low, 4), round(interval.high, 4)) == (right / count, low, high)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=2, max_size=12))
def test_an_interval_holds_its_mean_and_lies_between_0_and_1(scores: list[float]):
    interval = interval_of(evaluation(sums(len(scores)), scores))
    assert 0 <= interval.low <= interval.mean + 1e-9
    assert interval.mean - 1e-9 <= interval.high <= 1


def test_repeats_of_a_task_are_one_sample_of_it():
    tasks = sums(2)
    rows = [(task, score, repeat) for task, score in zip(tasks.tasks, (1.0, 0.0), strict=True) for repeat in range(5)]
    results = tuple(rolled(task, score, repeat=repeat) for task, score, repeat in rows)
    repeated = Evaluation(parameters="p", tasks=tasks.digest, split="train", results=results)
    assert interval_of(repeated) == interval_of(evaluation(tasks, [1.0, 0.0]))


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("count", [1, 7, 80])
def test_every_share_has_the_interval_that_scipy_has(count: int, level: float):
    for right in range(count + 1):
        expected = pytest.approx(tuple(binomtest(right, count).proportion_ci(level, method="wilson")), abs=1e-12)
        assert ends(share_of(right, count, level)) == expected
        assert ends(interval_of_means([1.0] * right + [0.0] * (count - right), level)) == expected


def test_of_no_tasks_nothing_is_known():
    assert ends(interval_of_means([])) == ends(share_of(0, 0)) == (0.0, 1.0)


def test_one_task_that_was_right_once_and_wrong_once_says_next_to_nothing():
    assert str(interval_of_means([0.5])) == "50.0% [6.6%, 93.4%]"


@settings(max_examples=60)
@given(st.integers(1, 90), st.lists(st.integers(0, 10), max_size=6))
@example(10, [5])
@example(80, [5])
def test_what_was_partly_right_is_never_surer_than_all_right_or_all_wrong(right: int, tenths: list[int]):
    means = [1.0] * right + [one / 10 for one in tenths]
    best = share_of(len(means), len(means)).low
    assert interval_of_means(means).low <= best + 1e-12
    assert interval_of_means([1 - one for one in means]).high >= 1 - best - 1e-12


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_it_is_symmetric_and_between_nothing_known_and_wilsons_at_the_same_mean(means: list[float]):
    found, mirrored = interval_of_means(means), interval_of_means([1 - one for one in means])
    assert ends(mirrored) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-6)
    count, mean = len(means), math.fsum(means) / len(means)
    more = 1.959963984540054**2 / count
    half = math.sqrt(more * mean * (1 - mean) + more * more / 4) / (1 + more)
    best = share_of(count, count).low
    assert found.high - found.low <= 2 * half + 1e-9 or found.low == best or found.high == 1 - best
    assert found.high - found.low > 0.04  # z² of tasks more would have to agree for less


def test_repeats_narrow_what_tasks_that_are_alike_allow():
    often, once = [0.4, 0.6] * 20, [0.0, 1.0] * 20
    assert interval_of_means(often).high < interval_of_means(once).high - 0.05


@pytest.mark.soak
@pytest.mark.parametrize("repeats", bench.REPEATS)
@pytest.mark.parametrize("tasks", bench.TASKS)
@pytest.mark.parametrize("kind", bench.KINDS)
def test_the_true_mean_is_held_as_often_as_said_or_as_wilsons_interval_holds_it(kind: str, tasks: int, repeats: int):
    evaluations, true = 4000, bench.KINDS[kind][1]
    shares = [(share_of(right, tasks), float(binom.pmf(right, tasks, true))) for right in range(tasks + 1)]
    wilson = math.fsum(chance for one, chance in shares if one.low <= true <= one.high)  # dips below its level, exactly
    least = min(0.95, wilson)
    held, _ = bench.coverage(kind, tasks, repeats, evaluations)
    assert held >= least - 4 * math.sqrt(least * (1 - least) / evaluations)


def test_an_interval_is_shown_in_per_cent():
    assert str(interval_of(evaluation(sums(10), [1.0] * 5 + [0.0] * 5))) == "50.0% [23.7%, 76.3%]"
