"""A recording: a run's model replies with the config they were made under, as JSON lines a reader of git can follow.

    {"kind":"header","schema_version":1,"toolwright":"0.1.0","models":{"agent":"…"},"config":{…},"note":"…"}
    {"kind":"message","digest":"5f…","body":{"kind":"user","text":"2 + 2?"}}
    {"kind":"tools","digest":"a0…","body":[]}
    {"kind":"entry","digest":"77…","role":"agent",…,"messages":["5f…"],"tools":"a0…","settings":{},"reply":{…}}

Messages and lists of tools are written once, before the first entry that names them. Entries stay in recorded order.
"""

import json
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, cast

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from toolwright.base import SCHEMA_VERSION, Frozen, digest_of
from toolwright.errors import ReplayError
from toolwright.messages import Message, ModelRequest, Reply, ToolSpec
from toolwright.protocols import CallSite

_MESSAGE: Final[TypeAdapter[Message]] = TypeAdapter(Message)
_TOOLS: Final = TypeAdapter(tuple[ToolSpec, ...])


class Header(Frozen):
    """What a recording is of.

    Attributes:
        schema_version: The version of the file's form.
        toolwright: The version of Toolwright that recorded.
        models: The models' names by role.
        config: The whole config of the recorded run, keys redacted.
        note: Anything a reader should know: who answered, how tokens were counted.
    """

    kind: Literal["header"] = "header"
    schema_version: int = SCHEMA_VERSION
    toolwright: str = ""
    models: dict[str, str] = Field(default_factory=dict)
    config: dict[str, JsonValue] = Field(default_factory=dict)
    note: str = ""


class Entry(Frozen):
    """One reply, where it came from and what it answered."""

    site: CallSite
    request: ModelRequest
    reply: Reply


class Recording(Frozen):
    """A header and the entries, in recorded order."""

    header: Header
    entries: tuple[Entry, ...] = ()

    def write(self, path: Path | str) -> Path:
        """Writes the file whole or not at all; returns its path.

        Raises:
            ReplayError: The file cannot be written.
        """
        text = "".join(_line(record) for record in _records(self))
        try:
            return write_whole(Path(path), text.encode("utf-8", "surrogatepass"))
        except OSError as error:
            raise ReplayError(
                f"the recording {path} cannot be written: {error}; name a file in a folder that can"
            ) from error

    @classmethod
    def read(cls, path: Path | str) -> "Recording":
        """Reads a file that `write` wrote.

        Raises:
            ReplayError: The file is missing, newer, or not as it was recorded; the message names the line.
        """
        try:
            text = Path(path).read_bytes().decode("utf-8", "surrogatepass")
        except (OSError, UnicodeDecodeError) as error:
            raise ReplayError(f"the recording {path} cannot be read: {error}") from error
        return _Reader(Path(path)).read(text.split("\n"))


def site_in_words(site: CallSite) -> str:
    """A call site as a message names it."""
    where = f"task {site.task!r}, repeat {site.repeat}, " if site.task else ""
    return f"the {site.role}'s turn {site.turn} ({where}{site.purpose}, parameters {site.parameters[:8]})"


def write_whole(path: Path, content: bytes) -> Path:
    """Writes a file beside its place and moves it there, so that no reader ever sees half of it."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _line(record: Mapping[str, JsonValue]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def _records(recording: Recording) -> Iterator[dict[str, JsonValue]]:
    yield recording.header.model_dump()
    written: set[str] = set()
    for entry in recording.entries:
        messages = [_body(message) for message in entry.request.messages]
        tools: list[JsonValue] = [tool.model_dump() for tool in entry.request.tools]
        for kind, body in (*(("message", message) for message in messages), ("tools", tools)):
            digest = _mark(kind, body)
            if digest not in written:
                written.add(digest)
                yield {"kind": kind, "digest": digest, "body": body}
        yield {
            "kind": "entry",
            "digest": entry.request.digest,
            **entry.site.model_dump(),
            "messages": [_mark("message", message) for message in messages],
            "tools": _mark("tools", tools),
            "settings": entry.request.open_settings,
            "reply": _reply_body(entry.reply),
        }


def _body(message: Message) -> dict[str, JsonValue]:
    """A request's message; its provider part stays with the reply it came in."""
    return message.model_dump(exclude={"provider"})


