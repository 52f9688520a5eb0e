"""A function set can be used at once, from synchronous code and inside a running loop."""

import time

import pytest

from toolwright.errors import FunctionError
from toolwright.functions import Function, FunctionSet
from toolwright.sandbox import ConfinedSandbox

ADD = FunctionSet(functions=(Function(name="add", source="def add(a: int, b: int):\n    return a + b\n"),))


def test_a_call_starts_a_sandbox_of_its_own_quickly() -> None:
    began = time.monotonic()
    assert ADD.call("add", {"a": 1, "b": 2}).result == 3
    assert time.monotonic() - began < 5


def test_arguments_that_do_not_fit_are_refused_before_the_call() -> None:
    with pytest.raises(FunctionError, match=r'^add: argument a must be an integer, not "1"'):
        ADD.call("add", {"a": "1", "b": 2})


def test_a_started_sandbox_serves_many_calls(bare: ConfinedSandbox) -> None:
    assert [ADD.call("add", {"a": n, "b": 1}, sandbox=bare).result for n in range(20)] == list(range(1, 21))


async def test_it_works_inside_a_running_loop(bare: ConfinedSandbox) -> None:
    assert ADD.call("add", {"a": 1, "b": 2}, sandbox=bare).result == 3
    assert ADD.call("add", {"a": 1, "b": 2}).result == 3
