"""Intervals, paired tests and corrections give the values known for them, and refuse what cannot be compared."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results_builder import scores
from scipy.stats import binom, t

from toolwright.experiments.records import Scores
from toolwright.experiments.statistics import (
    Difference,
    compared,
    difference,
    holm,
    mean_of,
    sign_flip,
    standard_error,
    student,
    task_means,
)

DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Zea mays, the differences of 15 pairs of plants."""
SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
"""Student's sleep data, the differences of 10 pairs."""


def of_tasks(**by_task: float) -> Scores:
    return Scores(by_task={task: (score,) for task, score in by_task.items()})


def wilson(right: int, count: int) -> tuple[float, float]:
    """The interval by its own formula."""
    z, share = 1.959963984540054, right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return middle - half, middle + half


def test_one_seed_of_right_and_wrong_has_wilsons_interval_over_tasks() -> None:
    mean = mean_of({0: scores(66, 80)})
    assert mean is not None
    assert mean.mean == 0.825
    assert (mean.interval.low, mean.interval.high) == pytest.approx(wilson(66, 80))
    assert (mean.over_tasks, mean.over_seeds, mean.seeds) == (80, 1, None)


def test_repeats_that_disagree_leave_no_task_surer_than_right_or_wrong_ones() -> None:
    once = mean_of({0: Scores(by_task={"a": (1.0, 0.0)})})
    assert once is not None
    assert once.interval.high - once.interval.low > 0.8
    tasks = {f"t{place}": (1.0, 1.0) for place in range(10)}
    right, missed = mean_of({0: Scores(by_task=tasks)}), mean_of({0: Scores(by_task=tasks | {"t0": (1.0, 0.0)})})
    assert right is not None
    assert missed is not None
    assert (right.interval.low, right.interval.high) == pytest.approx(wilson(10, 10))
    assert missed.interval.low <= right.interval.low
    assert missed.mean < missed.interval.high < 1


def test_three_seeds_have_both_intervals_of_which_the_wider_one_is_shown() -> None:
    mean = mean_of({seed: scores(right, 80) for seed, right in enumerate((40, 48, 56))})
    assert mean is not None
    assert mean.seeds is not None
    half = 4.302652729911275 * 0.1 / math.sqrt(3)  # t of 0.975 at two degrees of freedom
    assert (mean.seeds.low, mean.seeds.high) == pytest.approx((0.6 - half, 0.6 + half))
    assert mean.interval == mean.seeds != mean.tasks
    assert mean.over_seeds == 3
    alike = mean_of({seed: scores(right, 20) for seed, right in enumerate((11, 12, 11))})
    assert alike is not None
    assert alike.seeds is not None
    assert alike.seeds.high - alike.seeds.low < 0.15  # of twenty tasks no mean is known so well
    assert alike.interval == alike.tasks != alike.seeds


def test_seeds_of_equal_means_have_the_interval_over_tasks() -> None:
    mean = mean_of({seed: scores(6, 10, first=seed) for seed in range(3)})
    assert mean is not None
    assert mean.seeds is None
    assert mean.interval == mean.tasks
    assert 0 < mean.interval.low < mean.mean < mean.interval.high < 1
    assert mean.over_seeds == 3


def test_seeds_of_equal_means_on_tasks_of_their_own_have_the_interval_over_one_seeds() -> None:
    mean = mean_of({seed: scores(12, 20, prefix=f"seed{seed}-") for seed in range(3)})
    assert mean is not None
    assert (mean.tasks, mean.seeds) == (None, None)
    assert mean.mean == pytest.approx(0.6)
    assert (mean.interval.low, mean.interval.high) == pytest.approx(wilson(12, 20))


def test_an_interval_over_two_seeds_stays_within_a_share() -> None:
    mean = mean_of({0: scores(1, 10), 1: scores(9, 10)})
    assert mean is not None
    assert (mean.interval.low, mean.interval.high) == (0.0, 1.0)


def test_train_tasks_that_differ_by_seed_have_an_interval_over_seeds_alone() -> None:
    mean = mean_of({0: scores(10, 20, prefix="a"), 1: scores(14, 20, prefix="b")})
    assert mean is not None
    assert mean.mean == pytest.approx(0.6)
    assert mean.tasks is None
    assert mean.seeds is not None


def test_a_task_counts_once_whatever_its_repeats_and_seeds() -> None:
    first = Scores(by_task={"a": (1.0, 0.0), "b": (1.0,)})
    second = Scores(by_task={"a": (0.0,), "b": (1.0,)})
    assert task_means({0: first, 1: second}) == {"a": 0.25, "b": 1.0}
    assert task_means({0: first, 1: of_tasks(a=1.0)}) == {}
    assert mean_of({}) is None