def _reply_body(reply: Reply) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = reply.model_dump()
    if reply.message.provider is None:
        body["message"] = _body(reply.message)
    return body


def _mark(kind: str, body: JsonValue) -> str:
    """The digest a message or a list of tools is written under; its order of keys counts, a prompt keeps it."""
    return digest_of([kind, json.dumps(body, ensure_ascii=False)])


class _Reader:
    """Reads the lines of one file, checking each against its digest."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0
        self._messages: dict[str, Message] = {}
        self._tools: dict[str, tuple[ToolSpec, ...]] = {}

    def read(self, lines: Iterable[str]) -> Recording:
        header: Header | None = None
        entries: list[Entry] = []
        for self._number, line in enumerate(lines, start=1):
            if line.strip():
                record = self._record(line)
                if header is None:
                    header = self._header(record)
                elif record.get("kind") == "entry":
                    entries.append(self._entry(record))
                else:
                    self._shelve(record)
        if header is None:
            raise ReplayError(f"the recording {self._path} is empty; record again")
        return Recording(header=header, entries=tuple(entries))

    def _record(self, line: str) -> dict[str, Any]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise self._fault(f"not JSON ({error})") from None
        if not isinstance(record, dict):
            raise self._fault("not a JSON object")
        return cast("dict[str, Any]", record)

    def _header(self, record: dict[str, Any]) -> Header:
        found = record.get("schema_version")
        if record.get("kind") != "header" or not isinstance(found, int):
            raise self._fault("a recording begins with its header; is this a recording?")
        if found > SCHEMA_VERSION:
            raise self._fault(
                f"schema version {found}, written by Toolwright {record.get('toolwright')}; this one reads up to "
                f"{SCHEMA_VERSION}: upgrade it"
            )
        with self._wellformed():
            return Header.model_validate(record)

    def _shelve(self, record: dict[str, Any]) -> None:
        kind, digest, body = record.get("kind"), str(record.get("digest")), record.get("body")
        if kind not in {"message", "tools"}:
            raise self._fault(f"the kind {kind!r} is not known")
        if digest != _mark(kind, body):
            raise self._edited(f"the digest of this {kind} line")
        with self._wellformed():
            if kind == "message":
                self._messages[digest] = _MESSAGE.validate_python(body)
            else:
                self._tools[digest] = _TOOLS.validate_python(body)

    def _entry(self, record: dict[str, Any]) -> Entry:
        with self._wellformed():
            request = ModelRequest(
                messages=tuple(self._messages[digest] for digest in record["messages"]),
                tools=self._tools[record["tools"]],
                settings=record["settings"],
            )
            site = CallSite(**{name: record[name] for name in CallSite.model_fields})
            entry = Entry(site=site, request=request, reply=Reply.model_validate(record["reply"]))
        if request.digest != record.get("digest"):
            raise self._edited(f"the digest of {site_in_words(site)}")
        return entry

    @contextmanager
    def _wellformed(self) -> Generator[None]:
        try:
            yield
        except KeyError as error:
            raise self._fault(f"{error} is missing: a field of this line, or a line before it") from None
        except (ValidationError, TypeError) as error:
            raise self._fault(str(error)) from None

    def _edited(self, what: str) -> ReplayError:
        return self._fault(
            f"{what} is not that of its content: the recording was edited, or recorded by another version"
        )

    def _fault(self, text: str) -> ReplayError:
        return ReplayError(f"{self._path}, line {self._number}: {text}; restore the file or record again")
