"""Options that come as Python's arguments, with the errors that a configuration's keys have.

Example:
    limits = limits_of({"dollars": 5.0})
    options = checked(OptimizerOptions, {"actions": 3})
"""

import inspect
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from toolwright.base import whole_numbers
from toolwright.config.load import dotted, faults, shown, suggestion
from toolwright.config.schema import Training
from toolwright.errors import ConfigError
from toolwright.models.ledger import Limits

T = TypeVar("T", bound=BaseModel)


def checked(kind: type[T], values: Mapping[str, Any], called: str = "") -> T:
    """Options from arguments; text is no number in them, and true is none.

    Args:
        kind: What they make.
        values: The arguments.
        called: The argument that holds them all, "" where each is one of its own.

    Raises:
        ConfigError: One is wrong or unknown; the message names each such.
    """
    try:
        return kind.model_validate(dict(values), strict=True)
    except ValidationError as error:
        if called:
            named = faults(error, kind, lambda loc: dotted((called, *loc)))
        else:
            found = error.errors(include_url=False)
            named = [f"{dotted(fault['loc'])}: {fault['msg']}, not {shown(fault)}" for fault in found]
        raise ConfigError("\n".join(named)) from None


def training_of(values: Mapping[str, Any], taker: type) -> Training:
    """The options of [training] from the keyword arguments that a class leaves over.

    Raises:
        ConfigError: One is wrong, or none of these nor of the class's own.
    """
    unknown = [name for name in values if name not in Training.model_fields]
    if unknown:
        own = [name for name, taken in inspect.signature(taker).parameters.items() if taken.kind != taken.VAR_KEYWORD]
        hint = suggestion(unknown[0], [*dict.fromkeys((*own, *Training.model_fields))])
        raise ConfigError(f"{taker.__name__}: unknown argument {unknown[0]!r}; {hint}")
    return checked(Training, values)


def limits_of(given: object) -> Limits:
    """A budget from Limits, or from the same as a mapping; None is none.

    Raises:
        ConfigError: It is neither, or one of its limits is wrong or unknown.
    """
    if given is None or isinstance(given, Limits):
        return given or Limits()
    if not isinstance(given, Mapping):
        raise ConfigError(f'limits: must be Limits(…) or a mapping such as {{"dollars": 5.0}}, not {given!r:.80}')
    return checked(Limits, cast("Mapping[str, Any]", whole_numbers(cast("object", given))), "limits")
