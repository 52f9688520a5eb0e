"""What a run used: its replies, and beside them what was paid for and brought no reply to keep.

An empty reply that is asked for once more and a request whose reply nobody waited for (a lost race, Ctrl-C) use tokens,
too. They are kept by call site, so that limits, costs and comparisons rest on everything that was asked.

Example:
    shelf = UsageShelf(database)
    shelf.keep(site, usage, event)
    shelf.used("training")           # by role: that and the replies
"""

from typing import Final

from toolwright.messages import Usage
from toolwright.protocols import CallSite
from toolwright.runs.contents import to_body
from toolwright.runs.database import Database
from toolwright.runs.sessions import SessionKind

_INSERT: Final = (
    "INSERT INTO unanswered (event, role, site, requests, input_tokens, output_tokens, cached_tokens, dollars) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_OF_TABLE: Final = """
SELECT role, max(0, requests) AS requests, max(0, input_tokens) AS input_tokens,
    max(0, output_tokens) AS output_tokens, max(0, cached_tokens) AS cached_tokens, max(0, dollars) AS dollars
FROM spans CROSS JOIN {table} ON {table}.event >= max(spans.first, ?1) AND {table}.event < min(spans.past, ?2)
WHERE spans.kind = coalesce(?3, spans.kind) AND (?4 = '' OR json_extract(CAST(site AS TEXT), '$.purpose') <> ?4)
"""
_USED: Final = f"""
SELECT role, sum(requests), sum(input_tokens), sum(output_tokens), sum(cached_tokens),
    CASE WHEN count(*) = count(dollars) THEN sum(dollars) END
FROM ({_OF_TABLE.format(table="replies")} UNION ALL {_OF_TABLE.format(table="unanswered")})
GROUP BY role ORDER BY role
"""  # noqa: S608 - constants
_FIELDS: Final = ("requests", "input_tokens", "output_tokens", "cached_tokens", "dollars")
_END: Final = 2**62


class UsageShelf:
    """What a run used, place by place in its order. Writing happens in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, site: CallSite, usage: Usage, event: int) -> None:
        """Stores under its event's id what a request used that brought no reply to keep."""
        used = (usage.requests, usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.dollars)
        self._database.run(_INSERT, (event, site.role, to_body(site), *used))

    def used(
        self, session: SessionKind | None, first: int = 0, past: int = _END, without: str = ""
    ) -> dict[str, Usage]:
        """What was used, by role; dollars are None where one price is unknown.

        Args:
            session: In which sessions, None for all.
            first: The first place that counts.
            past: The first that counts no more.
            without: The purpose of call sites to leave out.
        """
        rows = self._database.all(_USED, (first, past, session, without))
        return {role: Usage(**dict(zip(_FIELDS, used, strict=True))) for role, *used in rows}
