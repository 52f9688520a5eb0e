"""The record of one rollout: what was offered, said, called, answered and used."""

from typing import Literal

from pydantic import Field, JsonValue

from toolwright.base import Frozen
from toolwright.messages import Message, Usage

OutcomeStatus = Literal[
    "ok",
    "error",
    "timeout",
    "cpu",
    "memory",
    "threads",
    "scratch",
    "inodes",
    "output",
    "result",
    "depth",
    "crashed",
    "refused",
]
CallKind = Literal["function", "tool", "code", "unknown"]
EndReason = Literal["answer", "turn_limit", "call_limit", "agent_error", "provider", "sandbox", "budget"]

FAULTLESS: frozenset[EndReason] = frozenset({"answer", "turn_limit", "call_limit", "agent_error"})
"""The ends an agent answers for; the others have no score and are tried again."""


class Outcome(Frozen):
    """What came of one call.

    Attributes:
        status: "ok", or what went wrong: the code raised ("error"), ran too long ("timeout"), used too much processor
            time ("cpu") or memory, started too many threads, wrote too much ("scratch") or too many files ("inodes"),
            printed too much ("output"), returned too much ("result") or too deeply nested a result ("depth"), killed
            its process ("crashed"), or was refused before it ran.
        result: The JSON result of an "ok" call.
        error: What went wrong, as the model and the optimizer read it.
        stdout: What the code printed, shortened.
        seconds: Wall-clock time of the call; in no prompt and no digest.
    """

    status: OutcomeStatus
    result: JsonValue = None
    error: str = ""
    stdout: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the call returned a result."""
        return self.status == "ok"


class Call(Frozen):
    """One call of a rollout.

    Attributes:
        turn: The model turn that asked for it, from 0.
        index: Its place among that turn's calls, from 0.
        kind: A learned function, a user's tool, code for the interpreter, or a name that was not offered.
        name: The name that was called.
        arguments: The arguments, None where they were no JSON object.
        outcome: What came of it.
    """

    turn: int
    index: int
    kind: CallKind
    name: str
    arguments: dict[str, JsonValue] | None
    outcome: Outcome


class Trajectory(Frozen):
    """The record of one rollout.

    Attributes:
        task_id: The task.
        repeat: Which sample of the task, from 0.
        parameters: Digest of the parameters the agent had.
        offered: Names of the functions that were offered.
        tools: Names of the user's tools that were offered.
        messages: The conversation, in order.
        calls: Every call, in order of turn and index.
        answer: What the agent answered, None where it gave no answer.
        end: Why the rollout ended.
        error: What went wrong, where something did.
        usage: What its requests used.
        seconds: Wall-clock time of the rollout, its waits included; in no prompt and no digest.
    """

    task_id: str
    repeat: int
    parameters: str
    offered: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    calls: tuple[Call, ...] = ()
    answer: str | None = None
    end: EndReason = "answer"
    error: str = ""
    usage: Usage = Field(default_factory=Usage)
    seconds: float = 0.0
