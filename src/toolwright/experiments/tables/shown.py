"""What a table is once it is made: cells as text, the raw figures beside them; and how figures are written in cells.

Example:
    >>> percent(0.6625), points(-0.0375), p_value(0.0004)
    ('66.3', '-3.8', '<0.001')
"""

from collections.abc import Collection, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from pydantic import JsonValue

from toolwright.base import Frozen
from toolwright.experiments.statistics import ALPHA, Difference, Mean
from toolwright.messages import Usage
from toolwright.report.sections import price

NONE: Final = "\N{EN DASH}"
"""A cell that has no figure, and none was wanted."""

DISAGREE: Final = "‡"
"""Stands at a p-value over tasks that the test over seeds contradicts at 5 %."""

DISAGREE_NOTE: Final = (
    f"{DISAGREE} The test over seeds, by which few seeds show large differences only, says otherwise at 5 %."
)


INTERVAL_AND_P: Final = (
    "An interval and the p beside it are made in two ways, a bootstrap of tasks and random signs, and neither the "
    "interval nor the first p is corrected for the other cells: an interval may exclude 0 where p is not small. Where "
    "all tasks differ alike, all by nothing say, there is no interval."
)
"""Said wherever a difference stands with an interval and a p."""

_MOST_DIGITS: Final = 9
"""Decimals by which figures are rounded: far more than are printed, far fewer than floating point is off by."""

_THRESHOLD: Final = Decimal(str(ALPHA))


class Shown(Frozen):
    """A table that can be printed.

    Attributes:
        name: What files call it: "main", "main-tests", "curves-2"; the only one of its name in an experiment.
        title: What it shows.
        columns: Headings.
        rows: Cells, as many as there are columns; any text.
        notes: What a reader must know: how figures are made, what is missing and why, what stands for what.
        data: The raw figures, one object a measured cell or row; shares from 0 to 1, the paper's figures in percent.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    data: tuple[dict[str, JsonValue], ...] = ()


def percent(share: float) -> str:
    """A share in percent with one decimal; a half goes up, as the paper rounds: 53 of 80 are 66.3."""
    return _decimal(100 * share)


def points(difference: float) -> str:
    """A difference of shares in points, with its sign; nothing has none."""
    text = _decimal(100 * difference)
    return text if text.startswith("-") or text == "0.0" else f"+{text}"


def published(figure: float | None) -> str:
    """A figure of the paper's, in percent with the decimals it is printed with, at least one."""
    return NONE if figure is None else f"{figure:.2f}".removesuffix("0")


def p_value(p: float | None) -> str:
    """A p-value with three decimals, or as many more as tell that it is above 5 %: 0.0504, and not 0.050."""
    if p is None:
        return NONE
    if p < 0.001:
        return "<0.001"
    texts = [_rounded(p, digits) for digits in range(3, _MOST_DIGITS)]
    return next((f"{text}" for text in texts if (text <= _THRESHOLD) == (p <= ALPHA)), f"{texts[0]}")


def number(value: float | None, digits: int = 1) -> str:
    """A count or an amount; one that is not whole with so many decimals."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.{digits}f}"


def minutes_text(minutes: float) -> str:
    """Minutes with one decimal, below one with two digits that count."""
    return number(minutes) if minutes >= 1 or not minutes else f"{minutes:.2g}"


def dollars(usage: Usage) -> str:
    """What it cost; an unknown price is said."""
    return price(usage.dollars)


def interval_text(mean: Mean) -> str:
    """A mean with its interval, in percent."""
    return f"{percent(mean.mean)} [{percent(mean.interval.low)}, {percent(mean.interval.high)}]"


def difference_text(difference: Difference) -> str:
    """A difference with its interval, in points; without one where tasks do not differ differently."""
    if difference.low is None or difference.high is None:
        return points(difference.mean)
    return f"{points(difference.mean)} [{points(difference.low)}, {points(difference.high)}]"


def test_text(difference: Difference) -> str:
    """The p-value over tasks, marked where the test over seeds contradicts it."""
    return f"{p_value(difference.p_tasks)}{DISAGREE if difference.disagree else ''}"


OVER_SEEDS: Final = (
    "the interval of the same difference by Student's t over its seeds' differences, with p of their paired t-test, "
    "and the same by Holm's correction"
)
"""What `seeds_text` says, in words."""


def seeds_text(difference: Difference, adjusted: float | None) -> str:
    """What the seeds say of a difference: its interval over them, and both p-values; "" for one seed.

    Args:
        difference: The difference.
        adjusted: Its p-value over seeds by Holm's correction over the table.
    """
    if difference.over_seeds < 2:
        return ""
    if difference.seeds_low is None or difference.seeds_high is None:
        return f"{points(difference.mean)} in each"
    interval = f"[{points(difference.seeds_low)}, {points(difference.seeds_high)}]"
    return f"{interval}, {p_text(p_value(difference.p_seeds), adjusted)}"


def p_text(p: str, adjusted: float | None) -> str:
    """A p-value in words, and the same by Holm's correction: "p = 0.031, 0.062"."""
    return f"p = {p}, {p_value(adjusted)}".replace("= <", "< ")


def mean_data(mean: Mean | None) -> JsonValue:
    """A mean as raw figures."""
    return None if mean is None else mean.model_dump(mode="json")


def difference_data(
    difference: Difference | str, adjusted: float | None, adjusted_seeds: float | None = None
) -> JsonValue:
    """A difference as raw figures with its corrected p-values, over tasks and over seeds; or why there is none."""
    if isinstance(difference, str):
        return {"none": difference}
    return {**difference.model_dump(mode="json"), "p_holm": adjusted, "p_seeds_holm": adjusted_seeds}


def marks_of(differences: Iterable[Difference | str]) -> tuple[str, ...]:
    """The note on contradicted p-values, where there is one."""
    found = any(not isinstance(one, str) and one.disagree for one in differences)
    return (DISAGREE_NOTE,) if found else ()


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text that is not empty, once, in order."""
    return tuple(dict.fromkeys(text for text in texts if text))


def intervals_note(intervals: Sequence[Mean | None]) -> tuple[str, ...]:
    """How the intervals of these means are made, and over how many tasks and seeds."""
    means = [one for one in intervals if one is not None]
    if not means:
        return ()
    several = any(one.seeds is not None for one in means)
    how = "over tasks (Wilson's; of scores between right and wrong by their effective number of tasks)"
    more = " or over seeds (Student's t), whichever is wider; neither covers the other" if several else ""
    return (f"Intervals are of 95 %, {how}{more}. {counts_note(means)}",)


def counts_note(means: Sequence[Mean]) -> str:
    """Over how many tasks and seeds these means are."""
    tasks, seeds = (span({get(one) for one in means}) for get in (_tasks_of, _seeds_of))
    return f"Tasks: {tasks}; seeds: {seeds}."


def _tasks_of(mean: Mean) -> int:
    return mean.over_tasks


def _seeds_of(mean: Mean) -> int:
    return mean.over_seeds


def span(counts: Collection[int]) -> str:
    """Counts that are all the same, or from the lowest to the highest: "80", "10 to 80"."""
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _decimal(value: float) -> str:
    rounded = _rounded(value, 1)
    return str(abs(rounded) if rounded.is_zero() else rounded)


def _rounded(value: float, digits: int) -> Decimal:
    return Decimal(str(round(value, _MOST_DIGITS))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
