"""Source is shown whole or says what is left out, whatever it is; differences and long texts as well."""

import difflib

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from toolwright.report.documents.shortening import encodable, shortened, shortened_json
from toolwright.report.documents.source_code import MAX_CHARACTERS, MAX_LINES, Line, difference, highlighted

CHARACTERS = st.characters() | st.sampled_from(list("\n\r\t\0\x0b\x0c\u2028\u202e\ud800'\"\\{}()#@ abf"))
TEXTS = st.text(CHARACTERS, max_size=200)
SOURCES = st.lists(st.sampled_from(["a = 1", "b = 2", "", "def f():", "    return '''", "# x"]), max_size=30)


def text_of(lines: tuple[Line, ...]) -> str:
    return "\n".join("".join(text for _, text in line) for line in lines)


def test_words_have_the_classes_of_what_they_are() -> None:
    (line, second) = highlighted('def f(a):\n    return "b"  # c\n')
    assert line[:3] == (("k", "def"), ("", " "), ("nf", "f"))
    assert second == (("", "    "), ("k", "return"), ("", " "), ("s2", '"b"'), ("", "  "), ("c1", "# c"))


def test_a_text_over_several_lines_keeps_its_class_on_each() -> None:
    assert [line[-1] for line in highlighted('x = """a\nb\nc"""')] == [("s2", '"""a'), ("s2", "b"), ("s2", 'c"""')]


@given(TEXTS)
def test_highlighting_changes_no_character(source: str) -> None:
    shown = highlighted(source)
    assert text_of(shown) == encodable(source).replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    text_of(shown).encode()


def test_a_source_with_too_many_lines_says_how_many_are_left_out() -> None:
    shown = highlighted("x = 1\n" * 1_000_000)
    assert len(shown) == MAX_LINES + 1
    assert shown[-1] == (("c1", f"# [… {1_000_000 - MAX_LINES:,} more lines left out …]"),)


def test_a_source_with_too_many_characters_is_cut_at_a_line() -> None:
    shown = highlighted("y" * 900 + "\n" + "z" * 900 + "\n" * 2 + ("w" * 900 + "\n") * 100)
    assert len(text_of(shown)) < MAX_CHARACTERS + 100
    assert "more lines left out" in text_of(shown[-1:])


def test_a_line_of_five_million_characters_is_cut_in_its_middle() -> None:
    (line,) = highlighted("x" * 5_000_000)
    assert len(text_of((line,))) <= 1_000
    assert "4,999,035 characters left out" in text_of((line,))


def test_a_difference_is_that_of_the_lines() -> None:
    shown = difference("a\nb\nc\n", "a\nx\nc\nd\n")
    assert shown == (("@", "@@ -1,3 +1,4 @@"), (" ", "a"), ("-", "b"), ("+", "x"), (" ", "c"), ("+", "d"))


@given(SOURCES, SOURCES)
def test_the_lines_of_a_difference_are_the_lines_of_both_versions(old: list[str], new: list[str]) -> None:
    shown = difference("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new))
    gone, come = ([text for kind, text in shown if kind == sign] for sign in "-+")
    expected = list(difflib.ndiff(old, new))
    assert len(old) - len(gone) == len(new) - len(come)
    assert set(gone) <= set(old)
    assert set(come) <= set(new)
    assert bool(shown) == any(line[0] in "+-" for line in expected)


def test_a_difference_beyond_what_is_shown_is_said() -> None:
    long = "x = 1\n" * 1_000
    assert difference(long, long + "y = 2\n")[-1] == (
        "@",
        "[… not compared: 600 more lines of the old, 601 of the new …]",
    )
    wide = "x" * 5_000
    assert difference(f"{wide}a{wide}", f"{wide}b{wide}")[-1][0] == "@"
    assert difference("same", "same") == ()


@given(TEXTS, st.integers(0, 250))
def test_a_shortened_text_has_its_beginning_its_end_and_no_more_than_it_may(text: str, longest: int) -> None:
    cut = shortened(text, longest)
    cut.encode()
    if len(text) <= longest:
        assert cut == encodable(text)
        return
    start, rest = cut.split("[… ", 1)
    count, end = rest.split(" characters left out …]", 1)
    assert encodable(text).startswith(start)
    assert encodable(text).endswith(end)
    assert len(start) + len(end) + int(count.replace(",", "")) == len(text)
    assert len(cut) <= longest or not (start or end)


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert shortened("a\ud800b\udfff😀", 50) == "a\ufffdb\ufffd😀"


def test_every_text_of_a_json_value_is_shortened() -> None:
    value: JsonValue = {"k" * 100: ["x" * 100, 1, None, True, {"\ud800": 1.5}]}
    assert shortened_json(value, 40) == {
        shortened("k" * 100, 40): [shortened("x" * 100, 40), 1, None, True, {"\ufffd": 1.5}]
    }
