"""Diverse sampling: some tasks at random, then again and again those least like the ones chosen (CRAFT, step 1)."""

import random

from toolwright.experiments.methods.craft.similarity import Similarity
from toolwright.tasks import Task, TaskSet


def diverse(tasks: TaskSet, count: int, *, first: int, each: int, seed: int) -> TaskSet:
    """Draws tasks that differ.

    A task's likeness to another is its likeness to it by BM25, as a share of that to itself; what counts of a task not
    chosen yet is its greatest likeness to any chosen one.

    Args:
        tasks: What is drawn from.
        count: How many are drawn; all there are where there are no more.
        first: How many of them at random, 1 or more.
        each: How many are taken at a time, 1 or more.
        seed: Of the random ones.

    Returns:
        The tasks, in the set's order.
    """
    likeness = _likeness(tasks.tasks)
    places = range(len(tasks))
    count = min(count, len(tasks))
    chosen = random.Random(seed).sample(places, min(first, count))  # noqa: S311 - a draw, not a secret
    while len(chosen) < count:
        others = [place for place in places if place not in chosen]
        others.sort(key=lambda place: max(likeness[place][one] for one in chosen))
        chosen += others[: min(each, count - len(chosen))]
    return TaskSet(name=f"{tasks.name}, sampled", tasks=tuple(tasks.tasks[place] for place in sorted(chosen)))


def _likeness(tasks: tuple[Task, ...]) -> list[list[float]]:
    """How like each task is to each."""
    index = Similarity([task.text for task in tasks])
    scores = [index.to(task.text) for task in tasks]
    return [[score / (row[place] or 1.0) for score in row] for place, row in enumerate(scores)]
