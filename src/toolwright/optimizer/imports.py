"""Which top-level modules a source imports, read from its syntax tree."""

import ast

from toolwright.schemas import parse_source


def imported_roots(source: str) -> tuple[str, ...]:
    """Top-level names of all imported modules, sorted; "." for a relative import.

    Raises:
        FunctionError: The source does not parse.
    """
    return tuple(sorted({root for root, _ in imports_of(parse_source(source))}))


def imports_of(tree: ast.AST) -> list[tuple[str, int]]:
    """Every imported module's top-level name and line, nested imports too."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name.partition(".")[0], node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(("." if node.level else (node.module or "").partition(".")[0], node.lineno))
    return found
