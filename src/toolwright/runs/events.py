"""The events of a run in its database, and how a run that goes on tells them again without keeping them twice.

A resumed run does everything from its beginning, with the journal answering, and so tells again what it told before.
What is held is a multiset of contents, times and durations apart: an event that is in it is taken out, not kept again.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final, cast

from pydantic import TypeAdapter

from toolwright.events import Event, RunFinished
from toolwright.messages import DOLLAR_PLACES
from toolwright.runs.contents import from_body, to_body
from toolwright.runs.database import Database
from toolwright.runs.sessions import Session, SessionKind

_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)
_ALWAYS: Final = frozenset({"run_finished", "model_retried", "provider_paused", "provider_resumed", "pace_waited"})
"""What belongs to the session it happens in: a run that ends again, or waits again, did so once more."""

_SPANS: Final = "SELECT kind, max(first, ?), past FROM spans WHERE past > ? ORDER BY session"
_IN_SPAN: Final = """
SELECT id, at, body FROM events
WHERE id >= ? AND id < ? AND body IS NOT NULL AND kind NOT IN (SELECT value FROM json_each(?)) ORDER BY id
"""
_WENT_ON: Final = """
SELECT 1 FROM spans CROSS JOIN events ON events.id >= spans.first AND events.id < spans.past
WHERE spans.kind = 'training' AND spans.first > ?
"""
_HELD: Final = """
SELECT events.body FROM spans CROSS JOIN events ON events.id >= spans.first AND events.id < spans.past
WHERE spans.kind = ? AND events.body IS NOT NULL AND events.kind NOT IN ({})
""".format(", ".join(f"'{kind}'" for kind in sorted(_ALWAYS)))


class EventShelf:
    """The events of a run.

    Args:
        database: The run's.
        session: Where events are written.
        retells: Which sessions' events are told again, None for none; they are read now, as digests of 8 bytes each.
    """

    def __init__(self, database: Database, session: Session, retells: SessionKind | None) -> None:
        self._database = database
        self._session = session
        self._held = Counter(map(_likeness, self._bodies(retells))) if retells else Counter[bytes]()

    def emit(self, event: Event) -> None:
        """Keeps an event, unless it is one the run has told before."""
        body = to_body(event)
        if not (self._held and event.kind not in _ALWAYS and self._take(_likeness(body))):
            self._session.log(event.kind, body)

    def _take(self, likeness: bytes) -> bool:
        if not self._held[likeness]:
            return False
        self._held[likeness] -= 1
        if not self._held[likeness]:
            del self._held[likeness]
        return True

    def all(self, after: int, without: Collection[str]) -> Iterator[tuple[int, int, SessionKind, Event]]:
        """Each event with its place in the run's order, its wall-clock time in milliseconds and its session's kind.

        Args:
            after: The place after which they begin, 0 for all.
            without: Kinds to leave out.
        """
        left_out = json.dumps([*without])
        for session, *span in self._database.all(_SPANS, (after + 1, after + 1)):
            for ordinal, at, body in self._database.all(_IN_SPAN, (*span, left_out)):
                yield ordinal, at, session, _EVENT.validate_python(from_body(body))

    def ended(self) -> RunFinished | None:
        """How the training ended last; None where it has not, or a later session went on with it."""
        row = self._database.one("SELECT id, body FROM events WHERE kind = 'run_finished' ORDER BY id DESC LIMIT 1")
        if row is None:
            return None
        if self._database.one(_WENT_ON, (row[0],)) is not None:
            return None
        return RunFinished.model_validate(from_body(row[1]))

    def epochs(self) -> int:
        """How many epochs ended."""
        ended = self._database.all("SELECT body FROM events WHERE kind = 'epoch_finished'")
        return len({from_body(body)["epoch"] for (body,) in ended})

    def tests_opened(self) -> int:
        """How often the sealed test was opened."""
        row = self._database.one("SELECT count(*) FROM events WHERE kind = 'test_opened'")
        return row[0] if row else 0

    def _bodies(self, told_in: SessionKind) -> Iterator[bytes]:
        for (body,) in self._database.all(_HELD, (told_in,)):
            yield body


def _likeness(body: bytes) -> bytes:
    """A digest of what an event says, times and durations apart; dollars to as many places as are kept now."""
    if b'seconds":' in body or b'"dollars":' in body:
        body = json.dumps(_timeless(from_body(body))).encode()
    return hashlib.blake2b(body, digest_size=8).digest()


def _timeless(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {
            name: round(inner, DOLLAR_PLACES) if name == "dollars" and isinstance(inner, float) else _timeless(inner)
            for name, inner in fields.items()
            if not name.endswith("seconds")
        }
    if isinstance(value, list):
        return [_timeless(inner) for inner in cast("list[Any]", value)]
    return value
