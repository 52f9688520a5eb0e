"""What two evaluations of the same tasks are compared by: one difference a task, and the noise of a mean score.

A task is the unit, however often it is repeated: repeats make a task's own score more certain, they are no further
tasks.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import variance
from typing import Literal

from toolwright.evaluations import Evaluation, Result

Cost = Literal["tokens", "requests", "seconds"]


def score_differences(incumbent: Evaluation, candidate: Evaluation, repeats: int) -> list[float]:
    """Candidate's less incumbent's sum of scores over the first `repeats` of each task, in task order."""
    ours, theirs = (_by_task(evaluation, repeats) for evaluation in (incumbent, candidate))
    return [
        math.fsum([*(r.value for r in theirs[task]), *(-r.value for r in results)])  # exact: a tie is 0, not 1e-17
        for task, results in ours.items()
    ]


def cost_by_task(evaluation: Evaluation, repeats: int, cost: Cost) -> dict[str, float]:
    """What the first `repeats` of each task used together, by task."""
    return {
        task: math.fsum(_cost(result, cost) for result in results)
        for task, results in _by_task(evaluation, repeats).items()
    }


def noise_of(evaluation: Evaluation) -> float | None:
    """The run-to-run standard deviation of an evaluation's mean score, from how its repeats of a task differ.

    It says how far the mean would lie elsewhere if the same agent ran the same tasks as often once more.

    Returns:
        0 to 0.5, or None where a task has one repeat only, which cannot tell.
    """
    scores = evaluation.scores_by_task()
    if not scores or min(len(values) for values in scores.values()) < 2:
        return None
    return math.sqrt(math.fsum(variance(values) / len(values) for values in scores.values())) / len(scores)


def figures(incumbent: Evaluation, candidate: Evaluation, repeats: int) -> str:
    """Both means over the first `repeats`, and on what, as a reason says it."""
    before, after = incumbent.first(repeats).mean, candidate.first(repeats).mean
    tasks = len(incumbent.scores_by_task())
    times = f"{tasks} tasks x {repeats} repeat{'' if repeats == 1 else 's'}"
    return f"{after:.3f} against {before:.3f} on {candidate.split} ({times})"


def _by_task(evaluation: Evaluation, repeats: int) -> Mapping[str, Sequence[Result]]:
    found: dict[str, list[Result]] = {}
    for result in evaluation.results:
        if result.trajectory.repeat < repeats:
            found.setdefault(result.trajectory.task_id, []).append(result)
    return found


def _cost(result: Result, cost: Cost) -> float:
    trajectory = result.trajectory
    return {
        "tokens": float(trajectory.usage.tokens),
        "requests": float(trajectory.usage.requests),
        "seconds": trajectory.seconds,
    }[cost]
