"""The six families of demo tasks: in each, an answer needs a computation, or a rule, that no thinking replaces."""

from collections.abc import Callable
from typing import NamedTuple

from toolwright.demo.families import check_character, crc, loan, primes, recurrence, workdays
from toolwright.demo.families.base import Draw, Question

__all__ = ["FAMILIES", "Draw", "Family", "Question"]


class Family(NamedTuple):
    """A family's name, how many of its tasks a split holds, and what makes them."""

    name: str
    size: int
    questions: Callable[[Draw, int], list[Question]]


FAMILIES = (
    Family("check", 6, check_character.questions),
    Family("loan", 3, loan.questions),
    Family("crc", 3, crc.questions),
    Family("primes", 3, primes.questions),
    Family("recurrence", 3, recurrence.questions),
    Family("workdays", 2, workdays.questions),
)
