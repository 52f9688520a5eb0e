r"""How complex a function's source is, read from its syntax tree: nothing of it is ever run.

Example:
    >>> measured("def half(a):\n    # halves\n    return a / 2 if a else 0\n")
    Measured(complexity=2, lines=2)
"""

from typing import Any, Final, NamedTuple, cast

from radon.visitors import ComplexityVisitor  # pyright: ignore[reportMissingTypeStubs]

from toolwright.errors import FunctionError
from toolwright.schemas import parse_source

MAX_CHARACTERS: Final = 100_000
"""Of a source whose complexity is read; a longer one takes too much memory to parse for a page."""


class Measured(NamedTuple):
    """A source's size.

    Attributes:
        complexity: Cyclomatic complexity of its most complex function; None where it has none or cannot be read.
        lines: Lines that are neither blank nor only a comment.
    """

    complexity: int | None
    lines: int


def measured(source: str) -> Measured:
    """Measures a source; text that is no Python, or hostile, has no complexity and raises nothing."""
    stripped = map(str.strip, source.splitlines())
    return Measured(_complexity(source), sum(bool(line) and not line.startswith("#") for line in stripped))


def _complexity(source: str) -> int | None:
    if len(source) > MAX_CHARACTERS:
        return None
    try:
        top = cast("Any", ComplexityVisitor.from_ast(parse_source(source)))  # pyright: ignore[reportUnknownMemberType] - no stubs
        return max(_complexities(top.blocks), default=None)
    except (FunctionError, RecursionError):
        return None


def _complexities(blocks: Any) -> list[int]:  # noqa: ANN401 - radon has no types
    """The complexities of functions and of all inside them; a class counts by its methods."""
    found: list[int] = []
    for block in blocks:
        if hasattr(block, "methods"):
            found += _complexities([*block.methods, *block.inner_classes])
        else:
            found += [block.complexity, *_complexities(block.closures)]
    return found
