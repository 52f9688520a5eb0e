"""A line of the table: times of single calls, how many a second with several at once, and processor time a call."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

WIDTH: Final = 58
HEAD: Final = f"{'':<{WIDTH}}{'median ms':>10}{'p99 ms':>10}{'calls/s':>10}{'CPU ms':>9}{'n':>6}"


@dataclass
class Row:
    """One line; it grows round by round.

    Attributes:
        name: What was measured.
        seconds: Wall-clock time of each single call, made one after another.
        cpu: Processor time of those calls, user and system, of every process involved.
        at_once: How many were kept going where the rate was measured; 0 where it was not.
        many: How many calls were made then.
        wall: How long they took altogether.
    """

    name: str
    seconds: list[float] = field(default_factory=list[float])
    cpu: float = 0.0
    at_once: int = 0
    many: int = 0
    wall: float = 0.0

    @property
    def median(self) -> float | None:
        """Milliseconds, None where nothing was measured."""
        return statistics.median(self.seconds) * 1000 if self.seconds else None

    @property
    def p99(self) -> float | None:
        """Milliseconds; the slowest where there are fewer than a hundred calls."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000 if ordered else None

    @property
    def rate(self) -> float | None:
        """Calls a second with `at_once` of them kept going."""
        return self.many / self.wall if self.wall else None

    @property
    def cpu_each(self) -> float | None:
        """Milliseconds of processor time a single call, None where it was not measured."""
        return self.cpu / len(self.seconds) * 1000 if self.cpu and self.seconds else None


def table(rows: Sequence[Row]) -> str:
    """The rows under one head; a dash stands for what was not measured."""
    return "\n".join([HEAD, *(_line(row) for row in rows)])


def _line(row: Row) -> str:
    if not row.seconds:
        return f"{row.name:<{WIDTH}}{'not measured':>20}"
    numbers = (_cell(row.median, 10), _cell(row.p99, 10), _cell(row.rate, 10, 0), _cell(row.cpu_each, 9))
    return f"{row.name:<{WIDTH}}{''.join(numbers)}{len(row.seconds):>6}"


def _cell(value: float | None, width: int, places: int = 2) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.{places}f}"
