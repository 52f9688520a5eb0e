"""Whether a call's arguments fit a function's schema, and if not, what to say: pure.

Example:
    >>> argument_fault({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"a": "1"})
    "argument a must be an integer, not '1' (a string)"
"""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match  # pyright: ignore[reportUnknownVariableType] - its key is untyped
from pydantic import JsonValue

_ARTICLES: Final = {"integer": "an integer", "object": "an object", "array": "an array", "null": "null"}
_TYPES: Final = {
    "NoneType": "null",
    "bool": "a boolean",
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "list": "an array",
}
_SHOWN: Final = 80


def argument_fault(spec_parameters: dict[str, JsonValue], arguments: dict[str, JsonValue]) -> str | None:
    """The first fault of a call's arguments, None where they fit.

    Missing and unknown arguments come first, all of them in one sentence; then the first argument of a wrong type.
    As in JSON Schema 3.0 is an integer, and true is none.

    Args:
        spec_parameters: The parameters' JSON schema, of type object, draft 2020-12.
        arguments: The arguments by name.
    """
    return _wrong_names(spec_parameters, arguments) or _wrong_value(spec_parameters, arguments)


def _wrong_names(spec: dict[str, JsonValue], arguments: dict[str, JsonValue]) -> str | None:
    properties = cast("dict[str, dict[str, JsonValue]]", spec.get("properties", {}))
    required = cast("list[str]", spec.get("required", []))
    missing = [name for name in required if name not in arguments]
    closed = spec.get("additionalProperties") is False
    unknown = [name for name in arguments if name not in properties] if closed else []
    if not missing and not unknown:
        return None
    faults = [f"missing {_names(missing)}"] if missing else []
    faults += [f"unknown {_names(unknown)}"] if unknown else []
    known = ", ".join(_parameter(name, properties[name], name in required) for name in properties) or "none"
    return f"{'; '.join(faults)}; the parameters are: {known}"


def _names(names: list[str]) -> str:
    return f"argument{'s' if len(names) > 1 else ''} {', '.join(name[:_SHOWN] for name in names)}"


def _parameter(name: str, schema: Mapping[str, JsonValue], required: bool) -> str:
    kind = _kind(schema)
    words = [kind] if kind else []
    return f"{name} ({', '.join([*words, *([] if required else ['optional'])])})" if words or not required else name


def _kind(schema: Mapping[str, JsonValue]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(str(one) for one in kind)
    if isinstance(kind, str):
        return kind
    choices = schema.get("anyOf")
    return " or ".join(_kind(cast("Any", one)) or "any" for one in choices) if isinstance(choices, list) else ""


def _wrong_value(spec: dict[str, JsonValue], arguments: dict[str, JsonValue]) -> str | None:
    faults: Any = Draft202012Validator(spec).iter_errors(arguments)  # pyright: ignore[reportUnknownMemberType] - untyped
    fault = cast("ValidationError | None", best_match(faults))
    if fault is None:
        return None
    value = cast("JsonValue", fault.instance)
    return f"{_place(fault)} must {_rule(fault)}, not {_show(value)} ({_type_of(value)})"


def _place(fault: ValidationError) -> str:
    first, *rest = [*fault.absolute_path] or ["object"]
    return f"argument {first}" + "".join(f"[{json.dumps(part)}]" for part in rest)


def _rule(fault: ValidationError) -> str:
    rule, wanted = str(cast("object", fault.validator)), cast("JsonValue", fault.validator_value)
    if rule == "type":
        kinds = cast("list[str]", wanted) if isinstance(wanted, list) else [str(wanted)]
        return "be " + " or ".join(_ARTICLES.get(kind, f"a {kind}") for kind in kinds)
    if rule in ("enum", "const"):
        values = cast("list[JsonValue]", wanted) if rule == "enum" else [wanted]
        return "be one of " + ", ".join(_show(value) for value in values)
    if rule == "anyOf":
        return f"be {_kind(cast('Any', {'anyOf': wanted}))}"
    return f"fit {rule} {_show(wanted)}"


def _show(value: JsonValue) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):
        return "a value that cannot be shown"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _type_of(value: JsonValue) -> str:
    return _TYPES.get(type(value).__name__, "an object")
