"""Admission's static checks: what a source must and must not hold, read from its syntax tree alone.

Each raises FunctionError whose message is meant for the model that wrote the source.
"""

import ast
from collections.abc import Collection
from typing import Final

from toolwright.errors import FunctionError
from toolwright.functions import Function, name_fault
from toolwright.optimizer.imports import imports_of
from toolwright.schemas import parse_source

MAX_SOURCE: Final = 20_000
"""Characters of a function's source."""

FORBIDDEN: Final = {
    "__import__": "write an import statement",
    "exec": "write the code itself",
    "eval": "use ast.literal_eval, or parse the text",
    "compile": "write the code itself",
    "input": "take an argument",
    "breakpoint": "leave it out",
    "globals": "use arguments and locals",
}


def check_function(function: Function, allowed: Collection[str], taken: Collection[str]) -> None:
    """Checks a function before anything of it runs.

    Args:
        function: The function as proposed.
        allowed: Top-level modules it may import.
        taken: Names it must not have: the user's tools' and the interpreter's.

    Raises:
        FunctionError: The first fault found.
    """
    if fault := name_fault(function.name):
        raise FunctionError(f"name: {fault}")
    if function.name in taken:
        raise FunctionError(f"name: {function.name!r} is one of the assistant's own tools; choose another")
    if len(function.source) > MAX_SOURCE:
        raise FunctionError(f"code: {len(function.source)} characters; at most {MAX_SOURCE} are admitted")
    tree = parse_source(function.source)
    _check_shape(tree, function.name)
    _check_imports(tree, allowed)
    _check_names(tree)
    _check_arguments(function)


def _check_shape(tree: ast.Module, name: str) -> None:
    """Only imports, constants and functions at the top, and one public function: nothing runs at import."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            if node.name != name and not node.name.startswith("_"):
                raise FunctionError(
                    f"line {node.lineno}: the code defines {node.name} beside {name}; "
                    f"begin a helper's name with `_`, and add other functions by actions of their own"
                )
            if node.decorator_list:
                raise FunctionError(f"line {node.lineno}: {node.name} is decorated; write the plain function")
        elif not _harmless(node):
            raise FunctionError(
                f"line {node.lineno}: `{ast.unparse(node)[:60]}` runs at import; "
                f"only imports, constants and functions may stand at the top"
            )


def _harmless(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return node.value is not None and not any(
            isinstance(part, ast.Call | ast.Await | ast.NamedExpr | ast.Lambda) for part in ast.walk(node.value)
        )
    return False


def _check_imports(tree: ast.Module, allowed: Collection[str]) -> None:
    for root, line in imports_of(tree):
        if root not in allowed:
            raise FunctionError(
                f"line {line}: {root!r} may not be imported; these may: {', '.join(sorted(allowed)) or 'none'}"
            )


def _check_names(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in FORBIDDEN:
            raise FunctionError(f"line {node.lineno}: {node.id} is not admitted; {FORBIDDEN[node.id]}")
        if isinstance(node, ast.Attribute) and node.attr.startswith("__") and node.attr.endswith("__"):
            raise FunctionError(f"line {node.lineno}: the attribute {node.attr} is not admitted")


def _check_arguments(function: Function) -> None:
    """The stated meanings must name exactly the parameters that the code defines."""
    defined, stated = list(function.signature.properties), set(function.arguments)
    if stated != set(defined):
        raise FunctionError(
            f"arguments: they name {', '.join(sorted(stated)) or 'nothing'}, "
            f"but the code's parameters are {', '.join(defined) or 'none'}"
        )
