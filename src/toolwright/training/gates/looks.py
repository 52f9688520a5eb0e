"""When a gate looks, and how much of its level each look may spend (alpha spending, Lan and DeMets 1983).

A test that is tried again whenever it fails passes by chance more often than its level says. So the level is shared
out: after r of R repeats the share spent is r/R (Hwang, Shih and DeCani's family at gamma 0), each look is held against
what it adds, and whatever the looks have to do with one another, the sum is never more than the level.

Example:
    >>> [(look.repeats, round(look.level, 3)) for look in Looks(0.10, repeats=1, max_repeats=5).all]
    [(1, 0.02), (3, 0.04), (5, 0.04)]
"""

from itertools import pairwise
from typing import Final

from toolwright.base import Frozen
from toolwright.errors import ConfigError

SMALLEST_LEVEL: Final = 0.002
LISTED: Final = 12
"""Tasks that differ whose signs the paired test lists, 4,096 ways at the most. However many tasks there are, no p is
sure to be below 1 / 2^12: with more of them signs are drawn. (Here, as the test's own module loads numpy.)"""


class Look(Frozen):
    """One look at a candidate.

    Attributes:
        repeats: Repeats of each task it reads.
        level: The nominal level of its test.
        next: Repeats of each task that the next look reads; None at the last.
    """

    repeats: int
    level: float
    next: int | None


class Looks:
    """The looks of one decision: at the training's own repeats, then every second more, up to the most.

    Args:
        level: Of all looks together, 0.002 to below 1.
        repeats: Repeats of each task at the first look, at least 1.
        max_repeats: Repeats at the last one; no more than the first where it is smaller.

    Raises:
        ConfigError: The level or the repeats are out of range, or share the level out over so many looks that no number
            of tasks can pass one.
    """

    def __init__(self, level: float, *, repeats: int = 1, max_repeats: int = 5) -> None:
        if not SMALLEST_LEVEL <= level < 1:
            text = f"a decision's level is {level:g}; it must be at least {SMALLEST_LEVEL:g} and below 1"
            raise ConfigError(f"{text}: raise level or level_per_run, or train for fewer epochs")
        if repeats < 1:
            raise ConfigError(f"repeats is {repeats}; it must be at least 1")
        last = max(repeats, max_repeats)
        times = [*range(repeats, last, 2), last]
        spent = [level * time / last for time in times]
        levels = [spent[0], *(after - before for before, after in pairwise(spent))]
        self.level = level
        self.all = tuple(
            Look(repeats=time, level=share, next=after)
            for time, share, after in zip(times, levels, [*times[1:], None], strict=True)
        )
        if self.highest < 0.5**LISTED:
            raise ConfigError(
                f"a decision's level of {level:g} is shared out over {len(times)} looks, {self.highest:.3g} for one at "
                f"the most, which no candidate is sure to pass, however good and on however many tasks (p may stay at "
                f"{0.5**LISTED:.3g}); lower max_repeats ({last}), raise level or level_per_run, or take fewer epochs"
            )

    def at(self, repeats: int) -> Look | None:
        """The look that so many repeats of each task are enough for; None before the first."""
        return next((look for look in reversed(self.all) if look.repeats <= repeats), None)

    @property
    def highest(self) -> float:
        """The nominal level of the look that is easiest to pass."""
        return max(look.level for look in self.all)

    @property
    def fewest_tasks(self) -> int:
        """The fewest tasks that can pass a look, 12 at the most: with n tasks no p is below 1 / 2^n."""
        return next(tasks for tasks in range(1, LISTED + 1) if 0.5**tasks <= self.highest)
