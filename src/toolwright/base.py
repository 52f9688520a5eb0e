"""Frozen values and their digests: everything that is kept, compared or shown is one of these.

Example:
    >>> digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1})
    True
"""

import hashlib
import json
import numbers
from collections.abc import Mapping
from typing import Any, Final, Self, SupportsInt, TypeGuard, cast

from pydantic import BaseModel, ConfigDict, JsonValue

SCHEMA_VERSION = 1
"""The version of everything Toolwright writes to disk."""

_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Frozen(BaseModel):
    """An immutable value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed; what was computed from the old fields and cached is not copied."""
        copy = super().model_copy(update=update, deep=deep)
        for name in vars(copy).keys() - type(self).model_fields.keys():
            del vars(copy)[name]
        return copy


def whole_numbers(table: object) -> object:
    """A table's values with whole numbers as such, however they are written: 2e6, or numpy's; true stays true."""
    if not isinstance(table, Mapping):
        return table
    items = cast("Mapping[str, object]", table).items()
    return {name: int(value) if _is_whole(value) else value for name, value in items}


def _is_whole(value: object) -> TypeGuard[SupportsInt]:
    if isinstance(value, bool):
        return False
    return value.is_integer() if isinstance(value, float) else isinstance(value, numbers.Integral)


def canonical_json(value: JsonValue) -> str:
    """The one text of a JSON value: keys sorted, no spaces, Unicode as it is."""
    return _CANONICAL.encode(value)


def digest_of(value: JsonValue) -> str:
    """A JSON value's digest: 32 hexadecimal digits of the SHA-256 of its canonical text."""
    return digest_of_text(canonical_json(value))


def digest_of_text(text: str) -> str:
    """The digest of a canonical text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def digest_of_model(value: BaseModel) -> str:
    """The digest of a pydantic value's JSON form."""
    return digest_of(value.model_dump(mode="json"))
