"""Turns what a function returned into JSON by stated rules; standard library only, so that the worker can use it.

| value | becomes |
| --- | --- |
| None, bool, int, finite float, text | itself |
| NaN, an infinity, NaT, NA | an error: JSON has no such number |
| a subclass of these, of a list, a set or a dict | what its base type says it is: methods of its own are not asked |
| list, tuple, named tuple, deque, range, array, dict view | a list |
| set, frozenset | a sorted list |
| dict and other mappings | an object; a key that is no text becomes its text, unless two keys become the same |
| dataclass | an object of its fields; an enum member becomes its value |
| Fraction, sympy Rational | an integer where it is one, else text: "1/3" |
| Decimal, complex, timedelta, UUID, path | its text |
| date, time, datetime, pandas Timestamp | ISO 8601 text |
| numpy scalar or array, sympy Matrix, pandas Series or Index | the number, or nested lists |
| pandas DataFrame | an object: column to list; an error where two columns have one name |
| sympy Integer, Float, true, false | the number or truth value |
| sympy Tuple, FiniteSet | a list |
| any other sympy expression | its text: "x**2 + 1" |
| mpmath mpf | a float; any other mpmath value its text |
| bytes, functions, iterators, anything else | an error that names the type and the place |

A value is what its type says, not what its `__class__` claims. Whatever else learned code's methods do while they are
asked (raise, never end), the caller's limits see to.

Example:
    >>> to_json({"x": (1, 2), 3: {5, 4}})
    {'x': [1, 2], '3': [4, 5]}
"""

import dataclasses
import json
import math
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable, ItemsView, Iterable, KeysView, Mapping, ValuesView
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH: Final = 100
MAX_DIGITS: Final = 4300
"""Python reads and writes no longer integers as text, unless told to."""

_LISTS: Final[tuple[Any, ...]] = (list, tuple, deque, range, KeysView, ValuesView, ItemsView)
_SETS: Final[tuple[Any, ...]] = (set, frozenset)
_OWN_ITERATION: Final[tuple[Any, ...]] = (list, tuple, deque, set, frozenset)
_OWN_ITEMS: Final[tuple[Any, ...]] = (OrderedDict, dict)
_ENCODER: Final = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":"))


class NoJsonError(ValueError):
    """A value has no JSON form; the message names its type and its place in the result."""


class DepthError(NoJsonError):
    """A value is nested deeper than allowed, or contains itself."""


def to_json(value: object, *, place: str = "result", depth: int = MAX_DEPTH) -> Json:
    """The JSON form of a value, by the rules above.

    Args:
        value: Anything a function returned.
        place: What the value is called in an error's message.
        depth: How many levels of lists and objects are allowed.

    Raises:
        NoJsonError: The value, or one inside it, has no JSON form; a DepthError where it is nested too deeply.
    """
    if depth < 0:
        raise DepthError(f"{place} is nested too deeply, or contains itself")
    if value is None or value is True or value is False:
        return value
    for convert in (_plain, _library, _special, _container):
        found = convert(value, place, depth)
        if found is not _NOTHING:
            return cast("Json", found)
    raise NoJsonError(f"{place} is {_kind(value)}, which has no JSON form{_advice(value)}")


def encode(value: Json) -> bytes:
    """One line of ASCII JSON, its newline included."""
    return _ENCODER.encode(value).encode("ascii") + b"\n"


_NOTHING: Final = object()
_Foreign: TypeAlias = Any  # a science package's value: duck-typed, for nothing is imported to name its type


def _is(value: object, kinds: Any) -> bool:  # noqa: ANN401 - a type or several
    """As isinstance, but `__class__`, which learned code can make say anything, is not asked."""
    return issubclass(type(value), kinds)


def _plain(value: object, place: str, depth: int) -> object:
    """Text and numbers; subclasses become the plain type."""
    if _is(value, Enum):
        return to_json(cast("Enum", value).value, place=place, depth=depth - 1)
    if _is(value, str):
        return _text(str.__str__(cast("str", value)), place)
    if _is(value, int):
        return _integer(int.__int__(cast("int", value)), place)
    if _is(value, float):
        return _float(float.__float__(cast("float", value)), place)
    return _NOTHING


def _shown(value: object, place: str) -> str:
    """A value's own text: `str` takes whatever text a `__str__` returns, be it of a subclass."""
    return _text(str.__str__(str(value)), place)


