"""What a table is: named columns of one type each, and how its rows are read from a run."""

import json
from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple

from pydantic import JsonValue

from toolwright.messages import Usage
from toolwright.report.documents.shortening import encodable
from toolwright.runs.folder import RunFolder

Kind = Literal["bool", "int64", "Int64", "float64", "string", "datetime64[us, UTC]"]
"""A column's type, by the name pandas has for it; "Int64" for whole numbers of which some may not be known."""
Row = tuple[object, ...]


class Table(NamedTuple):
    """A table of a run.

    Attributes:
        columns: Type by name of column, in order.
        rows: Reads its rows, values in the order of the columns; None is a value that is not known.
    """

    columns: dict[str, Kind]
    rows: Callable[[RunFolder], Iterable[Row]]


USAGE: Final[dict[str, Kind]] = {
    "requests": "int64",
    "input_tokens": "int64",
    "output_tokens": "int64",
    "dollars": "float64",
}
"""The columns of a `Usage`."""


def usage_values(used: Usage) -> Row:
    """The values of the columns of a `Usage`."""
    return (used.requests, used.input_tokens, used.output_tokens, used.dollars)


def as_text(value: JsonValue) -> str:
    """A JSON value as its text, in valid Unicode."""
    return encodable(json.dumps(value, ensure_ascii=False))
