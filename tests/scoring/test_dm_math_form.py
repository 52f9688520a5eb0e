"""The written form: order and notation are nothing, everything else is something."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.scoring.written_form import DEEPEST, LONGEST, written_form

Term = tuple[bool, list[object]]
"""A sign and factors: a text, or a list of terms for a bracket."""

ATOMS = st.one_of(
    st.integers(0, 999).map(str),
    st.sampled_from("abxyz"),
    st.builds("{}**{}".format, st.sampled_from("xyz"), st.integers(2, 30)),
    st.builds("{}**(-{}/{})".format, st.sampled_from("xyz"), st.integers(1, 30), st.integers(2, 9)),
    st.integers(2, 40).map("sqrt({})".format),
)


def sums(factors: st.SearchStrategy[object]) -> st.SearchStrategy[list[Term]]:
    return st.lists(st.tuples(st.booleans(), st.lists(factors, min_size=1, max_size=3)), min_size=2, max_size=4)


FORMULAS = sums(st.one_of(ATOMS, sums(ATOMS)))


def shown(terms: Sequence[Term], random: Random, times: str = "*") -> str:
    """The formula with its terms and factors in another order."""
    text = ""
    for minus, factors in random.sample(terms, len(terms)):
        parts = [part if isinstance(part, str) else f"({shown(part, random, times)})" for part in factors]  # type: ignore[arg-type]
        text += (" - " if minus else " + " if text else "") + times.join(random.sample(parts, len(parts)))
    return text


@given(FORMULAS, st.randoms(use_true_random=False), st.sampled_from(["*", " * ", "·", r" \cdot ", r"\times "]))
def test_no_order_of_terms_and_factors_makes_another_form(terms: list[Term], random: Random, times: str):
    form = written_form(shown(terms, random))
    assert form is not None
    assert written_form(shown(terms, random, times)) == form


@given(FORMULAS, st.randoms(use_true_random=False), st.integers(0, 3))
def test_another_sign_makes_another_form(terms: list[Term], random: Random, which: int):
    minus, factors = terms[which % len(terms)]
    turned = [*terms]
    turned[which % len(terms)] = (not minus, factors)
    same = sorted(map(repr, turned)) == sorted(map(repr, terms))
    assert same or written_form(shown(turned, random)) != written_form(shown(terms, random))


@given(st.integers(1, 99), st.integers(1, 99))
def test_expanded_is_not_factored(p: int, q: int):
    factored, expanded = f"(x + {p})*(x + {q})", f"x**2 + {p + q}*x + {p * q}"
    assert written_form(factored) is not None
    assert written_form(expanded) is not None
    assert written_form(factored) != written_form(expanded)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2*x**2", "2x^2"),
        ("2*x**2", "2 x^{2}"),
        ("x**(-14/3)", r"x^{-\frac{14}{3}}"),
        ("-36*sqrt(5)/23", r"-\frac{36 sqrt(5)}{23}"),
        ("-36*sqrt(5)/23", "sqrt(5)*-36/23"),
        ("717*sqrt(13)", r"717\sqrt{13}"),
        ("(x + 1)*(x + 2)", r"\left(x+2\right)\left(1+x\right)"),
        ("x - 3", "x \N{MINUS SIGN} 3"),
        ("0.50*x", "00.5x"),
        ("1*x", "x"),
        ("x/(2*y)", "x/2/y"),
        ("2*(-x)", "-2*x"),
        ("x - -3", "x + 3"),
        ("x^-2", "x^+-2"),
    ],
)
def test_notation_makes_no_other_form(one: str, other: str):
    assert written_form(one) is not None
    assert written_form(one) == written_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2*x + 2", "2*(x + 1)"),
        ("x**2", "x*x"),
        ("x/2", "2/x"),
        ("x**-2", "x**2"),
        ("x^-+2", "x^2"),
        ("x + x", "2*x"),
        ("(x + 1)**2", "(x + 1)*(x + 1)"),
        ("sqrt(8)", "2*sqrt(2)"),
        ("0.05", "0.5"),
        ("a - b", "b - a"),
        ("X", "x"),
    ],
)
def test_what_is_another_form(one: str, other: str):
    assert written_form(one) is not None
    assert written_form(other) is not None
    assert written_form(one) != written_form(other)


@pytest.mark.parametrize("text", ["", " ", "x +", "(x", "x)", "2 = 2", "x^2^3", "é", "x!", "()", "*x", "sqrt"])
def test_what_is_no_formula_has_no_form(text: str):
    assert written_form(text) is None


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(["x", "1", "2.5", "(", ")", "+", "-", "*", "/", "^", "sqrt", "{", "}", r"\frac", ","]),
            max_size=60,
        ).map("".join),
    )
)
def test_no_text_is_too_much(text: str):
    form = written_form(text)
    assert form is None or form == written_form(f" {text} ")


@pytest.mark.parametrize(
    "piece", ["(", ")", "-", "1", "sqrt", "sqrt(", "((1+", r"\frac{1}{", "{", " ", "2^", "\\text{"]
)
def test_what_is_long_or_deep_is_given_up(piece: str):
    assert written_form(piece * 50_000) is None


def test_the_longest_and_the_deepest_that_are_read():
    assert written_form("1" * LONGEST) is not None
    assert written_form("1" * (LONGEST + 1)) is None
    for opening, closing in (("(", ")"), ("sqrt(", ")"), ("sqrt", "")):
        levels = DEEPEST // (2 if opening == "sqrt(" else 1)
        assert written_form(opening * levels + "x" + closing * levels) is not None
        assert written_form(opening * (levels + 1) + "x" + closing * (levels + 1)) is None
