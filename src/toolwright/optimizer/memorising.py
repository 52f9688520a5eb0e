"""Refuses a source that holds answers or questions of the training tasks in the place of a method."""

import ast
import re
from collections.abc import Iterable
from typing import Final

from toolwright.errors import FunctionError
from toolwright.schemas import parse_source
from toolwright.tasks import Task

SHORTEST_TARGET: Final = 4
"""Characters; shorter targets are found in honest sources by chance."""

SHORTEST_QUOTE: Final = 40
"""Characters of a question that a literal may not hold."""

TARGETS: Final = 2
"""How many training targets make a table of answers."""


def check_memorising(source: str, tasks: Iterable[Task], told: Iterable[str] = ()) -> None:
    """Checks a source's literals, and what is told of the function, against the training tasks.

    Args:
        source: The function's source.
        tasks: The training tasks.
        told: The description and the parameters' meanings.

    Raises:
        FunctionError: It holds two or more targets of 4 or more characters, or a question's text.
    """
    literals = _literals(parse_source(source))
    numbers = {text for text, is_text in literals if not is_text}
    texts = [_folded(text) for text in (*(text for text, is_text in literals if is_text), *told)]
    found: set[str] = set()
    for task in tasks:
        target = _folded(str(task.target)).lstrip("-") if task.target is not None else ""
        if len(target) >= SHORTEST_TARGET and (target in numbers or any(_holds(text, target) for text in texts)):
            found.add(target)
        question = _folded(task.question)
        if any(_quotes(text, question) for text in texts):
            raise FunctionError(
                "code or description: a text quotes a training task; a function must serve tasks it has not seen, "
                "so take the text as an argument"
            )
    if len(found) >= TARGETS:
        raise FunctionError(
            f"code or description: {len(found)} training targets stand in it ({', '.join(sorted(found)[:3])}, …); "
            f"that is remembering, not computing: write the method that leads to them"
        )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _literals(tree: ast.Module) -> list[tuple[str, bool]]:
    """Every literal as text, and whether it is a string."""
    found: list[tuple[str, bool]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
            if isinstance(node.value, str):
                found.append((node.value, True))
            elif isinstance(node.value, int | float):
                found.append((_number(node.value), False))
    return found


def _number(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python turns into text
        return ""


def _holds(text: str, target: str) -> bool:
    """Whether a literal holds the target as a word of its own."""
    return re.search(rf"(?<!\w){re.escape(target)}(?!\w)", text) is not None


def _quotes(text: str, question: str) -> bool:
    long = len(text) >= SHORTEST_QUOTE and text in question
    return long or (len(question) >= SHORTEST_QUOTE and question in text)
