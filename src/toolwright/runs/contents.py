"""Messages, tools and settings by content: each distinct one is stored once, each conversation as a chain of links.

A link holds what one request added to the conversation before it.

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

_ENCODE: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

_NEW_BLOB: Final = "INSERT INTO blobs (digest, body) VALUES (?, ?)"
_CHAIN: Final = """
WITH RECURSIVE chain (parent, messages, depth) AS (
    SELECT parent, messages, 0 FROM links WHERE id = ?
    UNION ALL
    SELECT links.parent, links.messages, depth + 1 FROM links JOIN chain ON links.id = chain.parent
)
SELECT messages FROM chain ORDER BY depth DESC
"""


def to_body(value: BaseModel | JsonValue) -> bytes:
    """A value as the database keeps it: JSON, keys in their own order, any text Python can hold."""
    # Dumped as Python: pydantic's JSON form loses half a surrogate pair in a key, and a value comes back as it was.
    data = value.model_dump() if isinstance(value, BaseModel) else value
    return _ENCODE(data).encode("utf-8", "surrogatepass")


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


def digest_of_bytes(content: bytes) -> bytes:
    """The digest things are found by: the first half of the SHA-256."""
    return hashlib.sha256(content).digest()[:16]


def _linked(parent: bytes, message: bytes) -> bytes:
    return digest_of_bytes(parent + message)


class Contents:
    """The blobs and links of a database. Writing happens in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.message = lru_cache(maxsize=1024)(self._message)
        """The message of a blob's id; conversations share theirs, so the last ones are kept."""

    def keep(self, body: bytes) -> int:
        """Stores a body unless it is there; returns its id."""
        digest = digest_of_bytes(body)
        known = self._database.one("SELECT id FROM blobs WHERE digest = ?", (digest,))
        return known[0] if known else self._database.run(_NEW_BLOB, (digest, body))

    def body(self, blob: int) -> bytes:
        """The body of that id."""
        row = self._database.one("SELECT body FROM blobs WHERE id = ?", (blob,))
        return row[0] if row else b"null"

    def keep_conversation(self, messages: Sequence[Message]) -> int | None:
        """Stores what is new of a conversation; returns its last link, None where it is empty."""
        bodies = [message_body(message) for message in messages]
        digests = list(accumulate(map(digest_of_bytes, bodies), _linked, initial=b""))[1:]
        link, known = self._longest_known(digests)
        if known == len(bodies):
            return link
        added = _ENCODE([self.keep(body) for body in bodies[known:]])
        return self._database.run(
            "INSERT INTO links (digest, parent, messages) VALUES (?, ?, ?)", (digests[-1], link, added)
        )

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
        added = self._database.all(_CHAIN, (link,))
        return tuple(self.message(blob) for (messages,) in added for blob in json.loads(messages))

    def _message(self, blob: int) -> Message:
        return message_from(self.body(blob))
