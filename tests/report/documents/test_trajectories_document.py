"""What was said about a task is shown in full, as long as a file can bear it; what was cut out is said."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_runs import made
from pydantic import JsonValue

from support import sums
from toolwright.evaluations import Result
from toolwright.messages import AssistantMessage, ToolCall, UserMessage
from toolwright.report.documents import RolloutView
from toolwright.report.documents.tasks.trajectories import Shown, trajectories_document
from toolwright.report.page.source import to_json
from toolwright.tasks import Task
from toolwright.trajectories import Call, Outcome

TASK = sums(2).tasks[1]
TASKS = {TASK.id: TASK}
HUGE = "begins " + "x" * 5_000_000 + " ends"
LEFT_OUT = "its messages and calls are left out"


def view(result: Result, longest: int = 1_000, left_out: str = "", tasks: dict[str, Task] = TASKS) -> RolloutView:
    (rollout,) = trajectories_document([Shown(result, left_out)], tasks, longest).rollouts
    return rollout


def called(arguments: dict[str, JsonValue] | None, **outcome: Any) -> Call:
    made = Outcome.model_validate({"status": "ok", **outcome})
    return Call(turn=0, index=0, kind="function", name="f", arguments=arguments, outcome=made)


def test_a_short_rollout_is_shown_whole() -> None:
    result = made(TASK, 0.5, repeat=2)
    shown = view(result)
    assert (shown.task, shown.repeat, shown.question, shown.target) == ("t1", 2, TASK.text, "128")
    assert shown.messages[3:] == result.trajectory.messages[3:]
    assert shown.calls == result.trajectory.calls
    assert (shown.answer, shown.score, shown.why, shown.details) == ("128", 0.5, "compared", {"expected": "128"})
    assert shown.shortened == ""


def test_what_only_a_provider_understands_is_not_shown() -> None:
    messages = [message for message in view(made(TASK, 1)).messages if isinstance(message, AssistantMessage)]
    assert [message.provider for message in messages] == [None, None]


def test_a_rollout_of_a_task_that_is_not_known_shows_what_was_asked() -> None:
    shown = view(made(TASK, 1), tasks={})
    assert (shown.question, shown.target) == (TASK.text, None)


def test_a_rollout_without_a_score_has_none() -> None:
    shown = view(made(TASK, None, end="provider", error="the provider is out"))
    assert (shown.score, shown.why, shown.details, shown.error) == (None, "", {}, "the provider is out")


def test_a_message_of_5_mb_keeps_its_beginning_and_end_and_says_what_is_gone() -> None:
    call = ToolCall(id="c", name="f", arguments=HUGE)
    shown = view(made(TASK, 1, messages=(UserMessage(text=HUGE), AssistantMessage(text="short", calls=(call,)))))
    text = shown.messages[0].text
    assert len(text) <= 1_000
    assert text.startswith("begins x")
    assert text.endswith("x ends")
    assert shown.shortened == "2 texts of more than 1,000 characters are shortened, by 9,998,024"
    assert len(to_json(shown)) < 10_000


def test_one_text_that_is_cut_is_one() -> None:
    shown = view(made(TASK, 1, messages=(UserMessage(text="a" * 1_500),)))
    assert shown.shortened.startswith("1 text of more than 1,000 characters is shortened, by ")


def test_a_call_of_5_mb_keeps_what_there_is_room_for() -> None:
    result = made(TASK, 1, calls=(called({"a": HUGE, "b": 1}, result=[1] * 1_000_000, stdout=HUGE, error=HUGE),))
    shown = view(result)
    (call,) = shown.calls
    assert call.arguments is not None
    assert call.arguments["b"] == 1
    assert str(call.arguments["a"]).startswith("begins x")
    assert str(call.outcome.result).startswith("[1, 1, 1")
    assert len(to_json(shown)) < 10_000


def test_arguments_without_end_become_one_text() -> None:
    shown = view(made(TASK, 1, calls=(called({f"argument-{n}": n for n in range(100_000)}),)))
    assert list(shown.calls[0].arguments or {}) == ["…"]
    assert len(to_json(shown)) < 10_000


def test_what_is_left_out_leaves_the_answer_and_says_so() -> None:
    shown = view(made(TASK, 1), left_out=LEFT_OUT)
    assert (shown.messages, shown.calls, shown.shortened) == ((), (), LEFT_OUT)
    assert (shown.question, shown.answer, shown.score) == (TASK.text, "128", 1)


texts = st.text(st.characters(exclude_categories=()), max_size=200)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
)


@pytest.mark.soak
@given(texts, st.dictionaries(texts, values, max_size=5), values, st.integers(60, 100))
@settings(max_examples=300)
def test_whatever_was_said_the_page_can_read_it(
    text: str, arguments: dict[str, JsonValue], returned: JsonValue, longest: int
) -> None:
    messages = (
        UserMessage(text=text),
        AssistantMessage(text=text, calls=(ToolCall(id=text, name=text, arguments=text),)),
    )
    call = called(arguments, result=returned, stdout=text, error=text)
    shown = view(made(TASK, 1, messages=messages, calls=(call,), answer=text, error=text), longest)
    read = json.loads(to_json(shown).decode(), parse_constant=lambda constant: 1 / 0)
    assert len(read["answer"]) <= longest
    assert len(read["messages"][0]["text"]) <= longest
    assert len(read["calls"][0]["outcome"]["stdout"]) <= longest
