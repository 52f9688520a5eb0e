"""The history an optimizer reads: failures first, then sampled successes, long outputs shortened, within a budget."""

import json
import random
from typing import Final

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation, Result
from toolwright.messages import AssistantMessage, Message, ToolMessage, UserMessage
from toolwright.optimizer.budget_text import CHARACTERS_PER_TOKEN, tokens_of
from toolwright.rendering import render, shorten
from toolwright.tasks import Task, TaskSet

DETAILS: Final = (4_000, 1_500, 600, 200)
"""Characters of one message, from the most detailed rendering to the least."""

FAILURES_SHARE: Final = 0.75
"""The failures' share of the budget before successes get what is left."""


class History(Frozen):
    """What an optimizer is shown of an evaluation.

    Attributes:
        text: The conversations, ready for the prompt.
        failures: Failed rollouts shown.
        successes: Successful rollouts shown.
        left_out: One sentence on what is missing, "" where nothing is.
    """

    text: str
    failures: int
    successes: int
    left_out: str


def select_history(evaluation: Evaluation, tasks: TaskSet, *, tokens: int, show_targets: bool = True) -> History:
    """Chooses and renders conversations within a token budget, in task order; equal input gives equal text."""
    blocks = _Blocks(evaluation, tasks, show_targets)
    failed = [n for n, result in enumerate(evaluation.results) if result.value < 1.0]
    solved = [n for n, result in enumerate(evaluation.results) if result.value >= 1.0]
    order = random.Random(evaluation.parameters)  # noqa: S311 - a sample that repeats, not a secret
    detail = next((d for d in DETAILS if blocks.fit(failed, d, tokens * FAILURES_SHARE)), DETAILS[-1])
    chosen: dict[int, str] = {}
    room = tokens - tokens_of(_sentence(len(failed), len(solved), detail)) - 1
    for group in (failed, solved):
        for n in group if blocks.fit(group, detail, room) else order.sample(group, len(group)):
            if blocks.least(n, detail) < room and (size := tokens_of(blocks.text(n, detail)) + 1) <= room:
                room -= size
                chosen[n] = blocks.text(n, detail)
    shown = [n for group in (failed, solved) for n in group if n in chosen]
    failures = sum(evaluation.results[n].value < 1.0 for n in shown)
    cut = detail if any(_longest(evaluation.results[n]) > detail for n in shown) else 0
    missing = _sentence(len(failed) - failures, len(solved) - (len(shown) - failures), cut)
    text = "\n\n".join(chosen[n] for n in shown)
    return History(text=text, failures=failures, successes=len(shown) - failures, left_out=missing)


class _Blocks:
    """An evaluation's conversations as text, each rendered when it is first wanted: of thousands few are."""

    def __init__(self, evaluation: Evaluation, tasks: TaskSet, show_targets: bool) -> None:
        self._results = evaluation.results
        self._tasks = {task.id: task for task in tasks.tasks}
        self._show_targets = show_targets
        self._texts: dict[tuple[int, int], str] = {}

    def text(self, n: int, detail: int) -> str:
        """The conversation of a result, by its place."""
        if (n, detail) not in self._texts:
            self._texts[n, detail] = _block(self._results[n], self._tasks, detail, self._show_targets)
        return self._texts[n, detail]

    def fit(self, places: list[int], detail: int, room: float) -> bool:
        """Whether they take no more tokens than that; no more are rendered than it takes to tell."""
        size = 0
        for n in places:
            size += tokens_of(self.text(n, detail)) + 1
            if size > room:
                return False
        return True

    def least(self, n: int, detail: int) -> int:
        """Tokens the text takes at the least, without rendering it."""
        trajectory = self._results[n].trajectory
        said = sum(min(len(message.text), detail) for message in _said(trajectory.messages))
        return (said + min(len(self._tasks[trajectory.task_id].question), detail)) // CHARACTERS_PER_TOKEN


def _sentence(failures: int, successes: int, detail: int) -> str:
    parts = [f"{n} {what}" for n, what in ((failures, "failed"), (successes, "solved")) if n]
    missing = f"Left out for want of room: {' and '.join(parts)} conversations. " if parts else ""
    return missing + (f"Long messages are shortened to {detail} characters." if detail else "")


def _longest(result: Result) -> int:
    """Characters of a rollout's longest message."""
    return max((len(message.text) for message in _said(result.trajectory.messages)), default=0)


def _block(result: Result, by_id: dict[str, Task], detail: int, show_targets: bool) -> str:
    """One conversation: the task, its target, what was said and called, and how it was scored."""
    trajectory = result.trajectory
    task = by_id[trajectory.task_id]
    verdict = f"score {result.value:g}" + (f" ({result.score.reason})" if result.score and result.score.reason else "")
    lines = [f"## Task {task.id}: {verdict if show_targets else f'score {result.value:g}'}", shorten(task.text, detail)]
    if show_targets and task.target is not None:
        lines.append(f"Target: {shorten(_target(task), detail)}")
    lines += [line for message in _said(trajectory.messages) for line in _lines(message, detail)]
    made = [call for call in trajectory.calls if call.turn >= _answered(trajectory.messages)]
    lines += [f"Call {call.name}: {render(call.outcome, detail)}" for call in made]
    answer = "none" if trajectory.answer is None else shorten(trajectory.answer, detail)
    ended = "" if trajectory.end == "answer" else f" (ended by {trajectory.end}{_because(trajectory.error)})"
    return "\n".join([*lines, f"Answer given: {answer}{ended}"])


def _because(error: str) -> str:
    return f": {shorten(error, 300)}" if error else ""


def _target(task: Task) -> str:
    return task.target if isinstance(task.target, str) else json.dumps(task.target, ensure_ascii=False)


def _said(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The conversation after the instructions and the task itself."""
    return messages[2:]


def _answered(messages: tuple[Message, ...]) -> int:
    """The first turn whose calls the conversation does not show."""
    turns = [i for i, message in enumerate(messages) if isinstance(message, AssistantMessage)]
    return len(turns) - 1 if turns and turns[-1] == len(messages) - 1 else len(turns)


def _lines(message: Message, detail: int) -> list[str]:
    if isinstance(message, AssistantMessage):
        said = [f"Assistant: {shorten(message.text, detail)}"] if message.text else []
        return said + [f"Assistant calls {call.name}({shorten(call.arguments, detail)})" for call in message.calls]
    if isinstance(message, ToolMessage):
        return [f"{message.name} → {shorten(message.text, detail)}"]
    return [f"User: {shorten(message.text, detail)}"] if isinstance(message, UserMessage) else []
