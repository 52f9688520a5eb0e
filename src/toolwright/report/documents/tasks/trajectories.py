"""What was said and done about a task, as the page shows it: in full, but for texts longer than a file can bear."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

from toolwright.evaluations import Result
from toolwright.messages import AssistantMessage, Message, UserMessage
from toolwright.report.documents.shortening import shortened
from toolwright.report.documents.tasks.values import RolloutView, TrajectoriesDocument
from toolwright.report.sections import count_of
from toolwright.tasks import Task
from toolwright.trajectories import Call


class Shown(NamedTuple):
    """A rollout to be shown; where `left_out` says why, without its messages and calls."""

    result: Result
    left_out: str = ""


def trajectories_document(rollouts: Iterable[Shown], tasks: Mapping[str, Task], longest: int) -> TrajectoriesDocument:
    """Rollouts of one evaluation.

    Args:
        rollouts: The rollouts.
        tasks: What was asked, by task id; of a task that is not there, the first thing the user said is shown.
        longest: Characters a text, or the JSON of an argument or result, may have before its middle is left out.
    """
    return TrajectoriesDocument(
        rollouts=tuple(_view(shown, tasks.get(shown.result.trajectory.task_id), longest) for shown in rollouts)
    )


def asked_in(messages: Iterable[Message]) -> str:
    """What the user said first, "" where no user said anything."""
    return next((message.text for message in messages if isinstance(message, UserMessage)), "")


def _view(shown: Shown, task: Task | None, longest: int) -> RolloutView:
    cut = _Cutter(longest)
    trajectory, score = shown.result.trajectory, shown.result.score
    return RolloutView(
        task=trajectory.task_id,
        repeat=trajectory.repeat,
        question=cut.text(task.text if task else asked_in(trajectory.messages)),
        target=cut.value(task.target) if task else None,
        messages=() if shown.left_out else tuple(map(cut.message, trajectory.messages)),
        calls=() if shown.left_out else tuple(map(cut.call, trajectory.calls)),
        offered=trajectory.offered,
        answer=None if trajectory.answer is None else cut.text(trajectory.answer),
        end=trajectory.end,
        error=cut.text(trajectory.error),
        usage=trajectory.usage,
        seconds=trajectory.seconds,
        score=None if score is None else score.value,
        why=cut.text(score.reason) if score else "",
        details=cut.named(score.details) if score else {},
        shortened="; ".join(filter(None, (shown.left_out, cut.note))),
    )


@dataclass
class _Cutter:
    """Shortens, and counts what it shortened."""

    longest: int
    texts: int = 0
    characters: int = 0

    @property
    def note(self) -> str:
        if not self.texts:
            return ""
        texts, are = count_of(self.texts, "text"), "is" if self.texts == 1 else "are"
        return f"{texts} of more than {self.longest:,} characters {are} shortened, by {self.characters:,}"

    def text(self, text: str) -> str:
        if len(text) > self.longest:
            self.texts += 1
            self.characters += len(text) - self.longest
        return shortened(text, self.longest)

    def value(self, value: JsonValue) -> JsonValue:
        """A JSON value, or as much of its text as there is room for."""
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, dict | list):
            return value
        text = json.dumps(value, ensure_ascii=False)
        return value if len(text) <= self.longest else self.text(text)

    def named(self, values: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """An object whose values have room each; one with too many of them becomes one text."""
        cut = {name: self.value(value) for name, value in values.items()}
        names = sum(map(len, cut))
        return cut if names <= self.longest else {"…": self.value(values)}

    def message(self, message: Message) -> Message:
        text = self.text(message.text)
        if not isinstance(message, AssistantMessage):
            return message if text is message.text else message.model_copy(update={"text": text})
        calls = tuple(call.model_copy(update={"arguments": self.text(call.arguments)}) for call in message.calls)
        return AssistantMessage(text=text, calls=calls)

    def call(self, call: Call) -> Call:
        texts = self.texts
        outcome = {
            "result": self.value(call.outcome.result),
            "error": self.text(call.outcome.error),
            "stdout": self.text(call.outcome.stdout),
        }
        changes = {"name": self.text(call.name), "arguments": call.arguments and self.named(call.arguments)}
        if self.texts == texts:
            return call
        return call.model_copy(update={**changes, "outcome": call.outcome.model_copy(update=outcome)})