def _text(value: str, place: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise NoJsonError(f"{place} is text with half a surrogate pair, which is not Unicode") from None
    return value


def _integer(value: int, place: str) -> int:
    if value.bit_length() > 14_000:  # surely short enough below: 4,300 digits are 14,285 bits
        try:
            str(value)
        except ValueError:
            raise NoJsonError(f"{place} is an integer of more than {MAX_DIGITS:,} digits") from None
    return value


def _float(value: float, place: str) -> float:
    if math.isfinite(value):
        return value
    name = "NaN" if math.isnan(value) else "an infinity"
    raise NoJsonError(f"{place} is {name}, and JSON has no such number; return None or a text instead")


def _library(value: object, place: str, depth: int) -> object:
    """Values of the science packages, known by the name of their type's module: nothing is imported to ask."""
    for base in type(value).__mro__:
        rule = _LIBRARIES.get(base.__module__.partition(".")[0])
        if rule is not None:
            return rule(value, place, depth)
    return _NOTHING


def _numpy(value: _Foreign, place: str, depth: int) -> object:
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if kind is None or not hasattr(value, "tolist"):
        return _NOTHING
    plain = (value.astype(str) if kind in "mM" else value).tolist()
    if kind in "mM" and _has_nat(plain):
        raise _missing(place)
    if type(plain) is type(value):  # a long double knows no plainer form of itself
        plain = float(plain)
    return to_json(plain, place=place, depth=depth)


def _has_nat(plain: object) -> bool:
    """Whether numpy's dates as text, or lists of them, hold one that is none."""
    return any(map(_has_nat, cast("list[object]", plain))) if isinstance(plain, list) else plain == "NaT"


def _missing(place: str) -> NoJsonError:
    return NoJsonError(f"{place} is a missing value, and JSON has no such value; return None or a text instead")


def _pandas(value: _Foreign, place: str, depth: int) -> object:
    name = type(value).__name__
    if name in ("NaTType", "NAType"):
        raise _missing(place)
    if name == "DataFrame":
        if not value.columns.is_unique:
            raise NoJsonError(f"{place} is a DataFrame with two columns of one name; rename one")
        return to_json(value.to_dict("list"), place=place, depth=depth)
    return to_json(value.tolist(), place=place, depth=depth) if hasattr(value, "tolist") else _NOTHING


def _sympy(value: _Foreign, place: str, depth: int) -> object:
    name = type(value).__name__
    if name in ("BooleanTrue", "BooleanFalse"):
        return bool(value)
    if getattr(value, "is_Integer", False):
        return _integer(int(value), place)
    if getattr(value, "is_Float", False) or name == "NaN":
        return _float(float(value), place)
    if getattr(value, "is_Matrix", False):
        return to_json(value.tolist(), place=place, depth=depth)
    if name in ("Tuple", "FiniteSet"):
        return _list(value, place, depth)
    return _shown(value, place) if hasattr(value, "free_symbols") or hasattr(value, "args") else _NOTHING


def _mpmath(value: _Foreign, place: str, _depth: int) -> object:
    return _float(float(value), place) if type(value).__name__ == "mpf" else _shown(value, place)


_LIBRARIES: Final[dict[str, Callable[[_Foreign, str, int], object]]] = {
    "numpy": _numpy,
    "pandas": _pandas,
    "sympy": _sympy,
    "mpmath": _mpmath,
}


def _special(value: object, place: str, depth: int) -> object:
    """Values of the standard library that are neither JSON nor containers."""
    one = cast("Any", value)
    if _is(value, Fraction):
        return _integer(int.__int__(one.numerator), place) if one.denominator == 1 else _shown(value, place)
    if _is(value, Decimal):
        return _shown(value, place) if one.is_finite() else _float(math.inf if one.is_infinite() else math.nan, place)
    if _is(value, (date, time)):
        return _shown(one.isoformat(), place)
    if _is(value, (complex, timedelta, UUID, PurePath)):
        return _shown(value, place)
    if dataclasses.is_dataclass(type(value)):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(one)}
        return to_json(fields, place=place, depth=depth)
    return _NOTHING


def _container(value: object, place: str, depth: int) -> object:
    if _is(value, Mapping):
        return _object(_items(cast("Mapping[object, object]", value)), place, depth)
    if _is(value, _LISTS) or _is(value, array):
        return _list(_elements(value), place, depth)
    if _is(value, _SETS):
        return _sorted(_list(_elements(value), place, depth))
    return _NOTHING


def _items(value: Mapping[object, object]) -> Iterable[tuple[object, object]]:
    own = next((kind for kind in _OWN_ITEMS if _is(value, kind)), None)
    return own.items(value) if own is not None else value.items()


def _elements(value: object) -> Iterable[object]:
    own = next((kind for kind in _OWN_ITERATION if _is(value, kind)), None)
    return own.__iter__(value) if own is not None else cast("Iterable[object]", value)


def _list(value: Iterable[object], place: str, depth: int) -> list[Json]:
    return [to_json(item, place=f"{place}[{index}]", depth=depth - 1) for index, item in enumerate(value)]


def _sorted(items: list[Json]) -> list[Json]:
    """Numbers and texts by value; what cannot be compared by its JSON text."""
    try:
        return cast("list[Json]", sorted(cast("list[Any]", items)))
    except TypeError:
        return sorted(items, key=_ENCODER.encode)


def _object(items: Iterable[tuple[object, object]], place: str, depth: int) -> dict[str, Json]:
    converted: dict[str, Json] = {}
    for key, item in items:
        name = _key(key, place)
        if name in converted:
            raise NoJsonError(f"{place} has two keys that both become {name!r:.80} as text")
        converted[name] = to_json(item, place=f"{place}[{name!r:.80}]", depth=depth - 1)
    return converted


def _key(key: object, place: str) -> str:
    plain = to_json(key, place=f"a key of {place}", depth=1)
    if isinstance(plain, str):
        return plain
    if isinstance(plain, list | dict):
        raise NoJsonError(f"a key of {place} is {_kind(key)}; keys must be texts or numbers")
    return _ENCODER.encode(plain)


def _kind(value: object) -> str:
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"of type {name[:200]}"


def _advice(value: object) -> str:
    if _is(value, (bytes, bytearray, memoryview)):
        return "; return text, such as its .hex()"
    if hasattr(type(value), "__next__"):
        return "; return list(...) of it"
    if callable(value):
        return "; call it, and return what it returns"
    return ""
