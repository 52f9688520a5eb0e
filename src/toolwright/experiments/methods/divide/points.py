"""A divided training step by step, as points like an epoch's: the start, the parts, and every round of merges.

Example:
    points = points_of_parts(before, parts, results, rounds)
    max(point.prompt_tokens for point in points)
"""

import math
from collections.abc import Sequence

from toolwright.evaluations import Evaluation
from toolwright.experiments.methods.divide.rounds import Round
from toolwright.experiments.methods.divide.trained import Part
from toolwright.experiments.records import Point
from toolwright.training.result import TrainingResult


def points_of_parts(
    before: Evaluation, parts: Sequence[Part], results: Sequence[TrainingResult], rounds: Sequence[Round]
) -> tuple[Point, ...]:
    """The points; a mean is over the tasks of the parts it is of, a number of functions the largest set's.

    Args:
        before: The starting set on all train tasks.
        parts: The parts.
        results: What their trainings came to.
        rounds: The rounds of merges.
    """
    start = Point(
        epoch=0,
        decision="start",
        train=before.mean,
        best=before.mean,
        functions=len(results[0].start.functions),
        requests=sum(part.points[0].requests for part in parts),
        examples=sum(part.points[0].examples for part in parts),
    )
    return (start, _parts(parts, results), *(_round(number, done) for number, done in enumerate(rounds, start=2)))


def _parts(parts: Sequence[Part], results: Sequence[TrainingResult]) -> Point:
    """All epochs of all parts: each part's best set on its own tasks."""
    mean = _mean([result.train.after for result in results])
    later = [point for part in parts for point in part.points if point.epoch > 0]
    return Point(
        epoch=1,
        decision="accept" if any(result.best != result.start for result in results) else "none",
        train=mean,
        best=mean,
        functions=max(len(result.functions) for result in results),
        prompt_tokens=max((point.prompt_tokens for point in later), default=0),
        requests=sum(point.requests for point in later),
        examples=sum(point.examples for point in later),
    )


def _round(number: int, done: Round) -> Point:
    return Point(
        epoch=number,
        decision="accept" if any(merge.accepted for merge in done.merges) else "reject",
        train=_mean([merge.merged for merge in done.merges]),
        best=_mean([merge.kept for merge in done.merges]),
        functions=max(len(merge.share.parameters.functions) for merge in done.merges),
        requests=done.requests,
        examples=done.examples,
    )


def _mean(evaluations: Sequence[Evaluation]) -> float:
    """The mean over all their rollouts."""
    values = [result.value for evaluation in evaluations for result in evaluation.results]
    return math.fsum(values) / len(values)
