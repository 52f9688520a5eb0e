from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from support import evaluation, rolled, sums
from toolwright.evaluations import Evaluation, Score
from toolwright.messages import Usage


def test_loss_is_one_minus_the_mean_score():
    made = evaluation(sums(4), [1, 0, 0.5, 1])
    assert made.mean == 0.625
    assert made.loss == 0.375


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms())
def test_no_order_of_tasks_changes_the_mean(scores: list[float], order: Random):
    shuffled = [*scores]
    order.shuffle(shuffled)
    assert evaluation(sums(len(scores)), scores).mean == evaluation(sums(len(scores)), shuffled).mean


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_score_is_between_0_and_1(value: float):
    with pytest.raises(ValidationError):
        Score(value=value)


def test_a_rollout_without_a_score_leaves_the_evaluation_incomplete_and_out_of_the_mean():
    tasks = sums(2)
    results = (rolled(tasks.tasks[0], 1.0), rolled(tasks.tasks[1], None, end="provider"))
    made = Evaluation(parameters="p", tasks=tasks.digest, split="train", results=results)
    assert not made.complete
    assert made.mean == 1.0
    assert made.scores_by_task() == {"t0": [1.0]}


def test_usage_is_the_sum_over_its_rollouts():
    tasks = sums(2)
    usage = Usage(requests=2, input_tokens=5)
    results = tuple(rolled(task, 1.0, usage=usage) for task in tasks.tasks)
    made = Evaluation(parameters="p", tasks=tasks.digest, split="train", results=results)
    assert made.usage == Usage(requests=4, input_tokens=10)