def test_right_and_wrong_of_one_seed_is_mcnemars_exact_test() -> None:
    gains, losses = 9, 2
    before = {f"t{place}": float(place < losses) for place in range(40)}
    after = {f"t{place}": float(losses <= place < losses + gains) for place in range(40)}
    assert difference(before, after).p_tasks == pytest.approx(2 * binom.cdf(losses, gains + losses, 0.5))


def test_darwins_maize_has_fishers_p_value() -> None:
    assert sign_flip(DARWIN) == pytest.approx(2 * 863 / 2**15, abs=0.006)  # 15 differ, so the signs are drawn


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9))
def test_few_differing_tasks_have_the_p_value_of_all_their_signs(thirds: list[int]) -> None:
    differing = np.array([one for one in thirds if one])
    sums = [abs(int(np.dot(signs, differing))) for signs in itertools.product((1, -1), repeat=len(differing))]
    expected = sum(one >= abs(int(differing.sum())) for one in sums) / len(sums)
    assert sign_flip([one / 3 for one in thirds]) == pytest.approx(min(1.0, expected))


def test_fourteen_differing_tasks_are_the_most_that_are_counted_out() -> None:
    fourteen = DARWIN[:14]
    sums = [abs(sum(flipped)) for flipped in itertools.product(*((one, -one) for one in fourteen))]
    assert sign_flip(fourteen) == pytest.approx(sum(one >= abs(sum(fourteen)) for one in sums) / 2**14, rel=1e-9)


def bits(tasks: int) -> st.SearchStrategy[list[list[int]]]:
    """Right and wrong of each of three seeds on so many tasks."""
    return st.lists(st.lists(st.integers(0, 1), min_size=tasks, max_size=tasks), min_size=3, max_size=3)


def seeds_of(rights: list[list[int]]) -> dict[int, Scores]:
    return {
        seed: of_tasks(**{f"t{place}": float(one) for place, one in enumerate(some)})
        for seed, some in enumerate(rights)
    }


@given(st.integers(2, 9).flatmap(lambda tasks: st.tuples(bits(tasks), bits(tasks))))
def test_three_seeds_have_the_mean_and_the_p_value_of_exact_arithmetic(sides: tuple[list[list[int]], ...]) -> None:
    before, after = ([Fraction(sum(task), 3) for task in zip(*side, strict=True)] for side in sides)
    exact = [new - old for old, new in zip(before, after, strict=True)]
    flips = itertools.product((1, -1), repeat=len(exact))
    sums = [abs(sum(sign * one for sign, one in zip(signs, exact, strict=True))) for signs in flips]
    found = compared(*map(seeds_of, sides))
    assert isinstance(found, Difference)
    mean = sum(exact) / len(exact)
    assert found.mean == pytest.approx(float(mean), abs=1e-6)
    assert (found.mean > 0, found.mean < 0) == (mean > 0, mean < 0)  # a null is a null
    assert found.p_tasks == pytest.approx(sum(one >= abs(sum(exact)) for one in sums) / len(sums))


@settings(max_examples=20)
@given(st.lists(st.sampled_from((-3, -2, -1, 1, 2, 3)), min_size=15, max_size=40))
def test_many_differing_tasks_of_three_seeds_have_a_p_value_drawn_near_the_exact_one(thirds: list[int]) -> None:
    ways = Counter({0: 1})
    for one in thirds:
        ways = Counter({total: ways[total - one] + ways[total + one] for total in range(-120, 121)})
    exact = sum(count for total, count in ways.items() if abs(total) >= abs(sum(thirds))) / 2 ** len(thirds)
    before, after = ([[int(seed < sign * one) for one in thirds] for seed in range(3)] for sign in (-1, 1))
    found = compared(seeds_of(before), seeds_of(after))
    assert isinstance(found, Difference)
    assert found.p_tasks == pytest.approx(exact, abs=0.02)  # five standard errors of 19,999 draws


def test_sums_that_differ_in_rounding_alone_are_ties() -> None:
    assert sign_flip([0.1, 0.2, -0.3]) == 1.0  # 0.1 + 0.2 - 0.3 is not 0 in floating point


def test_students_sleep_data_has_its_p_value_and_interval_and_one_seed_or_equal_ones_have_none() -> None:
    assert student(SLEEP) == pytest.approx((0.00283289, 0.7001142, 2.4598858), rel=1e-5)
    assert student([]) is None
    assert student([0.1]) is None
    assert student([0.1, 0.1, 0.1]) is None
    assert student([0.3 - 0.2, 0.2 - 0.1, 0.1]) is None  # the same but for rounding, of which t would make thousands


