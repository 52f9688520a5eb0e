"""Following a run: whether its figures changed since one looked, and what its epochs took, without reading it whole.

Example:
    following = Following(database)
    following.figures_ordinal()   # where something last changed that figures rest on
    following.usage(first, past)  # what the replies between two places used, by role
"""

from typing import Final

from toolwright.messages import Usage
from toolwright.runs.database import Database

_NEWEST_CHANGE: Final = (
    "SELECT id FROM events WHERE kind NOT IN ('reply', 'outcome', 'result', 'rollout_finished', 'model_retried', "
    "'provider_paused', 'provider_resumed', 'pace_waited', 'code_run', 'budget_announced') ORDER BY id DESC LIMIT 1"
)
_NEWEST_STEP: Final = """
SELECT max(
    coalesce((SELECT max(event) FROM replies WHERE role = 'optimizer'), 0),
    coalesce((SELECT max(id) FROM events WHERE kind IN ('step_started', 'history_shortened', 'code_run',
        'action_admitted', 'action_refused', 'step_finished', 'proposals_screened', 'gate_decided',
        'epoch_finished')), 0)
)
"""
_USAGE: Final = """
SELECT role, sum(requests), sum(input_tokens), sum(output_tokens), sum(cached_tokens),
    CASE WHEN count(*) = count(dollars) THEN sum(dollars) END
FROM spans CROSS JOIN replies
    ON replies.event >= max(spans.first, ?) AND replies.event < min(spans.past, ?)
WHERE spans.kind = 'training' AND json_extract(CAST(site AS TEXT), '$.purpose') <> ? GROUP BY role ORDER BY role
"""
_FIELDS: Final = ("requests", "input_tokens", "output_tokens", "cached_tokens", "dollars")
_ELAPSED: Final = """
SELECT (SELECT elapsed FROM events WHERE id >= spans.first AND id < min(spans.past, ?) ORDER BY id DESC LIMIT 1)
FROM spans WHERE spans.kind = 'training' AND spans.first < ?
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

    def usage(self, first: int, past: int, without: str = "") -> dict[str, Usage]:
        """What the replies to trainings used, by role; dollars are None where one price is unknown.

        Args:
            first: The first place that counts.
            past: The first that counts no more.
            without: The purpose of call sites to leave out.
        """
        rows = self._database.all(_USAGE, (first, past, without))
        return {role: Usage(**dict(zip(_FIELDS, used, strict=True))) for role, *used in rows}

    def minutes(self, ordinal: int) -> float:
        """Minutes of training up to that place, by the monotonic clock; pauses between sessions do not count."""
        rows = self._database.all(_ELAPSED, (ordinal + 1, ordinal + 1))
        return sum(elapsed or 0 for (elapsed,) in rows) / 60_000
