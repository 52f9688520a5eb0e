"""Primes in a range near ten million: an estimate is easy, the exact count is not."""

from math import isqrt

from toolwright.demo.families.base import Draw, Question, wordings


def questions(draw: Draw, count: int) -> list[Question]:
    """Ranges of 3,000 to 9,000 numbers, each with a wording of its own while they last."""
    templates = draw.shuffled(wordings("primes"))
    return [_question(draw, templates[k % len(templates)]) for k in range(count)]


def _question(draw: Draw, template: str) -> Question:
    low = draw.between(9_200_000, 10_800_000)
    high = low + draw.between(3_000, 9_000)
    return Question(template.format(low=low, high=high), str(count_primes(low, high)))


def count_primes(low: int, high: int) -> int:
    """How many primes lie in [low, high], by a sieve over just that range; `low` is above the root of `high`."""
    composite = bytearray(high - low + 1)
    for divisor in range(2, isqrt(high) + 1):
        for multiple in range(-(-low // divisor) * divisor, high + 1, divisor):
            composite[multiple - low] = 1
    return composite.count(0)
