r"""Numbers as people and models write them, read exactly, never through a float.

Accepted is one number and nothing else: an optional sign, digits with or without commas in groups of three, a decimal
point, an exponent (`1.5e-3`), or a fraction `3/4` or `\frac{3}{4}`; around it white space, a pair of `$` signs (LaTeX),
a currency sign before, `%` behind and a full stop at the end. `%` and the currency are units and dropped: "50 %" is 50,
not 0.5. Two numbers, words and mixed numbers are no number.

Example:
    >>> read_quantity("$1,234.50"), read_quantity("3 or 4")
    (Quantity(value=Fraction(2469, 2), whole=False), None)
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

MOST = 10_000
"""The longest text and the largest exponent that are read; what is beyond is no number, so that none takes long."""

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_NUMBER = rf"(?:{_DIGITS}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{{1,5}})?"
_PATTERN = re.compile(rf"([+-]?)\s*[$€£]?\s*([+-]?)({_NUMBER})(?:\s*/\s*({_NUMBER}))?\s*%?", re.ASCII)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")


class Quantity(NamedTuple):
    """A number.

    Attributes:
        value: Its exact value.
        whole: Whether it is written as an integer: no point, exponent or fraction.
    """

    value: Fraction
    whole: bool


def read_quantity(text: str) -> Quantity | None:
    """The one number a text consists of, None where it is anything else."""
    if len(text) > MOST:
        return None
    match = _PATTERN.fullmatch(_undressed(text))
    if match is None or (match[1] and match[2]):
        return None
    top, bottom = _exact(match[3]), _exact(match[4] or "1")
    if top is None or not bottom:
        return None
    sign = -1 if "-" in (match[1], match[2]) else 1
    return Quantity(sign * top / bottom, whole=match[4] is None and not re.search(r"[.eE]", match[3]))


def _undressed(text: str) -> str:
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    if len(text) > 1 and text.startswith("$") and text.endswith("$"):
        text = text[1:-1].strip()
    text = (
        _FRACTION.sub(r"\1/\2", text).replace(r"\$", "$").replace(r"\%", "%").replace("{,}", ",").replace(r",\!", ",")
    )
    return re.sub(r"(?<=.)\.$", "", text)


def _exact(number: str) -> Fraction | None:
    decimal = Decimal(number.replace(",", ""))
    return Fraction(decimal) if abs(decimal.adjusted()) <= MOST else None
