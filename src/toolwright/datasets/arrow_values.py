"""What a value of Arrow's becomes in a row: what JSONL would have held.

| column | in a row |
| --- | --- |
| text, boolean, integer of any size, null | itself |
| float | itself; NaN, which marks what is missing, is null; an infinity is an error |
| float of 32 bits | likewise, as the shortest decimal that names it |
| decimal | an integer where the type has no places, else a float |
| timestamp, date, time | ISO 8601 text, to the microsecond |
| struct, map with text keys | an object; a name that occurs twice is an error |
| list | a list |
| binary, duration and what else JSON has no form for | left out, inside a struct too |

Example:
    convert = converter(pyarrow, schema.field("answer").type)    # None: left out
    row["answer"] = convert(batch.column(0)[3])
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import JsonValue

Convert = Callable[[Any], JsonValue]
"""Makes JSON's value of an Arrow scalar; raises ValueError, OverflowError or KeyError where there is none."""


def converter(arrow: Any, kind: Any) -> Convert | None:  # noqa: ANN401 - pyarrow is untyped
    """What converts the scalars of an Arrow type.

    Args:
        arrow: The module `pyarrow`, which is imported only where Parquet is read.
        kind: The type.

    Returns:
        None where JSON has no form for the type.
    """
    types = arrow.types
    if isinstance(kind, arrow.BaseExtensionType):
        return _underlying(converter(arrow, kind.storage_type))
    if types.is_dictionary(kind):
        return _underlying(converter(arrow, kind.value_type))
    if types.is_struct(kind):
        return _object(arrow, kind)
    if types.is_map(kind):
        return _mapping(arrow, kind)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _list(converter(arrow, kind.value_type))
    return _leaf(arrow, kind)


def _underlying(inner: Convert | None) -> Convert | None:
    return inner and _nullable(lambda scalar: inner(scalar.value))


def _list(inner: Convert | None) -> Convert | None:
    return inner and _nullable(lambda scalar: [inner(item) for item in scalar.values])


def _object(arrow: Any, kind: Any) -> Convert | None:  # noqa: ANN401 - pyarrow is untyped
    fields = [kind.field(place) for place in range(kind.num_fields)]
    found = ((place, field.name, converter(arrow, field.type)) for place, field in enumerate(fields))
    kept = [(place, name, convert) for place, name, convert in found if convert is not None]
    if not kept:
        return None
    return _nullable(lambda scalar: _unique((name, convert(scalar[place])) for place, name, convert in kept))


def _mapping(arrow: Any, kind: Any) -> Convert | None:  # noqa: ANN401 - pyarrow is untyped
    inner = converter(arrow, kind.item_type)
    if inner is None or not _is_text(arrow.types, kind.key_type):
        return None
    return _nullable(lambda scalar: _unique((entry[0].as_py(), inner(entry[1])) for entry in scalar.values))


def _unique(pairs: Iterable[tuple[str, JsonValue]]) -> JsonValue:
    found: dict[str, JsonValue] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} occurs twice in it")
        found[name] = value
    return found


def _leaf(arrow: Any, kind: Any) -> Convert | None:  # noqa: ANN401 - pyarrow is untyped
    types = arrow.types
    if _is_text(types, kind) or types.is_integer(kind) or types.is_boolean(kind) or types.is_null(kind):
        return lambda scalar: scalar.as_py()
    if types.is_float32(kind):  # as_py widens: 0.1 would be 0.10000000149011612
        return _nullable(lambda scalar: _number(float(scalar.cast(arrow.string()).as_py())))
    if types.is_floating(kind):
        return _nullable(lambda scalar: _number(scalar.as_py()))
    if types.is_decimal(kind):
        return _nullable(lambda scalar: int(scalar.as_py()) if kind.scale <= 0 else float(scalar.as_py()))
    return _moment(arrow, kind)


def _moment(arrow: Any, kind: Any) -> Convert | None:  # noqa: ANN401 - pyarrow is untyped
    """Dates and times; nanoseconds are cut, as Python's clock has none."""
    if arrow.types.is_date(kind):
        return _nullable(lambda scalar: scalar.as_py().isoformat())
    if arrow.types.is_timestamp(kind):
        unit = arrow.timestamp("us", kind.tz)
    elif arrow.types.is_time(kind):
        unit = arrow.time64("us")
    else:
        return None
    return _nullable(lambda scalar: scalar.cast(unit, safe=False).as_py().isoformat())


def _is_text(types: Any, kind: Any) -> bool:  # noqa: ANN401 - pyarrow is untyped
    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def _number(value: float) -> JsonValue:
    if math.isinf(value):
        raise ValueError("an infinity, which JSON does not have; mend it in the file")
    return None if math.isnan(value) else value


def _nullable(convert: Convert) -> Convert:
    return lambda scalar: convert(scalar) if scalar.is_valid else None
