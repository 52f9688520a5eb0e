"""What a cell took: to learn, which is what it used without the readings of its sealed test; and a task's share.

The sealed test is the experimenter's: whoever only wants the functions would not read it. A training that keeps nothing
has read it once, and its record holds that one reading as both sides.

Example:
    learning(record).tokens, a_task(group.scores("test", "after"))
"""

import math
from collections.abc import Sequence
from typing import Final

from toolwright.experiments.records import CellRecord
from toolwright.experiments.statistics import BySeed
from toolwright.experiments.tables.shown import dollars, minutes_text, number
from toolwright.messages import Usage

_DIGITS: Final = 9
"""Decimals of an amount in dollars: a cheap model's request takes millionths, and a difference has none beyond."""

LEARNING_NOTE: Final = (
    "Requests, tokens and dollars are those of learning: of both roles, without the readings of the sealed test and "
    "without curves and transfers. Minutes are wall-clock time with the sealed test."
)
EXAMPLES_NOTE: Final = (
    "Examples are the train rollouts, tasks x repeats, that candidates were really judged on, of all epochs or merges; "
    "those of the starting set, of screenings, and of the incumbent on a later batch are not among them."
)
READINGS_NOTE: Final = (
    "Readings are the curves and transfers that tables wanted read beside the trainings: none of the other columns has "
    "them in it. Their minutes are those in which a rollout was under way."
)
TASK_NOTE: Final = "Tokens and requests a task are the agent's, the mean of a rollout of a test task."


def used_by(record: CellRecord) -> Usage:
    """What both roles used, the sealed test among it."""
    return sum(record.usage.values(), Usage())


def learning(record: CellRecord) -> Usage:
    """What both roles used to learn."""
    return _without(used_by(record), read_test(record))


def learning_agent(record: CellRecord) -> Usage:
    """What the agent used to learn; the sealed test asks none but the agent."""
    return _without(record.usage.get("agent", Usage()), read_test(record))


def read_test(record: CellRecord) -> Usage:
    """What the sealed test took; nothing where it was not read to its end."""
    if record.test is None:
        return Usage()
    before, after = record.test.before, record.test.after
    sides = [after] if before is None or before == after else [before, after]
    return sum((side.usage for side in sides), Usage())


def read_beside(record: CellRecord) -> Usage:
    """What was read beside a training: its curve, its transfers."""
    return record.measuring


def readings_minutes(records: Sequence[CellRecord]) -> float:
    """How long these readings took together, in minutes."""
    return math.fsum(record.measuring_minutes for record in records)


def examples_of(records: Sequence[CellRecord]) -> float | None:
    """Train rollouts that a cell's candidates were judged on, the mean over records; None where there are no epochs."""
    each = [sum(point.examples for point in record.points if point.epoch) for record in records if record.points]
    return math.fsum(each) / len(each) if each else None


def a_task(scores: BySeed) -> float | None:
    """Tokens a rollout takes; None where there are none."""
    count = rollouts(scores)
    return rollout_usage(scores).tokens / count if count else None


def requests_a_task(scores: BySeed) -> float | None:
    """Requests a rollout makes; None where there are none."""
    count = rollouts(scores)
    return rollout_usage(scores).requests / count if count else None


def rollouts(scores: BySeed) -> int:
    """How many rollouts an evaluation has, over seeds."""
    return sum(len(some) for one in scores.values() for some in one.by_task.values())


def rollout_usage(scores: BySeed) -> Usage:
    """What they took together."""
    return sum((one.usage for one in scores.values()), Usage())


def took(records: Sequence[CellRecord]) -> tuple[str, str, str, str]:
    """Requests, tokens and dollars of learning, and minutes, of a cell, each the mean over these records."""
    used = mean_usage([learning(record) for record in records])
    minutes = math.fsum(record.minutes for record in records) / len(records)
    return number(used.requests), number(used.tokens), dollars(used), minutes_text(minutes)


def mean_usage(usages: Sequence[Usage]) -> Usage:
    """The mean of several; counts are rounded, an unknown price stays unknown."""
    total, count = sum(usages, Usage()), len(usages)
    return Usage(
        requests=round(total.requests / count),
        input_tokens=round(total.input_tokens / count),
        output_tokens=round(total.output_tokens / count),
        cached_tokens=round(total.cached_tokens / count),
        dollars=None if total.dollars is None else total.dollars / count,
    )


def _without(whole: Usage, part: Usage) -> Usage:
    """The rest, never below nothing; unknown where either price is."""
    unknown = whole.dollars is None or part.dollars is None
    return Usage(
        requests=max(0, whole.requests - part.requests),
        input_tokens=max(0, whole.input_tokens - part.input_tokens),
        output_tokens=max(0, whole.output_tokens - part.output_tokens),
        cached_tokens=max(0, whole.cached_tokens - part.cached_tokens),
        dollars=None if unknown else max(0.0, round((whole.dollars or 0.0) - (part.dollars or 0.0), _DIGITS)),
    )
