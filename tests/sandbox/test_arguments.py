"""What is said of arguments that do not fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from toolwright.functions import Function
from toolwright.sandbox.arguments import argument_fault

from .test_calls import values

SPEC = Function(
    name="pay",
    source="from typing import Literal\n"
    "def pay(amount: float, months: int, kind: Literal['a', 'b'] = 'a',\n"
    "        parts: list[int] = [], rest: int | None = None):\n"
    "    return amount\n",
).parameters


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"amount": 1.5, "months": 3}, None),
        ({"amount": 1, "months": 3.0, "rest": None}, None),
        ({"months": 3}, "missing argument amount; the parameters are: amount (number), months (integer), kind"),
        ({"amount": 1, "months": 1, "x": 1, "y": 2}, "unknown arguments x, y; the parameters are: "),
        ({"months": 3, "x": 1}, "missing argument amount; unknown argument x; "),
        ({"amount": "1", "months": 3}, 'argument amount must be a number, not "1" (a string)'),
        ({"amount": 1, "months": 2.5}, "argument months must be an integer, not 2.5 (a number)"),
        ({"amount": 1, "months": True}, "argument months must be an integer, not true (a boolean)"),
        ({"amount": 1, "months": None}, "argument months must be an integer, not null (null)"),
        ({"amount": 1, "months": 1, "kind": "c"}, 'argument kind must be one of "a", "b", not "c" (a string)'),
        ({"amount": 1, "months": 1, "parts": [1, "2"]}, 'argument parts[1] must be an integer, not "2" (a string)'),
        ({"amount": 1, "months": 1, "rest": "x"}, 'argument rest must be integer or null, not "x" (a string)'),
    ],
)
def test_a_fault_names_argument_type_and_value(arguments: dict[str, JsonValue], fault: str | None) -> None:
    found = argument_fault(SPEC, arguments)
    assert found is None if fault is None else (found or "").startswith(fault), found


@given(st.dictionaries(st.sampled_from(["amount", "months", "kind", "parts", "rest", "x"]), values))
def test_whatever_a_model_sends_is_judged_in_a_short_line(arguments: dict[str, JsonValue]) -> None:
    fault = argument_fault(SPEC, arguments)
    assert fault is None or (len(fault) < 500 and "\n" not in fault)


def test_a_function_without_parameters_takes_none() -> None:
    spec = Function(name="now", source="def now():\n    return 1\n").parameters
    assert argument_fault(spec, {}) is None
    assert argument_fault(spec, {"a": 1}) == "unknown argument a; the parameters are: none"
