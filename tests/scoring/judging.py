"""A task and an answer, short to write."""

from collections.abc import Sequence

from pydantic import JsonValue

from toolwright.evaluations import Score
from toolwright.protocols import Scorer
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory


def answered(answer: str | None) -> Trajectory:
    return Trajectory(task_id="t", repeat=0, parameters="p", answer=answer)


async def judged(
    scorer: Scorer,
    answer: str | None,
    target: JsonValue,
    *,
    choices: Sequence[str] = (),
    metadata: dict[str, JsonValue] | None = None,
) -> Score:
    task = Task(id="t", question="?", target=target, choices=tuple(choices), metadata=metadata or {})
    return await scorer.score(task, answered(answer))
