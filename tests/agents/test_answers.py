"""Which part of what a model wrote is its answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.agents.answers import boxed, cleaned, extractor, final_answer, last_line, regex
from toolwright.errors import ConfigError

BALANCED = st.recursive(
    st.text(alphabet="ab1+^_, ", min_size=1, max_size=6).filter(str.strip),
    lambda inner: st.lists(st.one_of(inner, inner.map(lambda text: "{" + text + "}")), min_size=1).map("".join),
    max_leaves=8,
)


@given(BALANCED, st.text(alphabet="xyz \n", max_size=8), st.text(alphabet="xyz \n.$", max_size=8))
def test_what_is_boxed_comes_out_of_the_box(content: str, before: str, after: str):
    assert boxed(rf"{before}\boxed{{9}} then \boxed{{y{content}y}}{after}") == f"y{content}y"


@given(st.text())
def test_no_text_makes_an_extractor_raise(text: str):
    for spec in ("boxed", "final_answer", "last_line", "regex:(a|b)*c"):
        answer = extractor(spec)(text)
        assert answer is None or answer.strip()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"\boxed{\frac{1}{\sqrt{2}}}", r"\frac{1}{\sqrt{2}}"),
        (r"$\boxed 5$", "5"),
        (r"\fbox{7}", "7"),
        (r"\boxed{$12$.}", "12"),
        (r"\boxed{\text{Monday}}", "Monday"),
        (r"\boxed{5\text{ cm}}", r"5\text{ cm}"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{1} or \boxed{2", "1"),
        (r"\boxed{}", None),
        ("nothing", None),
    ],
)
def test_the_last_closed_box_is_the_answer(text: str, answer: str | None):
    assert boxed(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "FINAL ANSWER: 42",
        "final answer: 42.",
        "**Final Answer:** 42",
        "**Final Answer: 42**",
        "**FINAL ANSWER**: `42`",
        "## Final Answer\n\n42\n",
        "Final answer:\n\\[\n42\n\\]",
        "The final answer is 42.",
        "The final answer is: $42$",
        "FINAL ANSWER: 41\nNo, wait.\nFINAL ANSWER: 42\nGood day",
        "FINAL ANSWER: \\boxed{42}",
        "**FINAL ANSWER:**\n**42**",
    ],
    ids=repr,
)
def test_final_answer_is_found_however_models_write_it(text: str):
    assert final_answer(text) == "42"


@pytest.mark.parametrize(
    "text", ["", "42", "FINAL ANSWER:", "My final answers vary: 42", "semifinal answer: 42"], ids=repr
)
def test_no_final_answer_is_none(text: str):
    assert final_answer(text) is None


def test_a_full_stop_is_taken_off_where_it_ends_a_sentence():
    assert [cleaned(text) for text in ("Paris.", "3.5.", "2:10 P.M.", "U.S.", "5.")] == [
        "Paris",
        "3.5",
        "2:10 P.M.",
        "U.S.",
        "5",
    ]


def test_the_last_line_is_the_last_that_is_not_blank():
    assert last_line("one\n\n  **two**  \n\n") == "two"
    assert last_line("```\n7\n```\n") == "7"
    assert last_line(" \n ") is None


def test_a_pattern_takes_its_group_of_its_last_match():
    assert regex(r"x=(\d+)")("x=1, x=2") == "2"
    assert regex(r"(x)=(?P<answer>\d+)")("x=1, x=2") == "2"
    assert regex(r"\d+")("1 and 22") == "22"
    assert regex(r"\d+")("none") is None


def test_extractors_are_tried_in_order():
    extract = extractor(["boxed", "final_answer", "last_line"])
    assert extract("FINAL ANSWER: 2\nso \\boxed{1}\nbye") == "1"
    assert extract("FINAL ANSWER: 2\nbye") == "2"
    assert extract("bye") == "bye"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("boxes", "'boxes'.*boxed, final_answer, last_line"),
        ("regex:(", r"'\('.*regular"),
        ("regex:guess", "finds itself alone"),
        ([], "at least one"),
    ],
)
def test_a_wrong_spec_is_an_error_that_says_what_there_is(spec: str | list[str], message: str):
    with pytest.raises(ConfigError, match=message):
        extractor(spec)
