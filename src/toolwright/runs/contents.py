"""Messages, tools and settings by content: each distinct one is stored once, each conversation as a chain of links.

A message's provider part is not content: it stays with the reply it came in.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final, cast

from pydantic import BaseModel, JsonValue, TypeAdapter
from pydantic_core import PydanticSerializationError

from toolwright.messages import Message
from toolwright.runs.database import Database

_MESSAGE: Final[TypeAdapter[Message]] = TypeAdapter(Message)

_CHAIN: Final = """
WITH RECURSIVE chain (parent, message, depth) AS (
    SELECT parent, message, 0 FROM links WHERE id = ?
    UNION ALL
    SELECT links.parent, links.message, depth + 1 FROM links JOIN chain ON links.id = chain.parent
)
SELECT message FROM chain ORDER BY depth DESC
"""


def to_body(value: BaseModel | JsonValue) -> bytes:
    """A value as the database keeps it: JSON, keys in their own order, any text Python can hold."""
    # Dumped as Python: pydantic's JSON form loses half a surrogate pair in a key, and a value comes back as it was.
    data = value.model_dump() if isinstance(value, BaseModel) else value
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def from_body(body: bytes) -> Any:  # noqa: ANN401 - JSON, given to a validator by every caller
    """The JSON value of a body."""
    return json.loads(body.decode("utf-8", "surrogatepass"))


def message_body(message: Message) -> bytes:
    """A message's body, its provider part left out."""
    try:
        return message.model_dump_json(exclude={"provider"}).encode()
    except PydanticSerializationError:  # half a surrogate pair, as a careless JSON escape leaves it
        return to_body(cast("JsonValue", message.model_dump(exclude={"provider"})))


def message_from(body: bytes) -> Message:
    """The message of a body."""
    return _MESSAGE.validate_python(from_body(body))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:16]


def _linked(parent: bytes, message: bytes) -> bytes:
    return _digest(parent + message)


class Contents:
    """The blobs and links of a database. Writing happens in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.message = lru_cache(maxsize=1024)(self._message)
        """The message of a blob's id; conversations share theirs, so the last ones are kept."""

    def keep(self, body: bytes) -> int:
        """Stores a body unless it is there; returns its id."""
        digest = _digest(body)
        row = self._database.one("SELECT id FROM blobs WHERE digest = ?", (digest,))
        if row is not None:
            return row[0]
        return self._database.run("INSERT INTO blobs (digest, body) VALUES (?, ?)", (digest, body))

    def body(self, blob: int) -> bytes:
        """The body of that id."""
        row = self._database.one("SELECT body FROM blobs WHERE id = ?", (blob,))
        return row[0] if row else b"null"

    def keep_conversation(self, messages: Sequence[Message]) -> int | None:
        """Stores what is new of a conversation; returns its last link, None where it is empty."""
        bodies = [message_body(message) for message in messages]
        digests = list(accumulate(map(_digest, bodies), _linked, initial=b""))[1:]
        parent, known = self._longest_known(digests)
        for digest, body in zip(digests[known:], bodies[known:], strict=True):
            parent = self._database.run(
                "INSERT INTO links (digest, parent, message) VALUES (?, ?, ?)", (digest, parent, self.keep(body))
            )
        return parent

    def _longest_known(self, digests: Sequence[bytes]) -> tuple[int | None, int]:
        """The link of the longest stored beginning, and its length; looked for from the end, where it mostly is."""
        for length in range(len(digests), 0, -1):
            row = self._database.one("SELECT id FROM links WHERE digest = ?", (digests[length - 1],))
            if row is not None:
                return row[0], length
        return None, 0

    def conversation(self, link: int | None) -> tuple[Message, ...]:
        """The messages up to a link, in order."""
        if link is None:
            return ()
        return tuple(self.message(blob) for (blob,) in self._database.all(_CHAIN, (link,)))

    def _message(self, blob: int) -> Message:
        return message_from(self.body(blob))
