"""A provider's error is told in its own words: its message and code, on one short line."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.exceptions import ModelHTTPError

from toolwright.models.said import LONGEST, said_by, said_in, shown

OPENAI = {"message": "The model `x` does not exist", "type": "invalid_request_error", "code": "model_not_found"}
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "message", "detail", "code"]), inner),
)

BODIES: dict[str, tuple[object, str]] = {
    "OpenAI's": ({"error": OPENAI}, "The model `x` does not exist (model_not_found)"),
    "OpenAI's, unpacked by its library": (OPENAI, "The model `x` does not exist (model_not_found)"),
    "Anthropic's": (
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        "Overloaded (overloaded_error)",
    ),
    "Google's, as text": (
        '[{"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}}]',
        "Quota exceeded (RESOURCE_EXHAUSTED)",
    ),
    "vLLM's": ({"object": "error", "message": "no such model", "code": 404}, "no such model"),
    "Ollama's": ({"error": "model 'x' not found, try pulling it first"}, "model 'x' not found, try pulling it first"),
    "FastAPI's": ({"detail": "Not Found"}, "Not Found"),
    "FastAPI's list": ({"detail": [{"loc": ["body"], "msg": "Field required", "type": "missing"}]},
                       "Field required (missing)"),
    "a page": ("<html>\n<body>Bad\n\tGateway</body>", "HTTP 502: <html> <body>Bad Gateway</body>"),
    "JSON without a message": ({"ok": False}, 'HTTP 502: {"ok": false}'),
    "nothing": (None, "HTTP 502"),
    "nested without end": ("[" * 100_000, f"HTTP 502: {'[' * (LONGEST - 11)}…"),
}  # fmt: skip


@pytest.mark.parametrize("whose", BODIES)
def test_the_message_is_taken_out_of_whatever_it_came_in(whose: str):
    body, expected = BODIES[whose]
    assert shown(said_by(ModelHTTPError(502, "m", body))) == expected


def test_a_long_message_is_shortened_and_keeps_its_code():
    text = shown(said_in({"error": {"message": "word " * 500, "code": "rate_limit_exceeded"}}))
    assert text.endswith("… (rate_limit_exceeded)")
    assert len(text) == LONGEST + len(" (rate_limit_exceeded)")


def test_a_key_is_taken_out_also_where_the_message_is_cut_in_the_middle_of_it():
    key = "k1y-" + "0123456789" * 4
    text = shown(said_in({"message": "x" * (LONGEST - 12) + " " + key, "code": key}), [key])
    assert "k1y" not in text
    assert "0123" not in text


def test_a_name_that_is_nearly_right_is_suggested():
    error = ModelHTTPError(404, "gpt-5-mimi", OPENAI, suggested_model_id="gpt-5-mini")
    assert "Did you mean 'gpt-5-mini'?" in shown(said_by(error))


@given(body=JSON)
def test_any_body_becomes_one_line_of_bounded_length(body: object):
    for sent in (body, json.dumps(body)):
        text = shown(said_by(ModelHTTPError(500, "m", sent)))
        assert text == " ".join(text.split())
        assert 0 < len(text) <= 2 * LONGEST + 3
