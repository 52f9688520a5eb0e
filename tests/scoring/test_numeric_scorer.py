"""Numbers: exact where the target is an integer, tolerant where it is a decimal, never through a float."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from judging import judged

from toolwright.errors import DataError
from toolwright.scoring import NumericScorer
from toolwright.scoring.numeric import close
from toolwright.scoring.quantities import MOST, read_quantity

INTEGERS = st.integers(min_value=-(10**60), max_value=10**60)


def value(text: str) -> Fraction | None:
    quantity = read_quantity(text)
    return quantity.value if quantity else None


@given(INTEGERS, st.sampled_from(["{}", "{:,}", " {} ", "${}$", "{}.", "{}.0", "{} %", "+{}", "{}/1", "{}e0"]))
def test_every_way_to_write_an_integer_is_that_integer(number: int, form: str):
    text = form.format(number)
    assume(not text.startswith("+-"))
    assert value(text) == number


@given(INTEGERS)
def test_an_integer_one_off_is_wrong_however_long(number: int):
    target, other = read_quantity(str(number)), read_quantity(str(number + 1))
    assert target is not None
    assert other is not None
    assert close(target, target, 1e-6)
    assert not close(other, target, 1e-6)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_every_way_to_write_a_decimal_is_that_decimal(number: object):
    assert value(f"{number:f}") == value(f"{number:,f}") == value(f"{number:.30e}") == Fraction(str(number))


@given(st.fractions(min_value=-1000, max_value=1000))
def test_a_fraction_is_read_plain_and_in_latex(number: Fraction):
    top, bottom = number.numerator, number.denominator
    assert value(f"{top}/{bottom}") == value(rf"\frac{{{top}}}{{{bottom}}}") == number


@given(st.text())
def test_reading_any_text_raises_nothing(text: str):
    read_quantity(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "inf",
        "nan",
        "1 2/3",
        "$",
        "٣",
        "1e99999",
        "9" * (MOST + 1),
        "1e-99999",
        "1..2",
        "3 or 4",
        "3, 4",
        "1,23",
        "12,34,567",
        "x = 5",
        "five",
        "5 cm",
        "1/0",
        "--5",
        "+-5",
        "1e",
        "0x10",
        "1_000",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_not_one_number_is_none(text: str):
    assert read_quantity(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$5", "5"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("€ 1,234.50", "1234.5"),
        (r"\$18.90", "18.9"),
        ("50 %", "50"),
        (r"50\%", "50"),
        ("\N{MINUS SIGN}7", "-7"),
        (r"10{,}000", "10000"),
        (".5", "1/2"),
        ("3.", "3"),
        ("1.5E+3", "1500"),
        (r"$-\frac{3}{4}$", "-3/4"),
    ],
)
def test_signs_currencies_and_units_are_read_as_stated(text: str, expected: str):
    assert value(text) == Fraction(expected)


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        ("5.0", "5", True),
        ("10/2", 5, True),
        ("5.0000001", "5", False),
        ("12345678901234567890.0", 12345678901234567891, False),
        ("187.4000001", "187.4", True),
        ("187.5", "187.4", False),
        ("0.333333333", "1/3", True),
        ("0.33", "1/3", False),
        ("0.1", 0.1, True),
        ("100000.05", 100000.0, True),
        ("0.000001", "0.0", False),
        ("3 or 5", "5", False),
    ],
)
async def test_the_target_decides_how_exact_an_answer_must_be(answer: str, target: str | float, right: bool):
    assert (await judged(NumericScorer(), answer, target)).value == float(right)


async def test_the_tolerance_is_the_users():
    assert (await judged(NumericScorer(tolerance=0.01), "0.33", "1/3")).value == 1
    assert (await judged(NumericScorer(tolerance=0), "0.30000001", "0.3")).value == 0


@pytest.mark.parametrize("target", ["five", None, True, [5]], ids=repr)
async def test_a_target_that_is_no_number_is_an_error_naming_the_task(target: str | bool | list[int] | None):
    with pytest.raises(DataError, match="task 't'"):
        await judged(NumericScorer(), "5", target)  # pyright: ignore[reportArgumentType] - a list of int is JSON
