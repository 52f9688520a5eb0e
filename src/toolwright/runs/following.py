"""Following a run: whether its figures changed since one looked, and how long it took, without reading it whole.

Example:
    following = Following(database)
    following.figures_ordinal()   # where something last changed that figures rest on
    following.minutes(ordinal)    # how long the training had taken there
"""

from collections.abc import Iterator
from typing import Final

from toolwright.runs.database import Database

_NEWEST_CHANGE: Final = (
    "SELECT id FROM events WHERE kind NOT IN ('reply', 'unanswered', 'outcome', 'result', 'rollout_finished', "
    "'model_retried', 'provider_paused', 'provider_resumed', 'pace_waited', 'code_run', 'budget_announced') "
    "ORDER BY id DESC LIMIT 1"
)
_NEWEST_STEP: Final = """
SELECT max(
    coalesce((SELECT max(event) FROM replies WHERE role = 'optimizer'), 0),
    coalesce((SELECT max(id) FROM events WHERE kind IN ('step_started', 'history_shortened', 'code_run',
        'action_admitted', 'action_refused', 'step_finished', 'proposals_screened', 'gate_decided',
        'epoch_finished')), 0)
)
"""
_ELAPSED: Final = """
SELECT (SELECT elapsed FROM events WHERE id >= spans.first AND id < min(spans.past, ?) ORDER BY id DESC LIMIT 1)
FROM spans WHERE spans.kind = 'training' AND spans.first < ?
"""
_ROLLOUTS: Final = """
SELECT spans.session, events.elapsed / 1000.0, coalesce(json_extract(CAST(body AS TEXT), '$.seconds'), 0)
FROM spans CROSS JOIN events ON events.id >= spans.first AND events.id < spans.past
WHERE events.kind = 'rollout_finished'
"""


class Following:
    """Reads parts of a run by their places in its order; writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def figures_ordinal(self) -> int:
        """The place of the last thing that changes a run's figures; replies, calls and single rollouts pass by."""
        row = self._database.one(_NEWEST_CHANGE)
        return row[0] if row else 0

    def optimizer_ordinal(self) -> int:
        """The place of the last thing that changes what the optimizer's steps are, or came to."""
        row = self._database.one(_NEWEST_STEP)
        return row[0] if row else 0

    def minutes(self, ordinal: int) -> float:
        """Minutes of training up to that place, by the monotonic clock; pauses between sessions do not count."""
        rows = self._database.all(_ELAPSED, (ordinal + 1, ordinal + 1))
        return sum(elapsed or 0 for (elapsed,) in rows) / 60_000

    def rollouts(self) -> Iterator[tuple[int, float, float]]:
        """When each rollout was under way: its session, and from when to when in seconds since that began.

        By the monotonic clock; times of two sessions do not compare.
        """
        for session, end, seconds in self._database.all(_ROLLOUTS):
            yield session, max(0.0, end - seconds), end
