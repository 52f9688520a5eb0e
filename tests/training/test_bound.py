import pytest
from gating import repeated, scored, share

from toolwright.training.bound import generalisation_of, theorem_a4
from toolwright.training.intervals import interval_of


@pytest.mark.parametrize(("tasks", "bound"), [(10, 0.86), (20, 0.61), (100, 0.27), (2000, 0.06)])
def test_the_papers_bound_is_as_wide_as_it_is(tasks: int, bound: float):
    assert round(theorem_a4(tasks), 2) == bound


def test_four_times_the_tasks_halve_it_and_the_range_enters_as_printed():
    assert theorem_a4(80) == pytest.approx(theorem_a4(20) / 2)
    assert theorem_a4(20, beta=4.0) == pytest.approx(2 * theorem_a4(20))  # beta, not its square: the paper's own slip


@pytest.mark.parametrize(("tasks", "delta", "beta"), [(0, 0.05, 1.0), (20, 0.0, 1.0), (20, 1.0, 1.0), (20, 0.05, 0.0)])
def test_what_has_no_bound_is_refused(tasks: int, delta: float, beta: float):
    with pytest.raises(ValueError, match="no bound for"):
        theorem_a4(tasks, delta, beta)


def test_the_bound_stands_beside_the_interval_of_the_unseen_tasks():
    test = scored(repeated(share(40, 80), 1), split="test")
    both = generalisation_of(20, test)
    assert both.interval == interval_of(test)
    assert both.bound == theorem_a4(20)


def test_without_a_test_set_nothing_is_measured():
    assert generalisation_of(5, None).interval is None
