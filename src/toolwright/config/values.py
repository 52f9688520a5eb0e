"""What the keys of a configuration take beside their plain types, and what is said where they do not.

Example:
    class Options(Strict):       # "5" is no number in it, and true is none
        tools: Names = ()        # tools = "my_tools:search" says the same as tools = ["my_tools:search"]
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from toolwright.base import Frozen, whole_numbers


def kind_only(value: object) -> object:
    """`scorer = "math"` says the same as `scorer = { kind = "math" }`."""
    if isinstance(value, str):
        return {"kind": value}
    if isinstance(value, Mapping | BaseModel):
        return cast("object", value)
    raise PydanticCustomError("wanted", 'must be a name, or a table { kind = "…" } with its options')


def model_only(value: object) -> object:
    """`agent = "openai:…"` says the same as `agent = { model = "openai:…" }`."""
    if isinstance(value, str):
        return {"model": value}
    if value is None or isinstance(value, Mapping | BaseModel):
        return cast("object", value)
    raise PydanticCustomError("wanted", 'must be a name, or a table { model = "…" } with its options')


def _names(value: object) -> object:
    """One name says the same as a list of it."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in cast("Sequence[object]", value)):
        return tuple(cast("Sequence[str]", value))
    raise PydanticCustomError("wanted", "must be a name or a list of names")


def _answer(value: object) -> object:
    """One pattern stays one, as agents know theirs by it."""
    return value if value is None or isinstance(value, str) else _names(value)


def _freeze(value: object) -> object:
    """True for all; one sentence where it is neither, in the place of pydantic's of either kind."""
    try:
        return value if isinstance(value, bool) else _names(value)
    except PydanticCustomError:
        raise PydanticCustomError("wanted", "must be true, false or a list of functions' names") from None


def strictly(table: type[BaseModel]) -> BeforeValidator:
    """Text is no number in a table, and true is none, for a table whose class takes them in Python."""

    def read(value: object) -> object:
        return (
            table.model_validate(whole_numbers(cast("object", value)), strict=True)
            if isinstance(value, dict)
            else value
        )

    return BeforeValidator(read)


class Strict(Frozen):
    """A table in which text is no number, and true is none."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, table: object) -> object:
        return whole_numbers(table)


Answer = Annotated[str | tuple[str, ...] | None, BeforeValidator(_answer)]
Freeze = Annotated[bool | tuple[str, ...], BeforeValidator(_freeze)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
