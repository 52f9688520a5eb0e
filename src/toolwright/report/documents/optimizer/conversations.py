"""A step's conversation from the requests that were journalled: the last one holds all that was said before it.

Example:
    talk = conversation(entries, longest=20_000)
    [said.usage for said in talk.said if said.message.kind == "assistant"]
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from toolwright.errors import RequestRefused
from toolwright.messages import AssistantMessage, Message, ToolCall, ToolMessage
from toolwright.models.refusals import accepted
from toolwright.recordings import Entry
from toolwright.report.documents.optimizer.values import Said
from toolwright.report.documents.shortening import shortened

MAX_CALLS: Final = 200
"""Calls of one reply, and messages of one conversation, that are shown."""

_NAME: Final = 200


class Conversation(NamedTuple):
    """What was said, and what was cut out of it, "" where nothing was."""

    said: tuple[Said, ...]
    shortened: str


def is_reply(entry: Entry) -> bool:
    """Whether a model answered the request; a provider's refusal is journalled as a reply, too."""
    try:
        accepted(entry.reply)
    except RequestRefused:
        return False
    return True


def conversation(entries: Sequence[Entry], longest: int) -> Conversation:
    """The whole conversation of a step; what a provider refused ends it without a reply.

    Args:
        entries: Its requests and replies in the order they were kept, refusals too.
        longest: Characters a text may have before it is cut in the middle.
    """
    if not entries:
        return Conversation((), "")
    last = entries[-1]
    replies = [entry for entry in entries if entry.site.purpose == last.site.purpose]
    messages = [*last.request.messages, *([last.reply.message] if is_reply(last) else [])]
    shown = list(_said(messages, {entry.site.turn: entry for entry in replies}, longest))
    cut = sum(_characters(message) for message in messages) - sum(_characters(said.message) for said in shown)
    return Conversation(tuple(shown), f"{cut:,} characters of the conversation are left out" if cut > 0 else "")


def _said(messages: Sequence[Message], replies: dict[int, Entry], longest: int) -> Iterator[Said]:
    """The messages, each reply with what it took; where there are too many, the first and the last of them."""
    turn = 0
    for place, message in enumerate(messages):
        entry = None
        if isinstance(message, AssistantMessage):
            entry, turn = replies.get(turn), turn + 1
        if place < MAX_CALLS or place >= len(messages) - MAX_CALLS:
            yield Said(
                message=_shortened(message, longest),
                usage=entry.reply.usage if entry else None,
                model=shortened(entry.reply.model, _NAME) if entry else "",
            )


def _shortened(message: Message, longest: int) -> Message:
    text = shortened(message.text, longest)
    if isinstance(message, AssistantMessage):
        calls = tuple(_call(call, longest) for call in message.calls[:MAX_CALLS])
        return AssistantMessage(text=text, calls=calls)
    if isinstance(message, ToolMessage):
        ours = {"call_id": shortened(message.call_id, _NAME), "name": shortened(message.name, _NAME)}
        return message.model_copy(update={"text": text, **ours})
    return message.model_copy(update={"text": text})


def _call(call: ToolCall, longest: int) -> ToolCall:
    return ToolCall(
        id=shortened(call.id, _NAME), name=shortened(call.name, _NAME), arguments=shortened(call.arguments, longest)
    )


def _characters(message: Message) -> int:
    calls = message.calls if isinstance(message, AssistantMessage) else ()
    return len(message.text) + sum(len(call.arguments) for call in calls)
