"""The figures that are required of the sandbox, each computed from two rows of the same run: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.sandbox.rows import Row


@dataclass(frozen=True)
class Ratio:
    """A figure beside the one that is required.

    Attributes:
        name: What is divided by what.
        value: The figure, None where a part of it was not measured.
        required: The bound.
        at_most: Whether the bound is an upper one.
    """

    name: str
    value: float | None
    required: float
    at_most: bool

    @property
    def verdict(self) -> str:
        """Whether the bound is kept."""
        if self.value is None:
            return "not measured"
        kept = self.value <= self.required if self.at_most else self.value >= self.required
        return "ok" if kept else "MISSED"


def _divided(above: float | None, below: float | None) -> float | None:
    return None if above is None or not below else above / below


def _less(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


@dataclass(frozen=True)
class Compared:
    """The rows the requirements speak of, all of them with the science packages preloaded."""

    trivial: Row
    paced: Row
    unconfined: Row
    fork: Row
    fresh: Row
    autogen: Row
    cell: Row
    derivative: Row


def ratios(rows: Compared) -> tuple[Ratio, ...]:
    """Every figure that is required."""
    trivial, fork = rows.trivial, rows.fork
    return (
        Ratio(
            "trivial call, prepared / bare fork and exit", _divided(rows.paced.median, fork.median), 0.8, at_most=True
        ),
        Ratio("the same back to back", _divided(trivial.median, fork.median), 0.8, at_most=True),
        Ratio("sustained rate / fork-only rate", _divided(trivial.rate, fork.rate), 0.8, at_most=False),
        Ratio(
            "CPU ms a call that confinement adds", _less(trivial.cpu_each, rows.unconfined.cpu_each), 1, at_most=True
        ),
        Ratio("fresh python / trivial call", _divided(rows.fresh.median, trivial.median), 80, at_most=False),
        Ratio("AutoGen's execution / trivial call", _divided(rows.autogen.median, trivial.median), 1, at_most=False),
        Ratio("session's cell / trivial call", _divided(rows.cell.median, trivial.median), 0.1, at_most=True),
        Ratio("sympy derivative / trivial call", _divided(rows.derivative.median, trivial.median), 5, at_most=True),
    )


def verdicts(found: Sequence[Ratio]) -> str:
    """The figures with their bounds, a line each."""
    return "\n".join(
        f"{ratio.name:<40}{_text(ratio.value):>10}   required {'<=' if ratio.at_most else '>='} {ratio.required:<5g}"
        f" {ratio.verdict}"
        for ratio in found
    )


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
