import re
from typing import Any

import pytest
from admitting import NOTHING, admission, admit, refusal

from support import ADD_CODE, StubSandbox, add, function, having, proposal, rolled, sums
from toolwright.errors import SandboxError
from toolwright.evaluations import Evaluation
from toolwright.functions import Function
from toolwright.optimizer.admission import Admitted
from toolwright.sandbox import ConfinedSandbox, Limits
from toolwright.tasks import TaskSet
from toolwright.trajectories import Call, Outcome

GOOD = proposal("add", ADD_CODE, {"arguments": {"a": 1, "b": 2}, "result": 3}, {"arguments": {"a": 0, "b": 5}})
HALVE = "def halve(n: int) -> int:\n    return n // 2\n"


async def test_a_sound_function_is_admitted_with_what_its_examples_returned(sandbox: ConfinedSandbox):
    verdict = await admit(admission(sandbox), "add_function", GOOD)
    assert isinstance(verdict, Admitted)
    assert verdict.parameters.functions.names == ("add",)
    assert verdict.notes == ('add({"a": 1, "b": 2}) returned 3', 'add({"a": 0, "b": 5}) returned 5')


async def test_what_is_refused_statically_never_runs():
    stub = StubSandbox()
    for code in ("import os\n\ndef add(a: int, b: int): pass\n", "print(1)\n" + ADD_CODE, "def add(\n"):
        await refusal(admission(stub), "add_function", GOOD | {"code": code})
    assert stub.calls == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "Add"}, "'Add' does not match"),
        ({"name": "sum"}, "'sum' is a builtin of Python"),
        ({"name": "weather"}, "'weather' is one of the assistant's own tools"),
        ({"name": "plus"}, "the code defines add beside plus"),
        ({"code": "import socket\n" + ADD_CODE}, "line 1: 'socket' may not be imported; these may: decimal, math"),
        ({"arguments": {"a": "one"}}, "they name a, but the code's parameters are a, b"),
        ({"description": "For task 1 it is 38912, for task 2 64000."}, "2 training targets"),
        ({"examples": [{"arguments": {"a": 1}}]}, "example .* missing argument b"),
        ({"examples": [{"arguments": {"a": 1, "b": "x"}}]}, "argument b must be an integer"),
        ({"code": "def add(a: int, b: int):\n    return a / 0\n"}, "example .* failed: .*ZeroDivisionError"),
        ({"code": "def add(a: int, b: int):\n    return print\n"}, "example .* failed: "),
        ({"code": "def add(a: int, b: int):\n    return float('nan')\n"}, "example .* failed"),
        ({"code": "def add(a: int, b: int):\n    import math\n    return math.sqrt(-b - 1)\n"}, "ValueError"),
        ({"code": "def add(a: int, b: int):\n    return a + b" + "[0]" * 400}, "TypeError|nested|parse"),
    ],
)
async def test_a_faulty_function_is_refused_with_a_reason_to_act_on(
    sandbox: ConfinedSandbox, changes: dict[str, Any], said: str
):
    tasks = TaskSet(name="two", tasks=(*sums(1, start=304).tasks, *sums(1, start=500).tasks))
    reason = await refusal(admission(sandbox, tasks=tasks, taken=["weather"]), "add_function", GOOD | changes)
    assert re.search(said, reason), reason


async def test_an_example_that_never_ends_refuses():
    async with ConfinedSandbox(allowed=("math",), limits=Limits(wall_seconds=0.5), concurrency=1) as hurried:
        endless = {"code": "def add(a: int, b: int):\n    while a:\n        pass\n    return a + b\n"}
        reason = await refusal(admission(hurried), "add_function", GOOD | endless)
    assert re.search(r"example .* failed: ran longer than 0\.5 s", reason), reason


async def test_a_stated_result_that_differs_refuses_once_and_is_then_admitted(sandbox: ConfinedSandbox):
    wrong = GOOD | {"examples": [{"arguments": {"a": 1, "b": 2}, "result": 4}]}
    one = admission(sandbox)
    reason = await refusal(one, "add_function", wrong)
    assert 'add({"a": 1, "b": 2}) returned 3; you stated 4' in reason
    assert "Sent again, it is admitted as it is" in reason
    verdict = await admit(one, "add_function", wrong)
    assert isinstance(verdict, Admitted)
    assert "returned 3; you stated 4" in verdict.notes[0]


async def test_each_function_has_a_first_time_of_its_own(sandbox: ConfinedSandbox):
    one = admission(sandbox)
    wrong = {"examples": [{"arguments": {"a": 1, "b": 2}, "result": 4}]}
    other = proposal("plus", ADD_CODE.replace("add", "plus")) | wrong
    assert "you stated 4" in await refusal(one, "add_function", GOOD | wrong)
    assert "you stated 4" in await refusal(one, "add_function", other)


