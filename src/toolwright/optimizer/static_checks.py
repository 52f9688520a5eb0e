"""Admission's static checks: what a source must and must not hold, read from its syntax tree alone.

Each raises FunctionError whose message is meant for the model that wrote the source.
"""

import ast
import builtins
from collections.abc import Collection, Iterator
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
    _check_builtins(tree)
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
            if (part := _run_by_def(node)) is not None:
                raise FunctionError(
                    f"line {part.lineno}: `{ast.unparse(part)[:60]}` runs at import; "
                    f"only constants may stand in a function's head"
                )
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
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return node.value is not None and all(_plain_target(one) for one in targets) and not _runs(node)
    return False


def _plain_target(node: ast.expr) -> bool:
    """Whether a name is bound, and nothing that is there already changed (`math.pi = 3`)."""
    if isinstance(node, ast.Tuple | ast.List):
        return all(_plain_target(one) for one in node.elts)
    return isinstance(node, ast.Name)


def _run_by_def(node: ast.FunctionDef) -> ast.expr | None:
    """A default or a hint that calls something, which Python does when it meets the `def`."""
    args = node.args
    hints = [
        one.annotation for one in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg) if one
    ]
    parts = [*args.defaults, *args.kw_defaults, *hints, node.returns]
    return next((part for part in parts if part is not None and _runs(part)), None)


def _runs(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call | ast.Await | ast.NamedExpr | ast.Lambda) for part in ast.walk(node))


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


def _check_builtins(tree: ast.Module) -> None:
    """No builtin gets another meaning for the whole module.

    A name that is bound in a function alone ends with the call, and `from numpy import sum` is what it says: both pass.
    """
    for name, line in _bound(tree):
        if hasattr(builtins, name):
            raise FunctionError(f"line {line}: {name} is a builtin of Python; choose another name")


def _bound(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The names that a module binds for all its functions, and where."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((one.asname, node.lineno) for one in node.names if one.asname and one.asname != one.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = (part for target in targets for part in ast.walk(target))
            yield from ((part.id, part.lineno) for part in parts if isinstance(part, ast.Name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from ((name, node.lineno) for name in node.names)


def _check_arguments(function: Function) -> None:
    """The stated meanings must name exactly the parameters that the code defines."""
    defined, stated = list(function.signature.properties), set(function.arguments)
    if stated != set(defined):
        raise FunctionError(
            f"arguments: they name {', '.join(sorted(stated)) or 'nothing'}, "
            f"but the code's parameters are {', '.join(defined) or 'none'}"
        )
