import json
from typing import Any

import pytest
from admitting import call
from jsonschema import Draft202012Validator

from support import ADD_CODE, add, function, having, proposal
from toolwright.errors import FunctionError
from toolwright.functions import Example
from toolwright.optimizer.actions import (
    ACTIONS,
    AddFunction,
    RemoveFunction,
    ReviseFunction,
    Terminate,
    parse_action,
)

ADD = proposal("add", ADD_CODE, {"arguments": {"a": 1, "b": 2}, "result": 3}, {"arguments": {"a": 0, "b": 0}})


def test_an_added_function_goes_to_the_end_a_revised_one_stays_a_removed_one_is_gone():
    other = function("other", "def other(): pass\n")
    added = parse_action(call("add_function", ADD))
    assert isinstance(added, AddFunction)
    assert added.apply(having(other)).functions.names == ("other", "add")
    revised = parse_action(call("revise_function", ADD))
    assert isinstance(revised, ReviseFunction)
    assert revised.apply(having(add(), other)).functions.names == ("add", "other")
    removed = parse_action(call("remove_function", {"name": "add"}))
    assert isinstance(removed, RemoveFunction)
    assert removed.apply(having(add(), other)).functions.names == ("other",)
    assert isinstance(parse_action(call("terminate", "")), Terminate)


def test_terminate_ends_the_step_whatever_comes_with_it():
    assert parse_action(call("terminate", '{"reason": "done", "confidence": 0.9}')) == Terminate(reason="done")
    assert parse_action(call("terminate", "{broken")) == Terminate()


def test_a_function_is_made_as_written_with_a_line_end_and_what_it_imports():
    written = proposal("job", "import decimal, math\n\ndef job(): return 1", {"arguments": {}})
    action = parse_action(call("add_function", written))
    assert isinstance(action, AddFunction)
    made = action.function()
    assert made.source == "import decimal, math\n\ndef job(): return 1\n"
    assert made.packages == ("decimal", "math")


def test_an_example_tells_a_stated_null_from_nothing_stated():
    examples: list[dict[str, Any]] = [{"arguments": {}, "result": None}, {"arguments": {}}]
    action = parse_action(call("add_function", ADD | {"examples": examples}))
    assert isinstance(action, AddFunction)
    assert action.examples == (Example(arguments={}, result=None, stated=True), Example(arguments={}))


@pytest.mark.parametrize("field", ["arguments", "examples"])
def test_json_that_was_quoted_once_too_much_is_read(field: str):
    action = parse_action(call("add_function", ADD | {field: json.dumps(ADD[field])}))
    assert action == parse_action(call("add_function", ADD))


NO_ARGUMENTS: dict[str, Any] = {"arguments": {}}
NONE: list[dict[str, Any]] = []
EMPTY: dict[str, Any] = {}


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in ADD.items() if name != field}


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("delete_function", ADD, "no action 'delete_function'; there are: add_function, revise_function, remove"),
        ("add_function", "{", "the arguments are not valid JSON"),
        ("add_function", "[]", "must be a JSON object"),
        ("add_function", EMPTY, "name: Field required; description: Field required; code: Field required; examples"),
        ("add_function", without("code"), "^code: Field required$"),
        ("add_function", ADD | {"code": ""}, "^code: String should have at least 1 character$"),
        ("add_function", ADD | {"code": ["x"]}, "^code: Input should be a valid string$"),
        ("add_function", ADD | {"packages": "numpy"}, "^packages: Extra inputs are not permitted$"),
        ("add_function", ADD | {"arguments": {"a": {"type": "integer"}}}, "^arguments.a: Input should be a valid str"),
        ("add_function", ADD | {"examples": NONE}, "^examples: Tuple should have at least 1 item"),
        ("add_function", ADD | {"examples": [NO_ARGUMENTS] * 6}, "^examples: Tuple should have at most 5 items"),
        ("add_function", ADD | {"examples": [{"a": 1, "b": 2}]}, r"^examples.0.arguments: Field required"),
        ("remove_function", EMPTY, "^name: Field required$"),
        ("remove_function", {"name": None}, "^name: Input should be a valid string$"),
    ],
)
def test_what_is_no_action_says_which_argument_is_wrong(name: str, arguments: dict[str, Any] | str, said: str):
    with pytest.raises(ValueError, match=said):
        parse_action(call(name, arguments))


def test_a_source_that_does_not_parse_makes_no_function():
    action = parse_action(call("add_function", ADD | {"code": "def add("}))
    assert isinstance(action, AddFunction)
    with pytest.raises(FunctionError, match="line 1"):
        action.function()


def test_the_actions_schemas_are_valid_and_state_what_is_required():
    for spec in ACTIONS:
        Draft202012Validator.check_schema(spec.parameters)
        assert spec.parameters["additionalProperties"] is False
        assert "reason" in str(spec.parameters["required"])
    written = ACTIONS[0].parameters
    assert Draft202012Validator(written).is_valid(ADD)  # pyright: ignore[reportUnknownMemberType] - untyped
    assert not Draft202012Validator(written).is_valid(without("code"))  # pyright: ignore[reportUnknownMemberType]
