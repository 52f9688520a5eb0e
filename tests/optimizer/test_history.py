from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from support import calling, evaluation, rolled, says, sums
from toolwright.evaluations import Evaluation, Result, Score
from toolwright.messages import Message, SystemMessage, ToolMessage, UserMessage
from toolwright.optimizer.budget_text import clip, tokens_of
from toolwright.optimizer.history import select_history
from toolwright.tasks import Task, TaskSet
from toolwright.trajectories import Call, Outcome, Trajectory


def talked(task: Task, score: float, words: str = "I add them.") -> Result:
    messages: list[Message] = [
        SystemMessage(text="Be brief."),
        UserMessage(text=task.text),
        says(words, add={"a": 1, "b": 2}),
        ToolMessage(call_id="c0", name="add", text="3"),
        says("\\boxed{3}"),
    ]
    return rolled(task, score, messages=tuple(messages), answer="3")


def talks(scores: Sequence[float], words: str = "I add them.", parameters: str = "p") -> tuple[Evaluation, TaskSet]:
    tasks = sums(len(scores))
    results = tuple(talked(task, score, words) for task, score in zip(tasks.tasks, scores, strict=True))
    return Evaluation(parameters=parameters, tasks=tasks.digest, split="train", results=results), tasks


def shown(text: str) -> list[str]:
    return [line.split()[2].rstrip(":") for line in text.splitlines() if line.startswith("## Task")]


def test_failures_come_first_then_successes_each_in_task_order():
    history = select_history(*talks([1, 0, 1, 0.5]), tokens=10_000)
    assert shown(history.text) == ["t1", "t3", "t0", "t2"]
    assert (history.failures, history.successes, history.left_out) == (2, 2, "")


def test_a_conversation_is_the_task_its_target_what_was_said_and_called_and_the_answer():
    history = select_history(*talks([0]), tokens=10_000)
    assert history.text == (
        "## Task t0: score 0\nAdd 0 and 0.\nTarget: 0\nAssistant: I add them.\n"
        'Assistant calls add({"a": 1, "b": 2})\nadd → 3\nAssistant: \\boxed{3}\nAnswer given: 3'
    )


def test_targets_and_the_scorers_reasons_can_be_kept_from_the_optimizer():
    tasks = sums(1, start=7)
    result = talked(tasks.tasks[0], 0).model_copy(update={"score": Score(value=0, reason="896 was wanted")})
    made = Evaluation(parameters="p", tasks=tasks.digest, split="train", results=(result,))
    first, *_ = select_history(made, tasks, tokens=10_000).text.splitlines()
    assert first == "## Task t7: score 0 (896 was wanted)"
    assert "896" not in select_history(made, tasks, tokens=10_000, show_targets=False).text


def test_what_does_not_fit_is_left_out_and_counted():
    history = select_history(*talks([0] * 30 + [1] * 30, "word " * 40), tokens=1_000)
    assert 0 < history.failures < 30
    missing = f"Left out for want of room: {30 - history.failures} failed and {30 - history.successes} solved"
    assert history.left_out.startswith(missing)


def test_long_messages_are_shortened_before_failures_are_left_out():
    history = select_history(*talks([0] * 5, "word " * 2_000), tokens=3_000)
    assert history.failures == 5
    assert "characters left out" in history.text
    assert history.left_out == "Long messages are shortened to 1500 characters."


def test_the_sample_is_the_same_for_the_same_parameters_and_another_for_others():
    texts = {
        parameters: select_history(*talks([1] * 60, "word " * 30, parameters), tokens=800).text
        for parameters in ("p", "q")
    }
    again = select_history(*talks([1] * 60, "word " * 30), tokens=800).text
    assert texts["p"] == again != texts["q"]


def test_calls_that_no_conversation_shows_any_more_are_shown():
    tasks = sums(1)
    call = Call(turn=0, index=0, kind="function", name="add", arguments={}, outcome=Outcome(status="error", error="no"))
    messages: list[Message] = [SystemMessage(text="s"), UserMessage(text="q"), calling(("add", {}))]
    result = rolled(tasks.tasks[0], 0, messages=tuple(messages), calls=(call,), end="turn_limit", error="the limit")
    made = Evaluation(parameters="p", tasks=tasks.digest, split="train", results=(result,))
    lines = select_history(made, tasks, tokens=1_000).text.splitlines()
    assert lines[-2:] == ["Call add: The call failed: no", "Answer given: none (ended by turn_limit: the limit)"]


def test_an_evaluation_of_2000_tasks_is_read_in_a_second_or_two():
    history = select_history(*talks([0, 1] * 1_000), tokens=24_000)
    assert tokens_of(history.text) + tokens_of(history.left_out) <= 24_000


def test_repeats_of_a_task_are_conversations_of_their_own():
    tasks = sums(1)
    results = [talked(tasks.tasks[0], 0, words) for words in ("first", "second")]
    second = Trajectory.model_validate(results[1].trajectory.model_dump() | {"repeat": 1})
    made = evaluation(tasks, [0.0]).model_copy(
        update={"results": (results[0], results[1].model_copy(update={"trajectory": second}))}
    )
    text = select_history(made, tasks, tokens=10_000).text
    assert text.index("first") < text.index("second")


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.text(max_size=400)), min_size=1, max_size=12),
    st.integers(60, 2_000),
    st.booleans(),
)
def test_a_history_never_takes_more_than_its_budget(rows: list[tuple[float, str]], tokens: int, show_targets: bool):
    tasks = sums(len(rows))
    results = tuple(talked(task, score, words * 9) for task, (score, words) in zip(tasks.tasks, rows, strict=True))
    made = Evaluation(parameters="p", tasks=tasks.digest, split="train", results=results)
    history = select_history(made, tasks, tokens=tokens, show_targets=show_targets)
    assert tokens_of(history.text + history.left_out) <= tokens
    assert history.failures + history.successes == len(shown(history.text)) or "## Task" in str(rows)


@given(st.text(max_size=200), st.integers(0, 60))
def test_a_clipped_text_fits_and_says_so_where_there_is_room_to(text: str, tokens: int):
    clipped = clip(text, tokens, "the rest")
    assert tokens_of(clipped) <= tokens
    assert clipped == text or "left out" in clipped or tokens < 10
