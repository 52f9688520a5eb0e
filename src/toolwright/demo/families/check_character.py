"""A company's check character, whose rule no task states: it can only be learned from training targets.

The rule: of a part number such as KX-4071, the four digits are weighted 2, 3, 5 and 7 from the left, the products are
added, and the sum modulo 23 picks a letter, A for 0 to W for 22. The two letters in front do not count.

Why this rule. It is linear, so a reader who compares numbers that differ in one digit reads off one weight a pair; that
is why the numbers come in series of three, a base and two neighbours. Two series show all four weights, and they wrap
past W a different number of times, which shows the modulus. Each piece is simple, yet together they are none of the
well-known schemes (Luhn, ISBN, EAN, passports), so nobody has the rule without the targets, and a guessed letter is
right about once in 23 times. Six targets leave exactly one rule of a family of some millions
(tests/demo/test_demo_check_character.py counts them); four digits keep the inference within one long thought.
"""

from toolwright.demo.families.base import Draw, Question, wordings

WEIGHTS = (2, 3, 5, 7)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVW"
PREFIX_LETTERS = "BDFGHKLMNPRSTVXZ"
VARIED_DIGITS = ((3, 1), (2, 0))
"""For each series, the digits in which its two neighbours differ from its base."""


def questions(draw: Draw, count: int) -> list[Question]:
    """Two series of three neighbouring part numbers, in drawn order; `count` is at most 6."""
    templates = draw.shuffled(wordings("check_character"))
    parts = draw.shuffled(_parts(draw))[:count]
    return [Question(templates[k].format(part=part), check_character(part)) for k, part in enumerate(parts)]


def check_character(part: str) -> str:
    """The check character of a part number such as "KX-4071"."""
    return ALPHABET[_weighted(part) % len(ALPHABET)]


def _weighted(part: str) -> int:
    return sum(weight * int(digit) for weight, digit in zip(WEIGHTS, part[-4:], strict=True))


def _parts(draw: Draw) -> list[str]:
    """Two series that wrap a different number of times and have six different check characters."""
    while True:
        series = [_series(draw, varied) for varied in VARIED_DIGITS]
        wraps = {_weighted(parts[0]) // len(ALPHABET) for parts in series}
        parts = [part for parts in series for part in parts]
        if len(wraps) == 2 and len({check_character(part) for part in parts}) == len(parts):
            return parts


def _series(draw: Draw, varied: tuple[int, int]) -> list[str]:
    prefix = draw.pick(PREFIX_LETTERS) + draw.pick(PREFIX_LETTERS)
    base = [draw.between(1, 8) for _ in WEIGHTS]
    return [_part(prefix, base), *(_part(prefix, [d + (k == place) for k, d in enumerate(base)]) for place in varied)]


def _part(prefix: str, digits: list[int]) -> str:
    return f"{prefix}-{''.join(map(str, digits))}"
