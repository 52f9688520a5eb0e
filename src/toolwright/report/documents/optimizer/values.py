"""The optimizer's steps: the documents `optimizer` and `steps/EPOCH-PROPOSAL`."""

from pydantic import JsonValue

from toolwright.base import Frozen
from toolwright.messages import Message, Usage


class StepSummary(Frozen):
    """One conversation with the optimizer; `name` is its document's."""

    name: str
    epoch: int
    proposal: int
    replies: int
    actions: int
    refused: int
    end: str
    came_to: str
    left_out: str
    usage: Usage


class OptimizerDocument(Frozen):
    """Every step; `left_out` of each says what of the history its prompt had no room for.

    `fault` says why there is nothing here where that is not known: the run's record of it cannot be read.
    """

    steps: tuple[StepSummary, ...]
    fault: str = ""


class Said(Frozen):
    """One thing in a step's conversation, in order.

    Attributes:
        message: What was said.
        usage: What the request took, for a reply.
        model: Who replied.
    """

    message: Message
    usage: Usage | None = None
    model: str = ""


class StepDocument(Frozen):
    """One step in full."""

    name: str
    said: tuple[Said, ...]
    events: tuple[dict[str, JsonValue], ...] = ()
    shortened: str = ""
