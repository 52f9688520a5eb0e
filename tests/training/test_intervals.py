import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import evaluation, rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.training.intervals import interval_of


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


def test_an_interval_is_shown_in_per_cent():
    assert str(interval_of(evaluation(sums(10), [1.0] * 5 + [0.0] * 5))) == "50.0% [23.7%, 76.3%]"
