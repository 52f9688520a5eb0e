"""The critical path of a training: the longest chain of requests each of which had to wait for the one before.

A rollout's requests depend on one another, rollouts of one evaluation do not; a step of the optimizer depends on the
evaluation before it, an evaluation on the step before it. Both readings of the sealed test depend on what was accepted
last, or on nothing, but not on each other: the longer one counts.

Example:
    >>> at = [{"at": n, "left": n + 1.0, "mark": str(n), "parent": str(n - 1) if n else "", "body": {}} for n in (0, 1)]
    >>> [conversation.seconds for conversation in conversations(at)]
    [2.0]
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.simulated import word_of

Entry = dict[str, Any]


@dataclass
class Conversation:
    """Requests that go on from one another, in order."""

    entries: list[Entry] = field(default_factory=list[Entry])

    @property
    def seconds(self) -> float:
        """How long its requests were under way, from their arrival to their replies' departure; pauses left out."""
        return sum(entry["left"] - entry["at"] for entry in self.entries)

    @property
    def began(self) -> float:
        """When its first request arrived."""
        return self.entries[0]["at"]

    @property
    def by_optimizer(self) -> bool:
        """Whether it is a step."""
        return self.entries[0]["body"]["model"] == "optimizer"

    @property
    def word(self) -> str:
        """The word its task asks about."""
        return word_of(self.entries[0]["body"])


def conversations(log: Sequence[Entry]) -> list[Conversation]:
    """The conversations of an endpoint's log, by their beginnings; replies' ids say what goes on from what."""
    found: list[Conversation] = []
    by_mark: dict[str, Conversation] = {}
    for entry in log:
        conversation = by_mark.get(entry["parent"])
        if conversation is None:
            conversation = Conversation()
            found.append(conversation)
        conversation.entries.append(entry)
        by_mark[entry["mark"]] = conversation
    return found


@dataclass(frozen=True)
class Path:
    """A critical path.

    Attributes:
        evaluations: Seconds of the longest rollout of each evaluation of training tasks.
        steps: Seconds of each step of the optimizer.
        test: Seconds of the longest rollout of the sealed test; 0 where there is none.
    """

    evaluations: tuple[float, ...]
    steps: tuple[float, ...]
    test: float

    @property
    def seconds(self) -> float:
        """The whole path."""
        return sum(self.evaluations) + sum(self.steps) + self.test


def critical_path(log: Sequence[Entry], test: Collection[str]) -> Path:
    """The critical path of a training without faults, of which this is all the endpoint saw.

    Args:
        log: The endpoint's log.
        test: The words of the sealed test.
    """
    assert all(entry["fault"] == "ok" and entry["left"] is not None for entry in log), "only whole, fault-free runs"
    found = conversations(log)
    steps = [each for each in found if each.by_optimizer]
    rollouts = [each for each in found if not each.by_optimizer]
    longest = [0.0] * (len(steps) + 1)
    for each in rollouts:
        if each.word not in test:
            number = sum(step.began < each.began for step in steps)
            longest[number] = max(longest[number], each.seconds)
    last = max((each.seconds for each in rollouts if each.word in test), default=0.0)
    return Path(tuple(longest), tuple(step.seconds for step in steps), last)
