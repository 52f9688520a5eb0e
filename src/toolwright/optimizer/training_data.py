"""The training tasks and what happened on them as data for code: one JSON object a task, within a bound.

Nothing of a task is ever shortened; conversations are, and are left out where even short ones would be too much. Of
earlier batches (a running history) the last rollout on each task follows, marked `"earlier": "with other functions"`.
"""

import json
from collections.abc import Iterable
from typing import Final, cast

from pydantic import JsonValue

from toolwright.evaluations import Result
from toolwright.messages import AssistantMessage, Message
from toolwright.optimizer.history import mark_of
from toolwright.optimizer.step import StepContext
from toolwright.rendering import shorten
from toolwright.tasks import Task
from toolwright.trajectories import Call

MOST_CHARACTERS: Final = 4_000_000
"""How much the conversations may make of it; the sandbox reads this much in about half a second."""

DETAILS: Final = (10_000, 1_000, 200, 0)
"""Characters of one message or value, from the most detail to none: conversations are left out."""

DEEPEST: Final = 60
"""Levels of lists and objects that are kept as data; Python's parser takes 200."""


def training_data(context: StepContext, *, show_targets: bool, characters: int = MOST_CHARACTERS) -> str:
    """One line of JSON for each training task that is shown, in order, with as much detail as fits.

    Args:
        context: What the step starts from.
        show_targets: Whether the targets and the scorer's reasons are in it.
        characters: The bound; a set whose tasks alone take more is written whole, without conversations.
    """
    results: dict[str, list[Result]] = {one.task.id: [one.result] for one in context.earlier}
    marks = {one.task.id: mark_of(one.result, context.incumbent.digest) for one in context.earlier}
    for result in context.evaluation.results:
        results.setdefault(result.trajectory.task_id, []).append(result)
    for detail in DETAILS:
        lines: list[str] = []
        size = 0
        for task in context.shown.tasks:
            row = _task(task, results.get(task.id, []), detail, show_targets)
            if task.id in marks:
                row["earlier"] = marks[task.id]
            lines.append(json.dumps(row, ensure_ascii=False))
            size += len(lines[-1])
            if size > characters and detail:
                break
        else:
            return "\n".join(lines)
    raise AssertionError("the last detail always fits")


def _task(task: Task, results: Iterable[Result], detail: int, show_targets: bool) -> dict[str, JsonValue]:
    row: dict[str, JsonValue] = {
        "id": task.id,
        "question": task.question,
        "context": task.context,
        "choices": list(task.choices),
        "files": [file.name for file in task.files],
    }
    if show_targets:
        row["target"] = task.target if _depth(task.target) <= DEEPEST else _text(task.target)
    return {**row, "rollouts": [_rollout(result, detail, show_targets) for result in results]}


def _rollout(result: Result, detail: int, show_targets: bool) -> dict[str, JsonValue]:
    trajectory = result.trajectory
    row: dict[str, JsonValue] = {
        "repeat": trajectory.repeat,
        "score": result.score.value if result.score else None,
        "answer": None if trajectory.answer is None else shorten(trajectory.answer, max(detail, DETAILS[-2])),
        "end": trajectory.end,
        "error": shorten(trajectory.error, DETAILS[-2]),
        "messages": [_message(message, detail) for message in trajectory.messages[2:]] if detail else None,
        "calls": [_call(call, detail) for call in trajectory.calls] if detail else None,
    }
    if show_targets:
        row["reason"] = shorten(result.score.reason, DETAILS[-2]) if result.score else ""
    return row


def _message(message: Message, detail: int) -> dict[str, JsonValue]:
    row: dict[str, JsonValue] = {"role": message.kind, "text": shorten(message.text, detail)}
    if isinstance(message, AssistantMessage) and message.calls:
        row["calls"] = [{"name": call.name, "arguments": shorten(call.arguments, detail)} for call in message.calls]
    return row


def _call(call: Call, detail: int) -> dict[str, JsonValue]:
    made = {"name": call.name, "arguments": _value(call.arguments, detail), "status": call.outcome.status}
    if call.outcome.ok:
        return {**made, "result": _value(call.outcome.result, detail)}
    return {**made, "error": shorten(call.outcome.error, detail)}


def _value(value: JsonValue, detail: int) -> JsonValue:
    """The value itself, or the beginning and end of its JSON text where it is long or deep."""
    text = _text(value)
    shallow = text.count("[") + text.count("{") <= DEEPEST or _depth(value) <= DEEPEST
    return value if shallow and len(text) <= detail else shorten(text, detail)


def _text(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)


def _depth(value: JsonValue) -> int:
    """Levels of lists and objects, counted no further than is of interest."""
    level, depth = [value], 0
    while depth <= DEEPEST and (level := [item for outer in level for item in _items(outer)]):
        depth += 1
    return depth


def _items(value: JsonValue) -> list[JsonValue]:
    """What a list or an object holds; a place-holder for an empty one, which is a level too."""
    if isinstance(value, dict):
        return list(value.values()) or [None]
    return (cast("list[JsonValue]", value) or [None]) if isinstance(value, list) else []
