r"""A function's JSON schema, read from its syntax tree: nothing of the source is ever run.

Example:
    >>> read_signature("def add(a: int, b: int = 1) -> int:\n    return a + b\n", "add").required
    ('a',)
"""

import ast
import math
import warnings
from typing import Final, cast

from pydantic import JsonValue

from toolwright.base import Frozen
from toolwright.errors import FunctionError

HINTS: Final = (
    "str, int, float, bool, None, Any, list, dict, list[T], dict[str, T], tuple[T, ...], "
    "Literal[...], Optional[T], Union[...], T | U"
)
MAX_CHARACTERS: Final = 500_000
"""Of a source; parsing takes a thousand times that in bytes of memory."""

_SIMPLE: Final[dict[str, dict[str, JsonValue]]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "Any": {},
    "object": {},
    "list": {"type": "array"},
    "List": {"type": "array"},
    "tuple": {"type": "array"},
    "Sequence": {"type": "array"},
    "dict": {"type": "object"},
    "Dict": {"type": "object"},
    "Mapping": {"type": "object"},
}
_ARRAYS: Final = {"list", "List", "Sequence", "tuple", "Tuple"}
_OBJECTS: Final = {"dict", "Dict", "Mapping"}


class Signature(Frozen):
    """What the syntax tree says of a function.

    Attributes:
        properties: JSON schema of each parameter by name, in order of definition.
        required: The parameters without a default, in order of definition.
        doc: The docstring, "" where there is none.
        line: The line of the `def`, from 1.
    """

    properties: dict[str, dict[str, JsonValue]]
    required: tuple[str, ...]
    doc: str
    line: int

    def schema_for(self, descriptions: dict[str, str]) -> dict[str, JsonValue]:
        """The parameters' JSON schema (draft 2020-12), with one description a parameter where given."""
        properties: dict[str, JsonValue] = {
            name: {**spec, "description": descriptions[name]} if descriptions.get(name) else dict(spec)
            for name, spec in self.properties.items()
        }
        return {
            "type": "object",
            "properties": properties,
            "required": list(self.required),
            "additionalProperties": False,
        }


def parse_source(source: str) -> ast.Module:
    """Parses source text.

    Raises:
        FunctionError: The text is no Python, or longer than is read; the message names the line.
    """
    if len(source) > MAX_CHARACTERS:
        line = source.count("\n", 0, MAX_CHARACTERS) + 1
        raise FunctionError(
            f"line {line}: the source is {len(source):,} characters long, and {MAX_CHARACTERS:,} are read at most; "
            "keep data in a file"
        )
    if "\0" in source:  # the parser would say so without a line
        line = source.count("\n", 0, source.index("\0")) + 1
        raise FunctionError(f"line {line}: the source holds null bytes (\\0), which no Python text may; remove them")
    try:
        with warnings.catch_warnings(action="ignore"):  # a doubtful escape in learned code is no news to the user
            return ast.parse(source)
    except SyntaxError as error:
        raise FunctionError(f"line {error.lineno}: {error.msg}: {(error.text or '').strip()}") from error
    except (MemoryError, RecursionError) as error:  # past the parser's stack; often without a word
        raise FunctionError(
            "the source cannot be parsed: it is nested too deeply; write it in smaller steps"
        ) from error
    except UnicodeEncodeError as error:
        line = source.count("\n", 0, error.start) + 1
        raise FunctionError(f"line {line}: the source cannot be parsed: it is not UTF-8 text") from error


def read_signature(source: str, name: str) -> Signature:
    """Reads the parameters of the top-level function `name`.

    Raises:
        FunctionError: The source does not parse, does not define `name`, or its parameters cannot be described.
    """
    node = _find(parse_source(source), name)
    try:
        properties, required = _parameters(node)
        return Signature(properties=properties, required=required, doc=ast.get_docstring(node) or "", line=node.lineno)
    except RecursionError:
        raise FunctionError(f"line {node.lineno}: the hints of {name} are nested too deeply") from None


def _find(tree: ast.Module, name: str) -> ast.FunctionDef:
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise FunctionError(f"line {found[1].lineno}: {name} is defined twice")
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name == name:
            raise FunctionError(f"line {node.lineno}: {name} is async; write a plain `def {name}(...)`")
    defined = [f"{node.name} in line {node.lineno}" for node in tree.body if isinstance(node, ast.FunctionDef)]
    raise FunctionError(f"the source does not define `def {name}(...)`; it defines {', '.join(defined) or 'nothing'}")


