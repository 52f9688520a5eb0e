"""Replies in the run database: what was asked by content, what came back in columns."""

from collections.abc import Iterator
from typing import Any, Final, cast

from pydantic import JsonValue, TypeAdapter

from toolwright.messages import AssistantMessage, ModelRequest, Reply, ToolSpec, Usage
from toolwright.protocols import CallSite, Role
from toolwright.recordings import Entry
from toolwright.runs.contents import Contents, from_body, message_body, to_body
from toolwright.runs.database import Database

_TOOLS: Final = TypeAdapter(tuple[ToolSpec, ...])
_BY_KEY: Final = (
    "SELECT request, message, requests, input_tokens, output_tokens, cached_tokens, dollars, rest "
    "FROM replies WHERE key = ?"
)
_ALL: Final = (
    "SELECT site, conversation, tools, settings, "
    "message, requests, input_tokens, output_tokens, cached_tokens, dollars, rest "
    "FROM replies WHERE role = coalesce(?, role) ORDER BY event"
)
_INSERT: Final = (
    "INSERT INTO replies (event, key, role, site, request, conversation, tools, settings, "
    "message, requests, input_tokens, output_tokens, cached_tokens, dollars, rest) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_FIELDS: Final = ("requests", "input_tokens", "output_tokens", "cached_tokens", "dollars")


class ReplyShelf:
    """The replies of a run. Writing happens in the caller's transaction; a row that is not ours is a ValueError."""

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._contents = contents
        self._tools: tuple[tuple[ToolSpec, ...], bytes] = ((), b"[]")

    def get(self, site: CallSite) -> tuple[str, Reply] | None:
        """The digest of the request a site made and the reply it got; None where none is kept."""
        row = self._database.one(_BY_KEY, (site_key(site),))
        return None if row is None else (row[0].hex(), self._reply(*row[1:]))

    def request(self, site: CallSite) -> ModelRequest:
        """The request a site made; an empty one where none is kept."""
        row = self._database.one("SELECT conversation, tools, settings FROM replies WHERE key = ?", (site_key(site),))
        return self._request(*row) if row else ModelRequest(messages=())

    def keep(self, site: CallSite, request: ModelRequest, reply: Reply, event: int) -> None:
        """Stores a reply under its event's id."""
        contents, usage = self._contents, reply.usage
        rest: dict[str, JsonValue] = {"finish": reply.finish, "model": reply.model}
        if reply.message.provider is not None:
            rest["provider"] = reply.message.provider
        where = (event, site_key(site), site.role, to_body(site), bytes.fromhex(request.digest))
        asked = (
            contents.keep_conversation(request.messages),
            contents.keep(self._tools_body(request.tools)),
            contents.keep(to_body(request.open_settings)),
        )
        used = (usage.requests, usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.dollars)
        said = contents.keep(message_body(reply.message))
        self._database.run(_INSERT, (*where, *asked, said, *used, to_body(rest)))

    def _tools_body(self, tools: tuple[ToolSpec, ...]) -> bytes:
        """The tools as JSON; most requests offer the very ones the request before offered."""
        last, body = self._tools
        if len(last) != len(tools) or any(one is not other for one, other in zip(last, tools, strict=True)):
            body = to_body([tool.model_dump() for tool in tools])
            self._tools = (tools, body)
        return body

    def all(self, role: Role | None) -> Iterator[Entry]:
        """Every reply with its site and request, of one role or of all, in the order they were kept.

        The requests' messages are without provider parts.
        """
        for site, conversation, tools, settings, *reply in self._database.all(_ALL, (role,)):
            yield Entry(
                site=CallSite.model_validate(from_body(site)),
                request=self._request(conversation, tools, settings),
                reply=self._reply(*reply),
            )

    def count(self) -> int:
        """How many there are."""
        row = self._database.one("SELECT count(*) FROM replies")
        return row[0] if row else 0

    def _request(self, conversation: int | None, tools: int, settings: int) -> ModelRequest:
        return ModelRequest(
            messages=self._contents.conversation(conversation),
            tools=_TOOLS.validate_python(from_body(self._contents.body(tools))),
            settings=from_body(self._contents.body(settings)),
        )

    def _reply(self, *row: Any) -> Reply:  # noqa: ANN401 - columns, checked by the models they fill
        message, *used, body = row
        rest = from_body(body)
        said = self._contents.message(message).model_copy(update={"provider": rest.get("provider")})
        return Reply(
            message=cast("AssistantMessage", said),
            usage=Usage(**{name: value and max(0, value) for name, value in zip(_FIELDS, used, strict=True)}),
            finish=rest["finish"],
            model=rest["model"],
        )


def site_key(site: CallSite) -> bytes:
    """A call site's key as the database holds it."""
    return bytes.fromhex(site.key)
