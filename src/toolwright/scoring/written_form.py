"""A formula as it is written, but for the order of terms and factors: `(a + 1)*2` is `2*(1 + a)`, and not `2*a + 2`.

For questions whose answer is a form (expand, factor, collect), where equality of value would take the question for an
answer.

Example:
    >>> written_form("2*x**2 - 3") == written_form("-3 + 2x^2"), written_form("2*(x + 1)") == written_form("2*x + 2")
    (True, False)
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

LONGEST: Final = 2_000
DEEPEST: Final = 40
"""Characters, and levels of brackets and roots, of a formula that is read."""

Form = tuple[object, ...]

_LATEX: Final = (
    (re.compile(r"\\(?:left|right|,|;|!|displaystyle)"), ""),
    (re.compile(r"\\(?:cdot|times)|[\N{MIDDLE DOT}\N{MULTIPLICATION SIGN}]"), "*"),
    (re.compile(r"\\sqrt"), "sqrt"),
    (re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"((\1)/(\2))"),
    (re.compile(r"\*\*"), "^"),
    (re.compile(r"[{]"), "("),
    (re.compile(r"[}]"), ")"),
    (re.compile("[\N{MINUS SIGN}\N{EN DASH}]"), "-"),
)
_TOKEN: Final = re.compile(r"\s*(sqrt|\d+(?:\.\d+)?|\.\d+|[A-Za-z]|[-+*/^()])")


def written_form(text: str) -> Form | None:
    """The form; None of what is no formula, or too long a one."""
    for pattern, replacement in _LATEX:
        text = pattern.sub(replacement, text)
    tokens = _tokens(text.strip())
    if tokens is None:
        return None
    reader = _Reader(tokens)
    try:
        form = reader.terms()
    except ValueError:
        return None
    return form if reader.at_end else None


def _tokens(text: str) -> list[str] | None:
    if not text or len(text) > LONGEST:
        return None
    tokens: list[str] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            return None
        tokens.append(match[1])
        place = match.end()
    return tokens


class _Product(NamedTuple):
    """A term: its sign, and its factors with `*` or `/` before each, sorted; a 1 is left out where others are."""

    minus: bool
    factors: tuple[tuple[str, object], ...]

    def operand(self) -> object:
        """What a power or a root is taken of: one factor is itself, more are a bracket."""
        if not self.minus and len(self.factors) == 1 and self.factors[0][0] == "*":
            return self.factors[0][1]
        return ("sum", self)


class _Reader:
    """Reads tokens by descent: terms, product, power, atom."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens, self._place, self._depth = tokens, 0, 0

    @property
    def at_end(self) -> bool:
        return self._place == len(self._tokens)

    @property
    def _next(self) -> str:
        return "" if self.at_end else self._tokens[self._place]

    def _take(self) -> str:
        taken = self._next
        if not taken:
            raise ValueError("the formula breaks off")
        self._place += 1
        return taken

    def terms(self) -> tuple[_Product, ...]:
        """Terms with their signs, sorted."""
        terms = [self._product()]
        while self._next in ("+", "-"):
            terms.append(self._product())
        return tuple(sorted(terms, key=repr))

    def _product(self) -> _Product:
        minus, factors = False, list[tuple[str, object]]()
        joint = "*"
        while joint:
            inner = self._power()
            minus ^= inner.minus
            factors += [(("/" if joint != how else "*"), what) for how, what in inner.factors]
            joint = self._joint()
        kept = [factor for factor in factors if factor[1] != "1"] or [("*", "1")]
        return _Product(minus, tuple(sorted(kept, key=repr)))

    def _joint(self) -> str:
        """The sign before the next factor, `*` where it is left out, "" where there is no next factor."""
        if self._next in ("*", "/"):
            return self._take()
        return "" if self._next in ("", "+", "-", ")", "^") else "*"

    def _power(self) -> _Product:
        minus = self._minus()
        base = self._atom()
        if self._next != "^":
            return _Product(minus ^ base.minus, base.factors)
        self._take()
        exponent = (self._minus(), self._atom().operand())
        return _Product(minus, (("*", ("power", base.operand(), exponent)),))

    def _minus(self) -> bool:
        """Whether the signs that come next are a minus together."""
        minus = False
        while self._next in ("+", "-"):
            minus ^= self._take() == "-"
        return minus

    def _atom(self) -> _Product:
        """A number, a letter, a root or a bracket; a bracket around one product is that product."""
        first = self._take()
        if first in ("*", "/", "^", ")", "+", "-"):
            raise ValueError("an operand is missing")
        if first not in ("(", "sqrt"):
            return _Product(minus=False, factors=(("*", _plain(first)),))
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError("nested too deeply")
        inner = self._bracket() if first == "(" else _Product(False, (("*", ("sqrt", self._atom().operand())),))
        self._depth -= 1
        return inner

    def _bracket(self) -> _Product:
        terms = self.terms()
        if self._take() != ")":
            raise ValueError("a bracket is not closed")
        return terms[0] if len(terms) == 1 else _Product(minus=False, factors=(("*", ("sum", *terms)),))


def _plain(operand: str) -> str:
    """A number without needless zeros; a letter as it is."""
    if operand[0].isalpha():
        return operand
    whole, _, rest = operand.partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{rest}" if rest else "")