def _parameters(node: ast.FunctionDef) -> tuple[dict[str, dict[str, JsonValue]], tuple[str, ...]]:
    args = node.args
    for extra, what in ((args.vararg, "*"), (args.kwarg, "**")):
        if extra is not None:
            raise FunctionError(f"line {node.lineno}: {what}{extra.arg} has no schema; name every parameter")
    if args.posonlyargs:
        raise FunctionError(f"line {node.lineno}: positional-only parameters cannot be called by name; remove the `/`")
    defaults: list[ast.expr | None] = [None] * (len(args.args) - len(args.defaults)) + list(args.defaults)
    pairs = [*zip(args.args, defaults, strict=True), *zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    properties: dict[str, dict[str, JsonValue]] = {}
    for arg, default in pairs:
        spec = _hint(arg.annotation, arg.arg)
        properties[arg.arg] = spec if default is None else {**spec, "default": _default(default, arg.arg)}
    return properties, tuple(arg.arg for arg, default in pairs if default is None)


def _default(node: ast.expr, parameter: str) -> JsonValue:
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise FunctionError(f"line {node.lineno}: the default of {parameter} is not a literal") from None
    return _json(value, node.lineno, parameter)


def _json(value: object, line: int, parameter: str) -> JsonValue:
    """A literal as a JSON value; tuples become lists, as JSON has no tuple."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list | tuple):
        return [_json(item, line, parameter) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
        if all(isinstance(key, str) for key, _ in items):
            return {str(key): _json(item, line, parameter) for key, item in items}
    raise FunctionError(f"line {line}: the default of {parameter} is no JSON value: {value!r:.80}")


def _hint(node: ast.expr | None, parameter: str) -> dict[str, JsonValue]:
    """The schema of one type hint; no hint accepts anything."""
    if node is None:
        return {}
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _hint(_quoted(node, parameter), parameter)
    name = _name(node)
    if name in _SIMPLE:
        return dict(_SIMPLE[name])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right], parameter)
    if isinstance(node, ast.Subscript):
        return _subscript(node, parameter)
    raise _unlisted(node, parameter)


def _unlisted(node: ast.expr, parameter: str) -> FunctionError:
    return FunctionError(
        f"line {node.lineno}: the hint of {parameter}, `{ast.unparse(node):.80}`, is not one of: {HINTS}"
    )


def _quoted(node: ast.Constant, parameter: str) -> ast.expr:
    try:
        return ast.parse(str(node.value), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise FunctionError(f"line {node.lineno}: the hint of {parameter} does not parse: {node.value!r:.80}") from None


def _name(node: ast.expr) -> str:
    """The last part of a name (`typing.Any` is `Any`); None the constant is "None"."""
    if isinstance(node, ast.Constant) and node.value is None:
        return "None"
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _subscript(node: ast.Subscript, parameter: str) -> dict[str, JsonValue]:
    base = _name(node.value)
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if base == "Optional" and len(items) == 1:
        return _union([items[0], ast.Constant(None)], parameter)
    if base == "Union":
        return _union(items, parameter)
    if base == "Literal":
        values = [_default(item, parameter) for item in items]
        return {"enum": values}
    if base in _OBJECTS and len(items) == 2 and _name(items[0]) == "str":
        return {"type": "object", "additionalProperties": _hint(items[1], parameter)}
    if base in _ARRAYS:
        return _array(items, parameter)
    raise _unlisted(node, parameter)


def _array(items: list[ast.expr], parameter: str) -> dict[str, JsonValue]:
    endless = len(items) == 2 and isinstance(items[1], ast.Constant) and items[1].value is ...
    if endless or len(items) == 1:
        return {"type": "array", "items": _hint(items[0], parameter)}
    fixed: list[JsonValue] = [_hint(item, parameter) for item in items]
    return {"type": "array", "prefixItems": fixed, "items": False, "minItems": len(items)}


def _union(nodes: list[ast.expr], parameter: str) -> dict[str, JsonValue]:
    choices: list[JsonValue] = []
    for node in nodes:
        spec = _hint(node, parameter)
        if not spec:
            return {}
        inner = spec.get("anyOf")
        choices.extend(inner if isinstance(inner, list) else [spec])
    distinct = [choice for i, choice in enumerate(choices) if choice not in choices[:i]]
    return {"anyOf": distinct}