async def test_a_failing_example_refuses_every_time(sandbox: ConfinedSandbox):
    broken = GOOD | {"code": "def add(a: int, b: int):\n    raise ValueError('never')\n"}
    one = admission(sandbox)
    for _ in range(3):
        assert "ValueError: never" in await refusal(one, "add_function", broken)


def solved_with(calls: list[tuple[dict[str, Any], Any]], score: float = 1.0, name: str = "halve") -> Evaluation:
    tasks = sums(1)
    made = tuple(
        Call(turn=0, index=n, kind="function", name=name, arguments=given, outcome=Outcome(status="ok", result=result))
        for n, (given, result) in enumerate(calls)
    )
    results = (rolled(tasks.tasks[0], score, calls=made, offered=(name,)),)
    return Evaluation(parameters="p", tasks=tasks.digest, split="train", results=results)


def halve(code: str = HALVE) -> Function:
    return function("halve", code, description="Half.", arguments={"n": "a number"})


def revision(code: str) -> dict[str, Any]:
    return proposal("halve", code, {"arguments": {"n": 8}, "result": 4})


async def test_a_revision_that_changes_what_solved_tasks_relied_on_refuses_once_showing_both(sandbox: ConfinedSandbox):
    one = admission(sandbox, having(halve()), solved_with([({"n": 7}, 3), ({"n": 9}, 4)]))
    rounding = revision("def halve(n: int) -> int:\n    return (n + 1) // 2\n")
    reason = await refusal(one, "revise_function", rounding, having(halve()))
    assert 'halve({"n": 7}) returned 3 in a task that was solved, and now 4' in reason
    verdict = await admit(one, "revise_function", rounding, having(halve()))
    assert isinstance(verdict, Admitted)
    assert any("and now 4" in note for note in verdict.notes)


async def test_a_revision_that_now_raises_on_a_past_call_refuses_once(sandbox: ConfinedSandbox):
    one = admission(sandbox, having(halve()), solved_with([({"n": 7}, 3)]))
    strict = revision("def halve(n: int) -> int:\n    if n % 2:\n        raise ValueError('odd')\n    return n // 2\n")
    assert "and now an error (" in await refusal(one, "revise_function", strict, having(halve()))
    assert isinstance(await admit(one, "revise_function", strict, having(halve())), Admitted)


async def test_past_calls_that_no_longer_fit_are_listed_and_refuse_nothing(sandbox: ConfinedSandbox):
    one = admission(sandbox, having(halve()), solved_with([({"n": 7}, 3)]))
    wider = proposal(
        "halve", "def halve(n: int, down: bool) -> int:\n    return n // 2\n", {"arguments": {"n": 8, "down": True}}
    )
    verdict = await admit(one, "revise_function", wider, having(halve()))
    assert isinstance(verdict, Admitted)
    assert 'past calls that no longer fit the parameters: halve({"n": 7})' in verdict.notes


async def test_calls_of_tasks_that_were_not_solved_bind_no_revision(sandbox: ConfinedSandbox):
    one = admission(sandbox, having(halve()), solved_with([({"n": 7}, 99)], score=0.5))
    assert isinstance(await admit(one, "revise_function", revision(HALVE + "\n"), having(halve())), Admitted)


async def test_a_function_of_this_step_has_no_past(sandbox: ConfinedSandbox):
    one = admission(sandbox, NOTHING, solved_with([({"n": 7}, 99)]))
    assert isinstance(await admit(one, "revise_function", revision(HALVE), having(halve())), Admitted)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("add_function", GOOD, "there is a function 'add' already; use revise_function"),
        ("revise_function", GOOD | {"name": "plus"}, "there is no function 'plus'; there are: add"),
        ("remove_function", {"name": "plus"}, "there is no function 'plus'; there are: add"),
        ("revise_function", GOOD | {"description": "The sum.", "arguments": {"a": "one", "b": "two"}}, "as it stands"),
    ],
)
async def test_an_action_must_go_with_the_candidates_functions(name: str, arguments: dict[str, Any], said: str):
    stub = StubSandbox()
    assert said in await refusal(admission(stub), name, arguments, having(add()))
    assert stub.calls == []


@pytest.mark.parametrize(("name", "arguments"), [("revise_function", GOOD), ("remove_function", {"name": "add"})])
async def test_a_frozen_function_stays_as_it_is(name: str, arguments: dict[str, Any]):
    frozen = having(add().model_copy(update={"frozen": True}))
    assert "'add' is frozen by its owner" in await refusal(admission(StubSandbox()), name, arguments, frozen)


async def test_a_removed_function_is_gone_from_the_candidate():
    verdict = await admit(admission(StubSandbox()), "remove_function", {"name": "add"}, having(add(), halve()))
    assert isinstance(verdict, Admitted)
    assert verdict.parameters == having(halve())


async def test_a_sandbox_that_fails_is_no_verdict_on_the_action():
    def broken(_function: Function, _arguments: object) -> Outcome:
        raise SandboxError("the base process is gone")

    with pytest.raises(SandboxError):
        await admit(admission(StubSandbox(broken)), "add_function", GOOD)
