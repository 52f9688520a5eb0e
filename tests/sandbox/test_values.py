"""The stated rules by which results become JSON."""

import array
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import json
import pathlib
import uuid
from typing import Any, NamedTuple

import mpmath  # pyright: ignore[reportMissingTypeStubs] - it has none
import numpy as np
import pandas as pd  # pyright: ignore[reportMissingTypeStubs] - as above
import pytest
import sympy  # pyright: ignore[reportMissingTypeStubs] - as above
from hypothesis import given
from hypothesis import strategies as st

from toolwright.sandbox.worker.values import DepthError, NoJsonError, encode, to_json


class Colour(enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


@dataclasses.dataclass
class Point:
    x: int
    y: tuple[int, ...]


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError


class Shout(dict[str, int]):
    def items(self) -> Any:
        raise RuntimeError

    __iter__ = keys = items  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] - hostile


class Endless(list[int]):
    def __iter__(self) -> Any:
        while True:
            yield 1


class Liar:
    """Says it is a dict."""

    @property
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - hostile
        return dict


class Shy:
    """Does not even say what it is."""

    @property
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - hostile
        raise RuntimeError


class Number2(int):
    def __int__(self) -> int:
        raise RuntimeError

    __index__ = __repr__ = __str__ = bit_length = __int__  # pyright: ignore[reportAssignmentType] - hostile


class Real(float):
    def __float__(self) -> float:
        raise RuntimeError

    __repr__ = __str__ = __float__  # pyright: ignore[reportAssignmentType] - hostile


MPMATH: Any = mpmath
SYMPY: Any = sympy
X = sympy.Symbol("x")


class Pair(NamedTuple):
    a: int
    b: int


