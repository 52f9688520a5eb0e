"""A refusal kept as a reply, so that a run that goes on, or a recording, hears it again without asking.

Example:
    >>> kept = as_reply(ContextTooLong("9000 tokens are too many"))
    >>> kept.finish
    'refused: too long'
    >>> accepted(kept)
    Traceback (most recent call last):
    toolwright.errors.ContextTooLong: 9000 tokens are too many
"""

from typing import Final

from toolwright.errors import ContextTooLong, RequestRefused
from toolwright.messages import AssistantMessage, Reply, Usage

_FINISHES: Final = {"refused": RequestRefused, "refused: too long": ContextTooLong}
"""What a kept refusal says in the place of a provider's reason to stop, and the error it stands for."""


def as_reply(refusal: RequestRefused) -> Reply:
    """The refusal as a reply with what it used; `accepted` makes the error of it again."""
    finish = "refused: too long" if isinstance(refusal, ContextTooLong) else "refused"
    return Reply(message=AssistantMessage(text=str(refusal)), usage=refusal.usage or Usage(), finish=finish)


def accepted(reply: Reply) -> Reply:
    """The reply itself, where it is one.

    Raises:
        RequestRefused: It is a kept refusal.
    """
    if (kind := _FINISHES.get(reply.finish)) is not None:
        raise kind(reply.message.text)
    return reply
