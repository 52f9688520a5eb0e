from contexts import PACKAGES, context
from hypothesis import given
from hypothesis import strategies as st

from support import add, having
from toolwright.optimizer.failure_record import Failure, FailureRecord
from toolwright.optimizer.step_prompt import step_prompt

scores = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])


def record(given_scores: list[float]) -> FailureRecord:
    made = FailureRecord()
    for epoch, score in enumerate(given_scores, start=1):
        made = made.with_failure(Failure(epoch=epoch, parameters=having(add()), score=score, verdict="worse"))
    return made


@given(st.lists(scores, max_size=8))
def test_failures_are_shown_by_score_lowest_first_and_earlier_ones_first_where_equal(given_scores: list[float]):
    shown = record(given_scores).ascending()
    assert [(one.score, one.epoch) for one in shown] == sorted(zip(given_scores, range(1, 99), strict=False))


def test_scores_on_different_batches_are_ordered_by_what_each_lacks_on_its_own():
    hard = Failure(epoch=1, parameters=having(add()), score=0.2, against=0.25, verdict="worse")
    easy = Failure(epoch=2, parameters=having(add()), score=0.7, against=1.0, verdict="worse")
    assert FailureRecord(failures=(hard, easy)).ascending() == (easy, hard)
    told = step_prompt(context(failures=FailureRecord(failures=(hard,))), PACKAGES, tokens=24_000)[0]
    assert "## Mean score 0.200 where the set above had 0.250, on the batch of epoch 1: worse" in told


def test_a_record_is_a_value():
    empty = FailureRecord()
    empty.with_failure(Failure(epoch=1, parameters=having(), score=0, verdict="worse"))
    assert empty.ascending() == ()
