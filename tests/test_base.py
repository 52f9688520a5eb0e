import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from support import add
from toolwright.base import Frozen, canonical_json, digest_of
from toolwright.errors import BudgetReached, ModelError, ToolwrightError, leaf_of
from toolwright.prompt_files import read_prompt
from toolwright.rendering import render, shorten
from toolwright.trajectories import Outcome, OutcomeStatus


class Point(Frozen):
    x: int
    y: int = 0


def test_a_value_can_neither_be_changed_nor_given_what_it_does_not_know():
    with pytest.raises(ValidationError, match="frozen"):
        Point(x=1).x = 2  # pyright: ignore[reportAttributeAccessIssue] - that is the point
    with pytest.raises(ValidationError, match="z"):
        Point.model_validate({"x": 1, "z": 2})


def test_a_digest_knows_content_and_no_order_of_keys():
    assert digest_of({"b": 1, "a": [1, 2]}) == digest_of({"a": [1, 2], "b": 1})
    assert digest_of({"a": [1, 2]}) != digest_of({"a": [2, 1]})
    assert digest_of("1") != digest_of(1)
    assert len(digest_of(None)) == 32


@given(st.text(st.characters()))
def test_any_text_has_a_digest(text: str):
    assert digest_of(text) == digest_of(text)
    assert canonical_json({"a": text}).startswith('{"a":"')


def test_a_copy_forgets_what_was_computed_from_the_old_fields():
    one = add()
    assert one.signature.required == ("a", "b")
    assert one.model_copy(update={"source": "def add(): pass\n"}).signature.required == ()
    assert one.signature.required == ("a", "b")


def test_the_leaf_of_a_group_is_its_first_plain_error():
    error = BudgetReached("enough")
    assert leaf_of(ExceptionGroup("a", [ExceptionGroup("b", [error]), ValueError()])) is error
    assert leaf_of(error) is error


def test_every_error_is_one_of_ours():
    assert issubclass(ModelError, ToolwrightError)
    assert not issubclass(BudgetReached, ModelError)


@given(st.text(max_size=300), st.integers(0, 200))
def test_a_shortened_text_keeps_both_ends_and_says_how_much_is_missing(text: str, limit: int):
    short = shorten(text, limit)
    if len(text) <= limit:
        assert short == text
        return
    head, tail = limit * 3 // 4, limit // 4
    assert short.startswith(text[:head])
    assert short.endswith(text[len(text) - tail :])
    assert f"[{len(text) - head - tail} characters left out]" in short


@pytest.mark.parametrize("status", ["error", "timeout", "memory", "output", "crashed", "refused"])
def test_every_way_to_fail_is_told_in_words(status: OutcomeStatus):
    assert render(Outcome(status=status, error="because")).endswith(": because")


def test_a_result_is_rendered_as_json_after_what_was_printed():
    assert render(Outcome(status="ok", result={"é": [1, None]})) == '{"é": [1, null]}'
    assert render(Outcome(status="ok", result=1, stdout="hi\n")) == "Printed:\nhi\n\nResult: 1"


def test_a_prompt_is_a_file_without_its_last_line_end():
    text = read_prompt("toolwright.agents", "function_calling").template
    assert "tools" in text
    assert not text.endswith("\n")