RULES: list[tuple[object, object]] = [
    ((1, 2), [1, 2]),
    (Pair(1, 2), [1, 2]),
    (collections.deque([1]), [1]),
    (range(3), [0, 1, 2]),
    ({"a": 1}.keys(), ["a"]),
    ({3, 1, 2}, [1, 2, 3]),
    (frozenset({"b", "a"}), ["a", "b"]),
    ({1, "a", None}, ["a", 1, None]),
    ({1: 2, True and 2.5: 3, None: 4}, {"1": 2, "2.5": 3, "null": 4}),
    ({dt.date(2024, 5, 2): 1}, {"2024-05-02": 1}),
    (collections.Counter("aab"), {"a": 2, "b": 1}),
    (Colour.RED, "red"),
    (Number.ONE, 1),
    (Point(1, (2,)), {"x": 1, "y": [2]}),
    (Text("t"), "t"),
    (Shout(a=1), {"a": 1}),
    (Endless([1, 2]), [1, 2]),
    (Number2(5), 5),
    (Real(0.5), 0.5),
    (collections.OrderedDict([("b", 1), ("a", 2)]), {"b": 1, "a": 2}),
    (collections.ChainMap({"a": 1}, {"b": 2}), {"b": 2, "a": 1}),
    (array.array("i", [1, 2]), [1, 2]),
    (np.ma.array([1, 2], mask=[False, True]), [1, None]),
    (np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]), [[1, 2.5]]),
    (fractions.Fraction(1, 3), "1/3"),
    (fractions.Fraction(4, 2), 2),
    (decimal.Decimal("1.10"), "1.10"),
    (1 + 2j, "(1+2j)"),
    (dt.date(2024, 5, 2), "2024-05-02"),
    (dt.datetime(2024, 5, 2, 3, tzinfo=dt.UTC), "2024-05-02T03:00:00+00:00"),
    (dt.timedelta(days=1), "1 day, 0:00:00"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (pathlib.PurePosixPath("a/b"), "a/b"),
    (np.int64(3), 3),
    (np.float32(0.5), 0.5),
    (np.longdouble(0.5), 0.5),
    (np.bool_(True), True),
    (np.str_("s"), "s"),
    (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    (np.array(5), 5),
    (np.datetime64("2024-05-02"), "2024-05-02"),
    (np.array(["2024-05-02"], dtype="datetime64[ns]"), ["2024-05-02T00:00:00.000000000"]),
    (np.complex128(1j), "1j"),
    ({np.int64(1): np.float64(2)}, {"1": 2.0}),
    (pd.Series([1, 2]), [1, 2]),
    (pd.Index(["a"]), ["a"]),
    (pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), {"a": [1, 2], "b": ["x", "y"]}),
    (pd.Timestamp("2024-05-02"), "2024-05-02T00:00:00"),
    (sympy.Integer(4), 4),
    (sympy.Float(0.5), 0.5),
    (sympy.Rational(1, 3), "1/3"),
    (sympy.true, True),
    (X**2 + 1, "x**2 + 1"),
    (SYMPY.sqrt(2), "sqrt(2)"),
    (sympy.oo, "oo"),
    (sympy.Tuple(1, X), [1, "x"]),
    (sympy.FiniteSet(1, 2), [1, 2]),
    (sympy.Matrix([[1, X]]), [[1, "x"]]),
    (sympy.Eq(X, 1), "Eq(x, 1)"),
    ({X: 1}, {"x": 1}),
    (MPMATH.mpf("0.5"), 0.5),
    (MPMATH.mpc(1, 2), "(1.0 + 2.0j)"),
]
ERRORS: list[tuple[object, str]] = [
    ([1, {"a": float("nan")}], r"^result\[1\]\['a'\] is NaN"),
    (float("-inf"), "^result is an infinity"),
    (np.array([1.0, np.nan]), r"^result\[1\] is NaN"),
    (pd.NaT, "missing value"),
    (np.datetime64("NaT"), "missing value"),
    ([np.array(["2024-05-02", "NaT"], dtype="datetime64[D]")], r"^result\[0\] is a missing value"),
    (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns of one name"),
    (decimal.Decimal("sNaN"), "is NaN"),
    (Liar(), "has no JSON form"),
    (Shy(), "has no JSON form"),
    (memoryview(b"x"), "of type memoryview"),
    ((n for n in range(3)), r"of type generator.*list\(\.\.\.\)"),
    (pd.Series([1.5, None]), r"result\[1\] is NaN"),
    (sympy.nan, "is NaN"),
    (MPMATH.inf, "infinity"),
    (decimal.Decimal("NaN"), "is NaN"),
    (b"x", r"of type bytes, which has no JSON form; return text"),
    (np.bytes_(b"x"), "has no JSON form"),
    ([iter([])], r"result\[0\] is of type list_iterator.*list\(\.\.\.\)"),
    (len, "call it"),
    (object(), "of type object"),
    (sympy, "of type module"),
    ({(1, 2): 3}, "a key of result is of type tuple"),
    ({1: "a", "1": "b"}, "two keys that both become '1'"),
    ("\ud800", "surrogate"),
    (10**5000, "more than 4,300 digits"),
]


@pytest.mark.parametrize(
    ("value", "expected"), RULES, ids=[f"{n} {type(value).__name__}" for n, (value, _) in enumerate(RULES)]
)
def test_the_rule_holds(value: object, expected: object) -> None:
    assert json.loads(encode(to_json(value))) == expected


@pytest.mark.parametrize(("value", "message"), ERRORS, ids=[message for _, message in ERRORS])
def test_what_has_no_json_form_is_named_with_its_place(value: object, message: str) -> None:
    with pytest.raises(NoJsonError, match=message):
        to_json(value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_conversion_is_idempotent(value: object) -> None:
    try:
        once = to_json(value)
    except NoJsonError:
        return
    assert to_json(once) == once == json.loads(encode(once))


@given(st.sets(st.integers() | st.text(st.characters(codec="ascii"))))
def test_a_set_has_one_order(value: set[object]) -> None:
    other_way = set[object]()
    for item in reversed(list(value)):
        other_way.add(item)
    assert to_json(value) == to_json(other_way)


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_depth_counts_levels_of_lists(depth: int) -> None:
    value: object = 1
    for _ in range(depth):
        value = [value]
    assert to_json(value, depth=depth) == value
    with pytest.raises(DepthError, match="too deeply"):
        to_json([value], depth=depth)


def test_a_level_without_end_is_a_depth_and_no_crash() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(DepthError):
        to_json(value)
