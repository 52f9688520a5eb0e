"""Evaluations for the tests of gates: scores as rows of repeats, one row a task."""

from collections.abc import Sequence

from support import rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.messages import Usage

Rows = Sequence[Sequence[float]]


def scored(
    rows: Rows, parameters: str = "p", *, tokens: Sequence[int] = (), seconds: float = 0.0, split: str = "validation"
) -> Evaluation:
    """An evaluation with these scores; each rollout of a task used so many tokens, in one request."""
    tasks = sums(len(rows))
    used = tokens or [0] * len(rows)
    results = [
        rolled(
            task,
            score,
            repeat=repeat,
            parameters=parameters,
            usage=Usage(requests=1, input_tokens=spent),
            seconds=seconds,
        )
        for task, scores, spent in zip(tasks.tasks, rows, used, strict=True)
        for repeat, score in enumerate(scores)
    ]
    return Evaluation(parameters=parameters, tasks=tasks.digest, split=split, results=tuple(results))


def repeated(scores: Sequence[float], repeats: int) -> Rows:
    """The same score on every repeat of a task."""
    return [[score] * repeats for score in scores]


def share(right: int, tasks: int) -> list[float]:
    """So many tasks right, the rest wrong."""
    return [1.0] * right + [0.0] * (tasks - right)
