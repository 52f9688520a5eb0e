"""Sessions: every process that writes to a run is one, and the rows of `events` are its log.

A session trains, or evaluates something in a run that is there; what the run took and how it ended is training's alone.

A row has two times: the wall clock's, for people, and the milliseconds since the session began by the monotonic
clock, so that the time a run took is right whatever happens to the clock on the wall.
"""

import os
import time
from typing import Final, Literal

from toolwright.runs.database import Database
from toolwright.runs.identity import this_version

SessionKind = Literal["training", "evaluation"]

_INSERT: Final = (
    "INSERT INTO sessions (kind, started, process, toolwright, first) "
    "VALUES (?, ?, ?, ?, (SELECT coalesce(max(id), 0) + 1 FROM events))"
)
_LAST: Final = """
SELECT (SELECT elapsed FROM events WHERE id >= spans.first AND id < spans.past ORDER BY id DESC LIMIT 1)
FROM spans WHERE spans.session < ? AND spans.kind = 'training'
"""
_SCORED: Final = "SELECT count(*) FROM samples WHERE event >= (SELECT first FROM sessions WHERE id = ?)"
_NEWEST: Final = 2**62


class Session:
    """This process's part of a run; it begins when it is made.

    Args:
        database: The run's.
        kind: What it will write; None for a reader, who leaves no trace.
    """

    def __init__(self, database: Database, kind: SessionKind | None) -> None:
        self._database = database
        self._began = time.monotonic()
        self._id = (
            database.run(_INSERT, (kind, wall_clock(), os.getpid(), this_version())) if kind else _NEWEST
        )  # a reader stands after every session

    def log(self, kind: str, body: bytes | None = None) -> int:
        """Adds a row to `events`; returns its id. A body makes it an event, none the place of another table's row."""
        elapsed = int((time.monotonic() - self._began) * 1000)
        return self._database.run(
            "INSERT INTO events (at, elapsed, kind, body) VALUES (?, ?, ?, ?)", (wall_clock(), elapsed, kind, body)
        )

    def scored(self) -> int:
        """How many samples this session has kept so far; none for a reader."""
        row = self._database.one(_SCORED, (self._id,))
        return row[0] if row else 0

    def any_trains(self) -> bool:
        """Whether any session of the run trains; so of a run that is just being made and has none."""
        row = self._database.one("SELECT coalesce(max(kind = 'training'), 1) FROM sessions")
        return bool(row and row[0])

    def newest(self) -> SessionKind:
        """What the newest session of the run does, or did."""
        row = self._database.one("SELECT kind FROM sessions ORDER BY id DESC LIMIT 1")
        return row[0] if row else "training"  # a run that is just being made

    def earlier_minutes(self) -> float:
        """Minutes the earlier trainings took, each up to the last thing it wrote; for a reader, all there are."""
        return sum(elapsed or 0 for (elapsed,) in self._database.all(_LAST, (self._id,))) / 60_000


def wall_clock() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
