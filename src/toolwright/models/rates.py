"""How fast an endpoint may be asked: amounts a minute, and a number at once that follows what the provider bears.

Pure: the time, in seconds, is always given.

Example:
    >>> bucket = Bucket(10)
    >>> bucket.take(1, now=0.0)
    >>> round(bucket.wait(1, now=4.0), 3)
    2.0
"""

from typing import Final

from toolwright.models.passing import growing

MINUTE: Final = 60.0
NO_LIMIT: Final = float("inf")
_AT_ONCE: Final = 0.1
_DUST: Final = 1e-6
"""What rounding may lack of an amount."""


class Bucket:
    """A limit for any minute: a tenth of it may go at once, the rest is spread evenly.

    An amount larger than that tenth goes when the bucket is full, and is paid off before the next goes.

    Args:
        limit: The most in any minute, above 0, counted in units of 1; NO_LIMIT for none.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._most = max(1.0, limit * _AT_ONCE // 1)
        self._per_second = (limit - self._most + 1.0) / MINUTE
        self._level = self._most
        self._at: float | None = None

    def narrowed(self, limit: float) -> "Bucket":
        """The bucket of the smaller limit, this one where that is its own."""
        return self if limit >= self.limit else Bucket(limit)

    def wait(self, amount: float, now: float) -> float:
        """Seconds until the amount may go, 0 for now."""
        if self.limit == NO_LIMIT:
            return 0.0
        lacking = min(amount, self._most) - self._filled(now)
        return lacking / self._per_second if lacking > _DUST else 0.0

    def pays_off(self, amount: float) -> float:
        """Seconds until an amount that was taken is in again: the most that the next waits for it."""
        return amount / self._per_second

    def take(self, amount: float, now: float) -> None:
        """Takes the amount out; a negative one, which was not needed after all, goes back in."""
        if self.limit == NO_LIMIT:
            return
        self._level = min(self._most, self._filled(now) - amount)
        self._at = now

    def _filled(self, now: float) -> float:
        since = now - self._at if self._at is not None else 0.0
        return min(self._most, self._level + max(0.0, since) * self._per_second)


class Adaptive:
    """How many may be under way at once: halved when the provider has too much to do, one more a round of successes.

    Args:
        most: The most there may ever be, at least 1.
        first_hold: Seconds in which nothing is sent after a first complaint; doubled with each until a success.
    """

    def __init__(self, most: int, first_hold: float) -> None:
        self._most, self._first_hold = most, first_hold
        self._now = float(most)
        self._cut_at = float("-inf")
        self._cuts = 0

    @property
    def places(self) -> int:
        """How many may be under way now."""
        return max(1, int(self._now + _DUST))

    def allow(self, most: int) -> None:
        """Allows so many at the most, where that is more than before."""
        if most > self._most:
            self._most, self._now = most, float(most)

    def succeeded(self) -> None:
        """A request was answered."""
        self._cuts = 0
        self._now = min(float(self._most), self._now + 1 / self._now)

    def complained(self, sent: float, now: float) -> float | None:
        """The provider says, of a request sent at `sent`, that it has too much to do; returns seconds to be silent.

        The complaints about what was sent before the last cut are about the same too much, change nothing and give
        None.
        """
        if sent < self._cut_at:
            return None
        self._cut_at = now
        self._now = max(1.0, self._now / 2)
        self._cuts += 1
        return growing(self._first_hold, self._cuts - 1)
