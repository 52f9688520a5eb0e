"""A late term of a quadratic recurrence modulo a large number: no formula leads there, only every term in turn."""

from typing import NamedTuple

from toolwright.demo.families.base import Draw, Question, wordings
from toolwright.demo.families.primes import count_primes


class Recurrence(NamedTuple):
    """x -> (a x^2 + b x + c) mod m, applied n times to `start`."""

    start: int
    a: int
    b: int
    c: int
    m: int
    n: int


def questions(draw: Draw, count: int) -> list[Question]:
    """Terms number 240 to 900 with m near 10^6, each with a wording of its own while they last."""
    templates = draw.shuffled(wordings("recurrence"))
    return [_question(draw, templates[k % len(templates)]) for k in range(count)]


def terms(rule: Recurrence) -> list[int]:
    """All terms from the start to number n."""
    found = [rule.start]
    for _ in range(rule.n):
        found.append((rule.a * found[-1] ** 2 + rule.b * found[-1] + rule.c) % rule.m)
    return found


def _question(draw: Draw, template: str) -> Question:
    rule = _rule(draw)
    text = template.format(s=draw.pick("xyuwz"), **rule._asdict())
    return Question(text, str(terms(rule)[-1]))


def _rule(draw: Draw) -> Recurrence:
    """A recurrence without short cuts: m is prime (its factors would run in short cycles) and no term comes twice."""
    while True:
        m = draw.between(950_000, 1_050_000)
        a, b, c = (draw.between(11, 997) for _ in range(3))
        rule = Recurrence(draw.between(1_000, 940_000), a, b, c, m, draw.between(240, 900))
        if count_primes(m, m) == 1 and len(set(terms(rule))) == rule.n + 1:
            return rule
