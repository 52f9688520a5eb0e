"""The history an optimizer reads: failures first, then sampled successes, long outputs shortened, within a budget.

With a running history what is left of the budget goes to the tasks of earlier batches, failures first, newest first.
"""

import json
import random
from collections.abc import Sequence
from typing import Final

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation, Result
from toolwright.messages import AssistantMessage, Message, ToolMessage, UserMessage
from toolwright.optimizer.budget_text import CHARACTERS_PER_TOKEN, tokens_of
from toolwright.optimizer.step import EarlierRollout
from toolwright.rendering import render, shorten
from toolwright.tasks import Task, TaskSet

DETAILS: Final = (4_000, 1_500, 600, 200)
"""Characters of one message, from the most detailed rendering to the least."""

FAILURES_SHARE: Final = 0.75
"""The failures' share of the budget before successes get what is left."""

EARLIER: Final = (
    "Conversations marked as earlier are the last ones on training tasks of earlier rounds, which are not among those "
    "scored above; as data these tasks have the key `earlier`."
)


class History(Frozen):
    """What an optimizer is shown of an evaluation.

    Attributes:
        text: The conversations, ready for the prompt.
        failures: Failed rollouts shown.
        successes: Successful rollouts shown.
        left_out: What is missing and what earlier conversations are, "" where there is nothing to say.
        earlier: Rollouts of earlier batches shown beside these.
    """

    text: str
    failures: int
    successes: int
    left_out: str
    earlier: int = 0


def select_history(
    evaluation: Evaluation,
    tasks: TaskSet,
    *,
    tokens: int,
    show_targets: bool = True,
    earlier: Sequence[EarlierRollout] = (),
) -> History:
    """Chooses and renders conversations within a token budget, in task order; equal input gives equal text.

    Args:
        evaluation: Whose conversations.
        tasks: What they are about.
        tokens: The budget, in tokens of 4 characters.
        show_targets: Whether targets and the scorer's reasons are in it.
        earlier: A running history: what it shows of earlier batches, in the order in which it is wanted, with the room
            that the evaluation leaves.
    """
    blocks = _Blocks(evaluation, tasks, earlier, show_targets)
    count = len(evaluation.results)
    failed, solved = blocks.split(range(count))
    before = blocks.split(range(count, count + len(earlier)))
    order = random.Random(evaluation.parameters)  # noqa: S311 - a sample that repeats, not a secret
    detail = next((d for d in DETAILS if blocks.fit(failed, d, tokens * FAILURES_SHARE)), DETAILS[-1])
    chosen: dict[int, str] = {}
    room = tokens - tokens_of(_sentence(len(failed), len(solved), detail, len(earlier), len(earlier))) - 1
    for group in (failed, solved, *before):
        ordered = group in before or blocks.fit(group, detail, room)
        for n in group if ordered else order.sample(group, len(group)):
            if blocks.least(n, detail) < room and (size := tokens_of(blocks.text(n, detail)) + 1) <= room:
                room -= size
                chosen[n] = blocks.text(n, detail)
    shown = [n for group in (failed, solved, *before) for n in group if n in chosen]
    failures, successes = (sum(n in chosen for n in group) for group in (failed, solved))
    others = len(shown) - failures - successes
    cut = detail if any(blocks.longest(n) > detail for n in shown) else 0
    missing = _sentence(len(failed) - failures, len(solved) - successes, cut, others, len(earlier) - others)
    text = "\n\n".join(chosen[n] for n in shown)
    return History(text=text, failures=failures, successes=successes, left_out=missing, earlier=others)


def mark_of(result: Result, parameters: str) -> str:
    """How an earlier rollout is to be read beside those of the parameters with that digest."""
    return "with the functions above" if result.trajectory.parameters == parameters else "with other functions"


class _Blocks:
    """Conversations as text, each rendered when it is first wanted: of thousands few are. Earlier ones come last."""

    def __init__(
        self, evaluation: Evaluation, tasks: TaskSet, earlier: Sequence[EarlierRollout], show_targets: bool
    ) -> None:
        own = {task.id: task for task in tasks.tasks}
        self._shown = [(result, own[result.trajectory.task_id], "") for result in evaluation.results]
        self._shown += [
            (one.result, one.task, f" (earlier, {mark_of(one.result, evaluation.parameters)})") for one in earlier
        ]
        self._show_targets = show_targets
        self._texts: dict[tuple[int, int], str] = {}

    def split(self, places: Sequence[int]) -> tuple[list[int], list[int]]:
        """Those of failed and of solved tasks."""
        failed = [n for n in places if self._shown[n][0].value < 1.0]
        return failed, [n for n in places if self._shown[n][0].value >= 1.0]

    def text(self, n: int, detail: int) -> str:
        """The conversation of a result, by its place."""
        if (n, detail) not in self._texts:
            self._texts[n, detail] = _block(*self._shown[n], detail, self._show_targets)
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
        result, task, _ = self._shown[n]
        said = sum(min(len(message.text), detail) for message in _said(result.trajectory.messages))
        return (said + min(len(task.question), detail)) // CHARACTERS_PER_TOKEN

    def longest(self, n: int) -> int:
        """Characters of the longest message."""
        said = _said(self._shown[n][0].trajectory.messages)
        return max((len(message.text) for message in said), default=0)


def _sentence(failures: int, successes: int, detail: int, earlier: int = 0, unshown: int = 0) -> str:
    left = ((failures, "failed"), (successes, "solved"), (unshown, "earlier"))
    parts = [f"{n} {what}" for n, what in left if n]
    missing = f"Left out for want of room: {' and '.join(parts)} conversations. " if parts else ""
    shortened = f"Long messages are shortened to {detail} characters." if detail else ""
    return f"{missing}{shortened}{' ' * bool(earlier and shortened)}{EARLIER if earlier else ''}"


def _block(result: Result, task: Task, mark: str, detail: int, show_targets: bool) -> str:
    """One conversation: the task, its target, what was said and called, and how it was scored."""
    trajectory = result.trajectory
    verdict = f"score {result.value:g}" + (f" ({result.score.reason})" if result.score and result.score.reason else "")
    heading = f"## Task {task.id}{mark}: {verdict if show_targets else f'score {result.value:g}'}"
    lines = [heading, shorten(task.text, detail)]
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
