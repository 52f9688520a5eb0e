"""Sessions: every process that writes to a run is one, and the rows of `events` are its log.

A row has two times: the wall clock's, for people, and the milliseconds since the session began by the monotonic
clock, so that the time a run took is right whatever happens to the clock on the wall.
"""

import os
import time
from typing import Final

from toolwright.runs.database import Database
from toolwright.runs.identity import this_version

_INSERT: Final = (
    "INSERT INTO sessions (started, process, toolwright, first) "
    "VALUES (?, ?, ?, (SELECT coalesce(max(id), 0) + 1 FROM events))"
)
_LAST: Final = """
SELECT (SELECT elapsed FROM events WHERE id >= sessions.first AND id < coalesce(
    (SELECT next.first FROM sessions AS next WHERE next.id > sessions.id ORDER BY next.id LIMIT 1), ?
) ORDER BY id DESC LIMIT 1) FROM sessions WHERE id < ?
"""
_NEWEST: Final = 2**62


class Session:
    """This process's part of a run; it begins when it is made.

    Args:
        database: The run's.
        writes: Whether it will write; a reader leaves no trace.
    """

    def __init__(self, database: Database, *, writes: bool) -> None:
        self._database = database
        self._began = time.monotonic()
        self._id = (
            database.run(_INSERT, (wall_clock(), os.getpid(), this_version())) if writes else _NEWEST
        )  # a reader stands after every session

    def log(self, kind: str, body: bytes | None = None) -> int:
        """Adds a row to `events`; returns its id. A body makes it an event, none the place of another table's row."""
        elapsed = int((time.monotonic() - self._began) * 1000)
        return self._database.run(
            "INSERT INTO events (at, elapsed, kind, body) VALUES (?, ?, ?, ?)", (wall_clock(), elapsed, kind, body)
        )

    def earlier_minutes(self) -> float:
        """Minutes the earlier sessions took, each up to the last thing it wrote; for a reader, all there are."""
        return sum(elapsed or 0 for (elapsed,) in self._database.all(_LAST, (_NEWEST, self._id))) / 60_000


def wall_clock() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
