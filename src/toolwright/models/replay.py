"""Replay: a recording in a model's place, answering exactly the requests it answered before, never one like them.

Example:
    model = ReplayModel(Recording.read("demo.jsonl"), "agent")
    reply = await model.request(site, request)
"""

import difflib
import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from toolwright.errors import ReplayError
from toolwright.messages import ModelRequest, Reply
from toolwright.models.refusals import accepted
from toolwright.protocols import CallSite, Model, Role
from toolwright.recordings import Entry, Recording, site_in_words

_SHOWN_LINES: Final = 40
_WIDTH: Final = 160
_COMPARED: Final = 20

_Key = tuple[str, str, int]


class ReplayModel:
    """A model of one role that answers by the request's digest, its task and repeat, and its order of arrival.

    Args:
        recording: What was recorded.
        role: Whose replies to replay.
        fallback: A model to ask where the recording has no reply; without one that is an error.

    Attributes:
        hits: How many requests the recording answered.
        asked: How many the fallback was asked.
    """

    def __init__(self, recording: Recording, role: Role, fallback: Model | None = None) -> None:
        self.hits = 0
        self.asked = 0
        self._role = role
        self._fallback = fallback
        self._entries = tuple(entry for entry in recording.entries if entry.site.role == role)
        self._left: dict[_Key, deque[Entry]] = {}
        for entry in self._entries:
            self._left.setdefault(_key(entry.site, entry.request), deque()).append(entry)

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """The recorded reply to exactly this request, or the fallback's.

        Raises:
            RequestRefused: The request was refused when it was recorded.
            ReplayError: There is none; the message shows the difference to the nearest recorded request.
        """
        if left := self._left.get(_key(site, request)):
            self.hits += 1
            return accepted(left.popleft().reply)
        if self._fallback is None:
            raise ReplayError(self._explain(site, request))
        self.asked += 1
        return await self._fallback.request(site, request)

    def unused(self) -> tuple[Entry, ...]:
        """The entries no request has asked for so far, in recorded order."""
        left = {id(entry) for entries in self._left.values() for entry in entries}
        return tuple(entry for entry in self._entries if id(entry) in left)

    def _explain(self, site: CallSite, request: ModelRequest) -> str:
        counts = f"{self.hits} of {len(self._entries)} recorded replies of the {self._role} were replayed"
        head = f"the recording has no reply to this request of {site_in_words(site)}; {counts}"
        nearest = nearest_entry(self._entries, site, request)
        if nearest is None:
            return f"{head}; it holds none for this role, so record again"
        return (
            f"{head}.\nThe nearest recorded request is that of {site_in_words(nearest.site)}:\n"
            f"{difference(nearest, site, request)}\n"
            "Undo what changed since, or record again, reusing what still fits (`toolwright record --from`)."
        )


def _key(site: CallSite, request: ModelRequest) -> _Key:
    return request.digest, site.task, site.repeat


def nearest_entry(entries: Sequence[Entry], site: CallSite, request: ModelRequest) -> Entry | None:
    """The recorded entry whose request is nearest.

    Of the same task where there is one, then by the longest common beginning, then by how many lines agree.
    """
    same_task = [entry for entry in entries if entry.site.task == site.task]
    messages = _messages(request)
    ranked = [(_common(_messages(entry.request), messages), entry) for entry in same_task or entries]
    longest = max((common for common, _ in ranked), default=0)
    best = [entry for common, entry in ranked if common == longest]
    best.sort(key=lambda entry: (entry.request.digest != request.digest, abs(entry.site.turn - site.turn)))
    lines = list(request_lines(request))
    return max(best[:_COMPARED], key=lambda entry: _likeness(entry, lines), default=None)


def _common(recorded: Sequence[Any], asked: Sequence[Any]) -> int:
    pairs = zip(recorded, asked, strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(recorded), len(asked)))


def _likeness(entry: Entry, lines: Sequence[str]) -> float:
    return difflib.SequenceMatcher(None, list(request_lines(entry.request)), lines, autojunk=False).ratio()


def difference(entry: Entry, site: CallSite, request: ModelRequest) -> str:
    """What differs between a recorded request and one asked now: a unified diff of at most 40 lines."""
    if entry.request.digest == request.digest:
        if _key(entry.site, request) == _key(site, request):
            return "(the same request, asked more often now than it was recorded)"
        return "(the same request, but of another task or repeat)"
    old, new = list(request_lines(entry.request)), list(request_lines(request))
    lines = list(difflib.unified_diff(old, new, "recorded", "asked now", n=2, lineterm=""))
    if len(lines) > _SHOWN_LINES:
        lines = [*lines[: _SHOWN_LINES - 1], f"… and {len(lines) - _SHOWN_LINES + 1} more lines"]
    return "\n".join(lines)


def request_lines(request: ModelRequest) -> Iterator[str]:
    """A request as lines to compare: what its digest is of, long lines folded."""
    for name, value in sorted(request.open_settings.items()):
        yield f"[setting] {name} = {json.dumps(value, sort_keys=True)}"
    for tool in request.tools:
        yield from _folded(f"[offered] {tool.name}: {tool.description}")
        yield from _folded(f"  parameters {json.dumps(tool.parameters, sort_keys=True)}")
    for message in _messages(request):
        yield f"[{message['kind']}] {message.get('name', '')}{_of(message)}".rstrip()
        yield from _folded(message["text"])
        for call in message.get("calls", ()):
            yield from _folded(f"  calls {call['name']}({call['arguments']}) as {call['id']}")


def _of(message: dict[str, Any]) -> str:
    return f" (result of {message['call_id']})" if "call_id" in message else ""


def _folded(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield from (line[start : start + _WIDTH] for start in range(0, max(len(line), 1), _WIDTH))


def _messages(request: ModelRequest) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", request.neutral()["messages"])
