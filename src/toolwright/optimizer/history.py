"""The history an optimizer reads: failures first, then sampled successes, long outputs shortened, within a budget."""

import json
import random
from typing import Final

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation, Result
from toolwright.messages import AssistantMessage, Message, ToolMessage, UserMessage
from toolwright.optimizer.budget_text import tokens_of
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
    by_id = {task.id: task for task in tasks.tasks}
    failed = [r for r in evaluation.results if r.value < 1.0]
    solved = [r for r in evaluation.results if r.value >= 1.0]
    order = random.Random(evaluation.parameters)  # noqa: S311 - a sample that repeats, not a secret
    detail = next((d for d in DETAILS if _size(failed, by_id, d, show_targets) <= tokens * FAILURES_SHARE), DETAILS[-1])
    place = {(r.trajectory.task_id, r.trajectory.repeat): index for index, r in enumerate(evaluation.results)}
    blocks: dict[int, str] = {}
    room = tokens - tokens_of(_sentence(len(failed), len(solved), detail)) - 1
    for group in (failed, solved):
        for result in _shuffled_if_needed(group, room, by_id, detail, show_targets, order):
            block = _block(result, by_id, detail, show_targets)
            if tokens_of(block) + 1 <= room:
                room -= tokens_of(block) + 1
                blocks[place[result.trajectory.task_id, result.trajectory.repeat]] = block
    shown = [evaluation.results[index] for index in sorted(blocks)]
    failures = sum(r.value < 1.0 for r in shown)
    cut = detail if any(_longest(result) > detail for result in shown) else 0
    missing = _sentence(len(failed) - failures, len(solved) - (len(shown) - failures), cut)
    text = "\n\n".join(blocks[index] for index in sorted(blocks, key=lambda i: (evaluation.results[i].value >= 1.0, i)))
    return History(text=text, failures=failures, successes=len(shown) - failures, left_out=missing)


def _size(results: list[Result], by_id: dict[str, Task], detail: int, show_targets: bool) -> int:
    return sum(tokens_of(_block(result, by_id, detail, show_targets)) + 1 for result in results)


def _shuffled_if_needed(  # noqa: PLR0917 - private, one caller
    group: list[Result],
    room: int,
    by_id: dict[str, Task],
    detail: int,
    show_targets: bool,
    order: random.Random,
) -> list[Result]:
    """In task order where all fit, else a seeded sample."""
    if _size(group, by_id, detail, show_targets) <= room:
        return group
    return order.sample(group, len(group))


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
