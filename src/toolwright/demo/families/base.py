"""What a family of demo tasks gives, and the seeded draws it is made from.

Only `random.Random.random` is promised to give the same numbers in every Python version, so every draw rests on it.

Example:
    >>> Draw("any seed").between(3, 5) in (3, 4, 5)
    True
"""

import random
from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Question(NamedTuple):
    """One task of a family: its text, which says the form of the answer, and its only right answer."""

    text: str
    target: str


def wordings(family: str) -> list[str]:
    """A family's ways to put its question, each followed by the form of the answer, the last paragraph of its file."""
    paragraphs = files(__package__ or "").joinpath(f"{family}.txt").read_text(encoding="utf-8").split("\n\n")
    *ways, form = (" ".join(paragraph.split()) for paragraph in paragraphs)
    return [f"{way} {form}" for way in ways]


class Draw:
    """Draws that are the same on every Python version and machine.

    Args:
        seed: Any text; equal seeds give equal draws.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - reproducible tasks, not a secret

    def below(self, end: int) -> int:
        """A whole number from 0 to `end` - 1; `end` is positive."""
        return int(self._random.random() * end)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """The options in a drawn order."""
        rest = list(options)
        return [rest.pop(self.below(len(rest))) for _ in options]
