r"""One tool: a general function with a docstring, and the call by which it solved the train task it was made of.

Example:
    >>> made = "def double(x):\n    'Twice a number.'\n    return 2 * x\n\nprint(double(21))"
    >>> read_tool(made, Task(id="t", question="Twice 21?")).arguments
    ('x',)
"""

import ast
from collections.abc import Iterator
from typing import Final

from toolwright.base import Frozen
from toolwright.errors import FunctionError
from toolwright.functions import name_fault
from toolwright.schemas import parse_source
from toolwright.tasks import Task

_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class CraftTool(Frozen):
    """A tool.

    Attributes:
        name: The function's name.
        arguments: Names of its arguments.
        doc: Its docstring.
        source: Its definition, with the imports and helpers before it.
        call: Code that calls it for the task it was made of.
        task: That task's id.
        question: That task's text.
    """

    name: str
    arguments: tuple[str, ...]
    doc: str
    source: str
    call: str
    task: str
    question: str

    @property
    def definition(self) -> str:
        """Code that defines it in a namespace of its own, so that no tool's imports or helpers meet another's."""
        return (
            f'_tool = {{"__name__": {self.name!r}}}\nexec({self.source!r}, _tool)\n{self.name} = _tool[{self.name!r}]\n'
        )

    @property
    def literals(self) -> int:
        """Literal values in the source beside docstrings, None, True and False: the fewer, the more general it is."""
        nodes = [*ast.walk(parse_source(self.source))]
        values = sum(isinstance(node, ast.Constant) and not isinstance(node.value, bool | None) for node in nodes)
        return values - sum(isinstance(node, _DEFINITIONS) and ast.get_docstring(node) is not None for node in nodes)

    def renamed(self, name: str) -> "CraftTool":
        """The tool by another name."""
        changed = {"name": name}
        for field in ("source", "call"):
            tree = _Renaming(self.name, name).visit(parse_source(getattr(self, field)))
            changed[field] = ast.unparse(tree)
        return self.model_copy(update=changed)


def read_tool(code: str, task: Task) -> CraftTool:
    """The tool in what a model wrote: its last function at the outermost level is the tool, what follows the call.

    Raises:
        FunctionError: There is none that could be taken; the message says why.
    """
    tree = parse_source(code)
    places = [place for place, node in enumerate(tree.body) if isinstance(node, _DEFINITIONS)]
    node = tree.body[places[-1]] if places else None
    if not isinstance(node, ast.FunctionDef):
        raise FunctionError("it does not end in a plain function and a call of it")
    calls = tree.body[places[-1] + 1 :]
    arguments = tuple(argument.arg for argument in _arguments(node.args))
    doc = ast.get_docstring(node) or ""
    if fault := name_fault(node.name) or _fault(node.name, arguments, doc, calls):
        raise FunctionError(fault)
    return CraftTool(
        name=node.name,
        arguments=arguments,
        doc=doc,
        source=_lines(code, 0, node.end_lineno),
        call=_lines(code, node.end_lineno, None),
        task=task.id,
        question=task.text,
    )


def _fault(name: str, arguments: tuple[str, ...], doc: str, calls: list[ast.stmt]) -> str:
    """What is missing of a tool."""
    named = (node.id for call in calls for node in ast.walk(call) if isinstance(node, ast.Name))
    if not arguments:
        return f"{name} has no arguments"
    if not doc:
        return f"{name} has no docstring"
    if doc != doc.encode(errors="replace").decode():
        return f"the docstring of {name} holds half a surrogate pair, which is no character"
    return "" if name in named else f"nothing below {name} calls it"


def _arguments(given: ast.arguments) -> Iterator[ast.arg]:
    yield from (*given.posonlyargs, *given.args, *given.kwonlyargs)
    yield from (one for one in (given.vararg, given.kwarg) if one is not None)


def _lines(code: str, first: int | None, past: int | None) -> str:
    """Some lines, as the parser counts them."""
    return "\n".join(code.split("\n")[first:past]).strip("\n") + "\n"


class _Renaming(ast.NodeTransformer):
    """Renames a function where it is defined and where it is called."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if node.name == self._old:
            node.name = self._new
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id == self._old:
            node.id = self._new
        return node
