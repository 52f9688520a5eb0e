from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from support import StubSandbox, add, example, function, rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.optimizer.trial import MAX_PAST_CALLS, PastCall, past_calls, run_examples, run_past_calls, same
from toolwright.protocols import Sandbox
from toolwright.tasks import TaskFile
from toolwright.trajectories import Call, CallKind, Outcome

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


def made(number: int, result: JsonValue = 1, kind: CallKind = "function", name: str = "add", ok: bool = True) -> Call:
    outcome = Outcome(status="ok", result=result) if ok else Outcome(status="error", error="x")
    return Call(turn=0, index=number, kind=kind, name=name, arguments={"a": number, "b": 0}, outcome=outcome)


def evaluated(*rollouts: tuple[float | None, list[Call]]) -> Evaluation:
    tasks = sums(len(rollouts))
    results = [rolled(task, score, calls=tuple(calls)) for task, (score, calls) in zip(tasks.tasks, rollouts)]  # noqa: B905
    return Evaluation(parameters="p", tasks=tasks.digest, split="train", results=tuple(results))


async def test_examples_that_do_not_fit_the_schema_break_a_function_and_do_not_run():
    stub = StubSandbox()
    trial = await run_examples(add().model_copy(update={"examples": (example(a=1), example(a=1, b=2, c=3))}), stub)
    assert len(trial.broken) == 2
    assert stub.calls == []


async def test_every_failing_example_is_reported_at_once():
    stub = StubSandbox(lambda _f, given: Outcome(status="error", error=f"no {given['a']}"))
    trial = await run_examples(
        add().model_copy(update={"examples": (example(a=1, b=2, stated=False), example(a=3, b=4, stated=False))}), stub
    )
    assert [text[-4:] for text in trial.broken] == ["no 1", "no 3"]


async def test_an_example_without_a_stated_result_cannot_differ():
    trial = await run_examples(add().model_copy(update={"examples": (example(a=1, b=2, stated=False),)}), StubSandbox())
    assert trial.differing == ()
    assert trial.notes == ('add({"a": 1, "b": 2}) returned 1',)


async def test_every_call_is_told_with_what_it_returned_and_what_was_wanted():
    stub = StubSandbox(lambda _f, given: Outcome(status="ok", result=given["a"], seconds=0.5))
    examples = (example(a=1, b=2, result=3), example(a=4, b=5, stated=False), example(a=6))
    trial = await run_examples(add().model_copy(update={"examples": examples}), stub)
    told = [(call.of, call.call, call.status, call.returned, call.wanted, call.seconds) for call in trial.calls]
    assert told[:2] == [
        ("example", 'add({"a": 1, "b": 2})', "ok", "1", "3", 0.5),
        ("example", 'add({"a": 4, "b": 5})', "ok", "4", "", 0.5),
    ]
    assert told[2][2] == "refused"
    past = await run_past_calls(add(), [PastCall(arguments={"a": 1, "b": 2}, result=9)], stub)
    assert [(call.of, call.returned, call.wanted) for call in past.calls] == [("past call", "1", "9")]


async def test_a_long_result_is_shortened_in_the_report():
    stub = StubSandbox(lambda _f, _a: Outcome(status="ok", result="x" * 5000))
    trial = await run_examples(add().model_copy(update={"examples": (example(a=1, b=2, stated=False),)}), stub)
    assert len(trial.notes[0]) < 700
    assert "characters left out]" in trial.notes[0]


def test_past_calls_are_distinct_successful_and_of_solved_tasks_in_task_order():
    evaluation = evaluated(
        (1.0, [made(2), made(1), made(2, result=99)]),
        (0.5, [made(3)]),
        (None, [made(4)]),
        (1.0, [made(5, ok=False), made(6, kind="tool"), made(7, name="sub"), made(8, result=None)]),
    )
    assert past_calls("add", evaluation, sums(4)) == [
        PastCall(arguments={"a": 2, "b": 0}, result=1),
        PastCall(arguments={"a": 1, "b": 0}, result=1),
        PastCall(arguments={"a": 8, "b": 0}, result=None),
    ]


def test_there_are_at_most_20_past_calls():
    evaluation = evaluated((1.0, [made(number) for number in range(50)]))
    assert [past.arguments["a"] for past in past_calls("add", evaluation, sums(1))] == list(range(MAX_PAST_CALLS))


async def test_past_calls_show_what_differs_what_fails_and_what_no_longer_fits():
    stub = StubSandbox(
        lambda _f, given: Outcome(status="ok", result=7) if given["a"] != 3 else Outcome(status="error", error="no")
    )
    calls = [
        PastCall(arguments={"a": 1, "b": 0}, result=7),
        PastCall(arguments={"a": 2, "b": 0}, result=8),
        PastCall(arguments={"a": 3, "b": 0}, result=7),
        *(PastCall(arguments={"x": number}, result=7) for number in range(7)),
    ]
    trial = await run_past_calls(add(), calls, stub)
    assert trial.broken == ()
    assert trial.differing == (
        'add({"a": 2, "b": 0}) returned 8 in a task that was solved, and now 7',
        'add({"a": 3, "b": 0}) returned 7 in a task that was solved, and now an error (no)',
    )
    (note,) = trial.notes
    assert note.endswith('add({"x": 4}); and 2 more')


async def test_examples_and_past_calls_find_the_files_of_the_tasks(sandbox: Sandbox, tmp_path: Path):
    (tmp_path / "rain.csv").write_text("81.2\n60.0\n")
    rain = TaskFile(name="rain.csv", path=str(tmp_path / "rain.csv"), sha256="")
    source = "def total(path: str) -> float:\n    with open(path) as file:\n        return sum(map(float, file))\n"
    total = function("total", source).model_copy(update={"examples": (example(path="rain.csv", stated=False),)})
    assert (await run_examples(total, sandbox, [rain])).notes == ('total({"path": "rain.csv"}) returned 141.2',)
    past = PastCall(arguments={"path": "rain.csv"}, result=141.2, files=(rain,))
    again = await run_past_calls(total, [past], sandbox)
    assert (again.differing, again.notes) == ((), ())


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (0.1 + 0.2, 0.3, True),
        (1e-300, 2e-300, False),
        (10**30, 10**30 + 1, False),
        (10**400, 1.0, False),
        (True, 1, False),
        (False, 0, False),
        (None, 0, False),
        ("1", 1, False),
        ([1, 2], [1, 2.0], True),
        ([1], [1, 1], False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"b": 1}, False),
    ],
)
def test_results_are_the_same_where_their_values_are(one: JsonValue, other: JsonValue, equal: bool):
    assert same(one, other) is equal
    assert same(other, one) is equal


@given(json_values, json_values)
def test_sameness_is_reflexive_and_symmetric(one: JsonValue, other: JsonValue):
    assert same(one, one)
    assert same(one, other) == same(other, one)


def test_a_functions_examples_are_part_of_it():
    assert function("add", add().source, examples=(example(3, a=1, b=2),)).examples[0].result == 3
