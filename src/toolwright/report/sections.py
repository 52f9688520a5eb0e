"""The parts of a text report: a title with a table, lines, or both; how they are drawn is the reader's.

Example:
    >>> bar(0.5, 4)
    '██'
"""

import math
from typing import Final

from toolwright.base import Frozen
from toolwright.messages import Usage

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


class Section(Frozen):
    """A part of a report.

    Attributes:
        title: What it is about; "" for none.
        columns: The table's headings, empty where there is no table.
        rows: The table's cells, text as it came: whoever shows it makes it safe.
        lines: Text below the table, each a line of its own.
    """

    title: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()


def bar(share: float, width: int = 20) -> str:
    """A bar for a share of 0 to 1, `width` characters long at 1, in eighths of a character."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    rest = _EIGHTHS[eighths % 8].strip()
    return "█" * (eighths // 8) + rest


def price(dollars: float | None) -> str:
    """Dollars as text, to the cent from ten cents on, below with two digits that count; an unknown price is said."""
    if dollars is None:
        return "unknown"
    if not 0 < dollars < 0.1:
        return f"${dollars:,.2f}"
    if dollars >= 0.001:
        return f"${dollars:.4f}"
    return f"${dollars:.{1 - math.floor(math.log10(dollars))}f}".rstrip("0")


def time_of(minutes: float) -> str:
    """Minutes as text, below one in seconds."""
    return f"{minutes:.1f} minutes" if minutes >= 1 else f"{minutes * 60:.1f} seconds"


def points(share: float) -> str:
    """A share of 0 to 1 in points of a hundred."""
    return f"{100 * share:.1f} points"


def count_of(count: int, what: str) -> str:
    """So many of something, in words."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def usage_section(usage: dict[str, Usage]) -> Section:
    """Requests, tokens and price by role, with their sum."""
    known = sum(used.dollars or 0.0 for used in usage.values())
    total = _used(sum(usage.values(), Usage()))
    if total[-1] == price(None) and known:
        total = (*total[:-1], f"unknown; known of it: {price(known)}")
    return Section(
        title="Requests, tokens and price",
        columns=("role", "requests", "tokens in", "of them cached", "tokens out", "price"),
        rows=(*((role, *_used(used)) for role, used in sorted(usage.items())), ("total", *total)),
    )


def _used(used: Usage) -> tuple[str, ...]:
    counts = (used.requests, used.input_tokens, used.cached_tokens, used.output_tokens)
    return (*(f"{count:,}" for count in counts), price(used.dollars))
