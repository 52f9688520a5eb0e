"""A running history: what is left of the budget goes to the last conversation on every task of earlier batches."""

import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from support import evaluation, having, rolled, says, sums
from toolwright.messages import SystemMessage, UserMessage
from toolwright.optimizer.budget_text import tokens_of
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.optimizer.history import EARLIER, History, select_history
from toolwright.optimizer.step import EarlierRollout, StepContext
from toolwright.optimizer.step_prompt import step_prompt
from toolwright.optimizer.training_data import training_data
from toolwright.tasks import Task

TASKS = sums(3)
OTHERS = sums(40, start=10)
SAME = having().digest


def before(scores: Sequence[float], parameters: str = "older", words: str = "I add them.") -> list[EarlierRollout]:
    """Rollouts of earlier batches, in the order in which they are wanted."""
    return [_one(task, score, parameters, words) for task, score in zip(OTHERS.tasks, scores, strict=False)]


def _one(task: Task, score: float, parameters: str, words: str) -> EarlierRollout:
    said = (SystemMessage(text="Be brief."), UserMessage(text=task.text), says(words))
    return EarlierRollout(task=task, result=rolled(task, score, parameters=parameters, messages=said, answer="7"))


def history(scores: Sequence[float], earlier: Sequence[EarlierRollout], tokens: int = 100_000) -> History:
    return select_history(evaluation(TASKS, scores, parameters=SAME), TASKS, tokens=tokens, earlier=earlier)


def headings(text: str) -> list[str]:
    return [line.removeprefix("## Task ") for line in text.splitlines() if line.startswith("## Task")]


def test_the_batch_comes_first_then_earlier_failures_then_earlier_successes_each_in_the_order_wanted():
    found = history([1, 0, 1], before([1, 0, 0.5, 1]))
    assert [heading.split(":")[0] for heading in headings(found.text)] == [
        "t1",
        "t0",
        "t2",
        "t11 (earlier, with other functions)",
        "t12 (earlier, with other functions)",
        "t10 (earlier, with other functions)",
        "t13 (earlier, with other functions)",
    ]
    assert (found.failures, found.successes, found.earlier, found.left_out) == (1, 2, 4, EARLIER)


def test_an_earlier_conversation_with_the_same_functions_is_not_said_to_be_with_others():
    found = history([1, 1, 1], before([0], parameters=SAME))
    assert headings(found.text)[-1] == "t10 (earlier, with the functions above): score 0"


def test_without_earlier_ones_nothing_is_said_of_them():
    found = history([1, 0, 1], [])
    assert (found.earlier, found.left_out) == (0, "")
    assert "earlier" not in found.text


def test_where_not_all_earlier_ones_fit_those_that_are_wanted_first_are_shown():
    found = history([1, 1, 1], before([0] * 30, words="word " * 60), tokens=700)
    shown = [heading.split()[0] for heading in headings(found.text)[3:]]
    assert 2 < len(shown) < 10
    assert shown == [task.id for task in OTHERS.tasks[: len(shown)]]


@given(
    st.lists(st.sampled_from([0.0, 1.0]), max_size=40),
    st.integers(60, 3_000),
    st.text(alphabet="words ", min_size=1, max_size=300),
)
def test_the_budget_holds_and_the_batch_never_gives_way_to_earlier_ones(scores: list[float], tokens: int, words: str):
    alone = history([0, 0, 1], [], tokens)
    both = history([0, 0, 1], before(scores, words=words), tokens)
    room = (
        tokens_of(EARLIER) + 40
    )  # and the sentence on what is left out, for which room is kept before anything is chosen
    assert tokens_of(both.text) + tokens_of(both.left_out) <= tokens + 1 or not both.text
    if tokens_of(alone.text) + room < tokens:
        assert both.text.startswith(alone.text)
    shown = headings(both.text)[both.failures + both.successes :]
    assert len(shown) == both.earlier
    missing = len(scores) - both.earlier
    assert (f"{missing} earlier" in both.left_out) == (missing > 0)


def context(earlier: Sequence[EarlierRollout]) -> StepContext:
    parameters = having()
    read = evaluation(TASKS, [0, 1, 1], parameters=parameters.digest)
    return StepContext(
        epoch=3, incumbent=parameters, evaluation=read, tasks=TASKS, failures=FailureRecord(), earlier=tuple(earlier)
    )


def test_a_prompt_scores_the_batch_alone_and_stays_within_its_budget_however_many_tasks_there_were():
    text, shown = step_prompt(context(before([0] * 40, words="word " * 50)), {}, tokens=2_000, actions=3)
    assert tokens_of(text) <= 2_000
    assert 0 < shown.earlier < 40
    assert "How the functions above did on the 3 training tasks\nMean score: 0.667" in text
    assert "- t10:" not in text


def test_code_finds_earlier_tasks_after_the_batch_marked_as_earlier():
    rows = [json.loads(line) for line in training_data(context(before([0, 1])), show_targets=True).splitlines()]
    assert [row["id"] for row in rows] == ["t0", "t1", "t2", "t10", "t11"]
    assert [row.get("earlier") for row in rows] == [None, None, None, *["with other functions"] * 2]
    assert [row["rollouts"][0]["score"] for row in rows] == [0, 1, 1, 0, 1]
    assert rows[3]["target"] == OTHERS.tasks[0].target


def test_what_a_step_is_shown_are_the_batch_and_the_earlier_tasks():
    assert context([]).shown is TASKS
    assert [task.id for task in context(before([0])).shown.tasks] == ["t0", "t1", "t2", "t10"]