def test_two_seeds_have_the_interval_of_one_degree_of_freedom_kept_within_what_a_difference_can_be() -> None:
    found = difference({"a": 0.0}, {"a": 0.2}, [0.19, 0.21])
    half = math.tan(math.pi * 0.475) * 0.01  # t of 0.975 is the tangent; the mean's standard error is half the range
    assert (found.seeds_low, found.seeds_high) == pytest.approx((0.2 - half, 0.2 + half))
    assert found.p_seeds == pytest.approx(2 * (0.5 - math.atan(20) / math.pi))
    apart = difference({"a": 0.0}, {"a": 0.2}, [0.0, 0.4])
    assert (apart.seeds_low, apart.seeds_high) == (-1.0, 1.0)


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=6))
def test_over_seeds_the_interval_holds_nothing_exactly_where_the_test_finds_nothing(twentieths: list[int]) -> None:
    seeds = [one / 20 for one in twentieths]
    found = difference({"a": 0.0}, {"a": 0.5}, seeds)
    if len({*twentieths}) == 1:
        assert (found.p_seeds, found.seeds_low, found.seeds_high) == (None, None, None)
        return
    assert found.p_seeds is not None
    assert found.seeds_low is not None
    assert found.seeds_high is not None
    assert -1 <= found.seeds_low <= found.seeds_high <= 1
    assert not math.isnan(found.p_seeds)
    assert (found.seeds_low < 0 < found.seeds_high) == (found.p_seeds > 0.05)
    error = math.sqrt(float(np.var(seeds, ddof=1)) / len(seeds))
    low = float(np.mean(seeds)) - float(t.ppf(0.975, len(seeds) - 1)) * error
    assert found.seeds_low == pytest.approx(max(-1.0, low))


def test_holm_corrects_as_published_and_counts_tests_alone() -> None:
    assert holm([0.01, 0.04, None, 0.03, 0.005]) == pytest.approx([0.03, 0.06, None, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_value_nor_changes_their_order(p_values: list[float]) -> None:
    adjusted = [one for one in holm(p_values) if one is not None]
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert [adjusted[place] for place in order] == sorted(adjusted)


def test_the_interval_of_a_difference_is_a_bootstraps_over_tasks() -> None:
    before, after = scores(30, 80), scores(45, 80, first=10)
    found = compared({0: before}, {0: after})
    assert isinstance(found, Difference)
    assert found.low is not None
    assert found.high is not None
    paired = np.array([after.by_task[task][0] - one[0] for task, one in before.by_task.items()])
    draws = np.random.default_rng(7).choice(paired, size=(4000, 80)).mean(axis=1)
    assert (found.low, found.high) == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.03)


def test_what_did_not_change_is_no_difference_with_p_of_one_and_no_interval() -> None:
    found = compared({0: scores(40)}, {0: scores(40)})
    assert isinstance(found, Difference)
    assert (found.mean, found.p_tasks, found.low, found.high) == (0.0, 1.0, None, None)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 19))
def test_the_sides_exchanged_change_the_sign_alone(one: int, other: int, first: int) -> None:
    there = compared({0: scores(one, 20)}, {0: scores(other, 20, first=first)})
    back = compared({0: scores(other, 20, first=first)}, {0: scores(one, 20)})
    assert isinstance(there, Difference)
    assert isinstance(back, Difference)
    assert there.mean == pytest.approx(-back.mean)
    assert there.p_tasks == pytest.approx(back.p_tasks)


def test_seeds_are_paired_by_their_number() -> None:
    before = {0: scores(10, 20), 1: scores(12, 20), 2: scores(5, 20)}
    after = {1: scores(15, 20), 0: scores(12, 20)}
    found = compared(before, after)
    assert isinstance(found, Difference)
    assert found.mean == pytest.approx((2 + 3) / 40)
    assert found.over_seeds == 2
    # of two differences of 0.10 and 0.15 the mean is five standard errors, and p of t = 5 at one degree of freedom
    assert found.p_seeds == pytest.approx(2 * (0.5 - math.atan(5) / math.pi))


def test_tests_that_say_different_things_at_five_percent_are_told() -> None:
    clear = Difference(mean=0.1, low=0.05, high=0.15, p_tasks=0.01, p_seeds=0.2, over_tasks=80, over_seeds=3)
    assert clear.disagree
    assert not clear.model_copy(update={"p_seeds": 0.04}).disagree
    assert not clear.model_copy(update={"p_seeds": None}).disagree


def test_different_test_tasks_are_refused_with_the_reason() -> None:
    assert compared({0: of_tasks(a=1.0, b=0.0)}, {0: of_tasks(b=1.0)}) == "1 of the tasks are in one side only"
    assert compared({}, {0: of_tasks(b=1.0)}) == "one side has no figures"
    seeds = {0: of_tasks(a=1.0), 1: of_tasks(b=1.0)}
    assert compared(seeds, seeds) == "its seeds were measured on different tasks"


def test_a_published_share_has_its_binomial_standard_error() -> None:
    assert standard_error(0.5, 80) == pytest.approx(math.sqrt(0.25 / 80))
