"""The actions an optimizer may take: a tagged union, each applied to parameters (paper, D.3), or terminate."""

import json
from collections.abc import Mapping
from typing import Annotated, Final, Literal, cast

from pydantic import BeforeValidator, Field, JsonValue, TypeAdapter, ValidationError

from toolwright.base import Frozen
from toolwright.errors import FunctionError
from toolwright.functions import Example, Function
from toolwright.messages import ToolCall, ToolSpec
from toolwright.optimizer.imports import imported_roots
from toolwright.parameters import Parameters

MAX_EXAMPLES: Final = 5


def _unquoted(value: object) -> object:
    """JSON that came as a string becomes what it says; models often quote once too much."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _example(value: object) -> object:
    """Marks whether an example states a result: null is one, too."""
    value = _unquoted(value)
    if (
        isinstance(value, dict)
        and "arguments" in value
        and not set(cast("dict[str, object]", value)) - {"arguments", "result"}
    ):
        return {**cast("dict[str, object]", value), "stated": "result" in value}
    return cast("object", value)


GivenExample = Annotated[Example, BeforeValidator(_example)]


class _Written(Frozen):
    """What adding and revising have in common: a whole function."""

    name: str
    description: str = Field(min_length=1)
    arguments: Annotated[dict[str, str], BeforeValidator(_unquoted)] = Field(default_factory=dict)
    code: str = Field(min_length=1)
    examples: Annotated[tuple[GivenExample, ...], BeforeValidator(_unquoted)] = Field(
        min_length=1, max_length=MAX_EXAMPLES
    )
    reason: str = ""

    def function(self) -> Function:
        """The function as written; raises FunctionError where its source does not parse."""
        return Function(
            name=self.name,
            description=self.description,
            source=self.code if self.code.endswith("\n") else self.code + "\n",
            arguments=self.arguments,
            packages=imported_roots(self.code),
            examples=self.examples,
        )

    def apply(self, parameters: Parameters) -> Parameters:
        """The parameters with the function in them."""
        return parameters.model_copy(update={"functions": parameters.functions.with_function(self.function())})


class AddFunction(_Written):
    """Adds a function."""

    kind: Literal["add_function"] = "add_function"


class ReviseFunction(_Written):
    """Replaces a function by a new version of the same name."""

    kind: Literal["revise_function"] = "revise_function"


class RemoveFunction(Frozen):
    """Removes a function."""

    kind: Literal["remove_function"] = "remove_function"
    name: str
    reason: str = ""

    def apply(self, parameters: Parameters) -> Parameters:
        """The parameters without the function."""
        return parameters.model_copy(update={"functions": parameters.functions.without(self.name)})


class Terminate(Frozen):
    """Ends the step."""

    kind: Literal["terminate"] = "terminate"
    reason: str = ""


Change = AddFunction | ReviseFunction | RemoveFunction
_CHANGE: Final[TypeAdapter[Change]] = TypeAdapter(Annotated[Change, Field(discriminator="kind")])


def written(action: Change) -> Function | None:
    """The function an action brings; None where it brings none, or one whose source cannot be read."""
    if isinstance(action, RemoveFunction):
        return None
    try:
        return action.function()
    except (FunctionError, ValidationError, RecursionError):
        return None


def parse_action(call: ToolCall) -> Change | Terminate:
    """Reads an action from a call.

    Raises:
        ValueError: The call is no action, or an argument is missing or wrong; the message is meant for the model.
    """
    names = [spec.name for spec in ACTIONS]
    if call.name not in names:
        raise ValueError(f"there is no action {call.name!r}; there are: {', '.join(names)}")
    return _terminate(call) if call.name == "terminate" else read_change(call.name, call.parsed())


def read_change(kind: str, fields: Mapping[str, JsonValue]) -> Change:
    """Reads an action from its fields.

    Raises:
        ValueError: One is missing or wrong; the message is meant for the model.
    """
    try:
        return _CHANGE.validate_python({**fields, "kind": kind})
    except ValidationError as error:
        raise ValueError("; ".join(_faults(error))) from None


def named(fields: Mapping[str, JsonValue]) -> str:
    """The function an action's fields are about, "" where they do not say."""
    name = fields.get("name")
    return name[:80] if isinstance(name, str) else ""


def _terminate(call: ToolCall) -> Terminate:
    """Whatever comes with it, terminate ends the step."""
    try:
        return Terminate(reason=str(call.parsed().get("reason", "")))
    except ValueError:
        return Terminate()


def _faults(error: ValidationError) -> list[str]:
    faults = error.errors(include_url=False, include_context=False, include_input=False)[:4]
    return [f"{'.'.join(str(part) for part in fault['loc'][1:]) or 'action'}: {fault['msg']}" for fault in faults]


_REASON: Final[JsonValue] = {
    "type": "string",
    "description": "Why, in a sentence: what in the conversations calls for it.",
}
_WRITTEN: Final[dict[str, JsonValue]] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "The function's name; the code defines `def name(...)`."},
        "description": {
            "type": "string",
            "description": "What the assistant is told: what the function does, when to use it, what it returns.",
        },
        "arguments": {
            "type": "object",
            "description": "The meaning of each parameter, by name: exactly the parameters the code defines.",
            "additionalProperties": {"type": "string"},
        },
        "code": {
            "type": "string",
            "description": "Python source: imports, then a plain `def` of the function's name, with type hints; "
            "helpers' names begin with `_`.",
        },
        "examples": {
            "type": "array",
            "description": "1 to 5 calls that are run before the function is admitted. State a result only where you "
            "know it for certain, for instance from a training target.",
            "minItems": 1,
            "maxItems": MAX_EXAMPLES,
            "items": {
                "type": "object",
                "properties": {
                    "arguments": {"type": "object", "description": "The call's arguments by name."},
                    "result": {"description": "The expected result."},
                },
                "required": ["arguments"],
                "additionalProperties": False,
            },
        },
        "reason": _REASON,
    },
    "required": ["name", "description", "arguments", "code", "examples", "reason"],
    "additionalProperties": False,
}

ACTIONS: Final = (
    ToolSpec(name="add_function", description="Add a new function for the assistant.", parameters=_WRITTEN),
    ToolSpec(
        name="revise_function",
        description="Replace an existing function by a better version of the same name.",
        parameters=_WRITTEN,
    ),
    ToolSpec(
        name="remove_function",
        description="Remove a function that future tasks will not need.",
        parameters={
            "type": "object",
            "properties": {"name": {"type": "string", "description": "The function's name."}, "reason": _REASON},
            "required": ["name", "reason"],
            "additionalProperties": False,
        },
    ),
    ToolSpec(
        name="terminate",
        description="End this round: what was admitted in it is then tried. Right at once where no change would help "
        "with tasks not seen yet.",
        parameters={
            "type": "object",
            "properties": {"reason": _REASON},
            "required": ["reason"],
            "additionalProperties": False,
        },
    ),
)
"""The actions as tools of the optimizer's model."""
