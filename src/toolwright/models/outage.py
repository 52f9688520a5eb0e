"""A circuit breaker: whether a provider is out, and when the next single request may try it. Pure; the time is given.

A provider that lets nothing through for its rate limit is out, too. When patience ends, there is a last try.

Example:
    >>> outage = Outage(after=2)
    >>> outage.answered(now=0.0)
    >>> [outage.failed(now, probe=False) for now in (1.0, 2.0)]
    [None, Pause(wait=1.0, since=0.0)]
"""

from dataclasses import dataclass
from typing import Final

from toolwright.models.passing import growing

FAULTS: Final = frozenset({"connection", "timeout", "server error"})
"""The faults an outage is made of, beside rate limits; with any other the provider at least says something."""
SEVERAL: Final = 5
"""So many of them in a row, and the provider is out."""
_FIRST_WAIT: Final = 1.0
_SHORTEST_WAIT: Final = 0.1
"""Seconds before the next try at the least, however soon the provider asks for it: each is told and kept."""
_TOO_SHORT: Final = 1e-3
"""Seconds of patience too short for one more try: what rounding leaves of it at the last."""


@dataclass(frozen=True)
class Pause:
    """Nothing goes out for `wait` seconds, then one request; the outage has lasted `since` seconds.

    A wait of 0 is the end of patience: the last try was of no use.
    """

    wait: float
    since: float


class Outage:
    """One endpoint's.

    Args:
        after: How many outage faults in a row, with no answer between, begin one.
        patience: Seconds that an outage may last; the last try goes out at their end, however long the provider asked
            to wait.

    Attributes:
        ever_heard_from: Whether the provider ever answered, were it only that it is asked too much; one that never did
            is not out but wrong.
        until: When the next request may try; None without an outage.
        began: When the outage began; None without one.
    """

    def __init__(self, after: int = SEVERAL, patience: float = float("inf")) -> None:
        self.after, self.patience = after, patience
        self.ever_heard_from = False
        self.until: float | None = None
        self.began: float | None = None
        self._row = 0
        self._waits = 0

    def answered(self, now: float) -> float | None:
        """A reply came; returns the seconds of the outage it ends, None where there was none."""
        self.ever_heard_from = True
        return self.alive(now)

    def alive(self, now: float) -> float | None:
        """The provider said something, be it a refusal; returns as `answered`."""
        seconds = now - self.began if self.began is not None else None
        self.until = self.began = None
        self._row = self._waits = 0
        return seconds

    def failed(self, now: float, *, probe: bool, asked: float | None = None) -> Pause | None:
        """A request met an outage fault; returns the pause that begins with it.

        Args:
            now: The time.
            probe: Whether it was the one that tried; the others, sent before the outage, say nothing new in one.
            asked: Seconds the provider asked to wait, None where it did not say.
        """
        return self._counted(now, probe=probe, asked=asked, after=self.after)

    def limited(self, now: float, *, probe: bool, asked: float | None = None) -> Pause | None:
        """A request sent after the last complaint about the rate met another; returns as `failed`.

        It takes several whatever `after` says, as a rate limit uses up no request's attempts.
        """
        self.ever_heard_from = True
        return self._counted(now, probe=probe, asked=asked, after=SEVERAL)

    def _counted(self, now: float, *, probe: bool, asked: float | None, after: int) -> Pause | None:
        self._row += 1
        tells = probe if self.until is not None else self.ever_heard_from and self._row >= after
        if not tells:
            return None
        self.began = now if self.began is None else self.began
        since = now - self.began
        wait = growing(_FIRST_WAIT, self._waits) if asked is None else max(_SHORTEST_WAIT, asked)
        left = self.patience - since
        wait = min(wait, left) if left > _TOO_SHORT else 0.0
        self._waits += 1
        self.until = now + wait
        return Pause(wait, since)
