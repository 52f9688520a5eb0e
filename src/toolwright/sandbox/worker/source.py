"""Compiles learned source, and says by line why it cannot be; standard library only, part of the worker.

A fault of the text is told the same way by every Python version, and never taken for the learned code's own doing: a
parser that runs out of stack says MemoryError, which is no overrun of the call's memory.
"""

import ast
from types import CodeType
from typing import Final

MAX_NAMES: Final = 3
"""Definitions that are named where the right one is missing."""


class SourceError(Exception):
    """The source cannot be run; the message is meant for whoever wrote it."""


def compile_source(source: str, file: str) -> CodeType:
    """Compiles a function's module.

    Raises:
        SourceError: The text is no text of Python's; the message names the line.
        SyntaxError: The text is no Python.
    """
    check_text(source, file)
    try:
        return compile(source, file, "exec", dont_inherit=True)
    except (MemoryError, RecursionError):
        raise _too_deep(file) from None


def compile_cell(code: str, file: str) -> tuple[CodeType, CodeType | None]:
    """Compiles a cell: its statements, and its last expression where it ends in one.

    Raises:
        SourceError: As in `compile_source`.
        SyntaxError: The text is no Python.
    """
    check_text(code, file)
    try:
        tree = ast.parse(code, file)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        body = compile(tree, file, "exec", dont_inherit=True)
        if not isinstance(last, ast.Expr):
            return body, None
        return body, compile(ast.Expression(last.value), file, "eval", dont_inherit=True)
    except (MemoryError, RecursionError):
        raise _too_deep(file) from None


def check_text(source: object, file: str) -> None:
    """Checks that a source is text that Python can read at all; SourceError where it is not."""
    if not isinstance(source, str):
        raise SourceError(f"the source of {file} is no text")
    if "\0" in source:
        raise SourceError(f"the source holds a null byte (line {_line_at(source, source.index(chr(0)))} of {file})")
    try:
        source.encode()
    except UnicodeEncodeError as error:
        place = f"line {_line_at(source, error.start)} of {file}"
        raise SourceError(f"the source is not UTF-8 text: it holds half a surrogate pair ({place})") from None


def definitions(source: str) -> str:
    """What a source defines in the place of the function that was wanted, "" where it defines nothing."""
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    found = ", ".join(f"`{node.name:.100}` in line {node.lineno}" for node in nodes[:MAX_NAMES])
    more = f" and {len(nodes) - MAX_NAMES} more" if len(nodes) > MAX_NAMES else ""
    return f"; it defines {found}{more}" if nodes else ""


def _line_at(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


def _too_deep(file: str) -> SourceError:
    return SourceError(f"the source of {file} is nested too deeply to be compiled; write it in smaller steps")
