"""The parts a set of train tasks is divided into, and what of a cell's limits each part's training may use; pure.

Example:
    >>> from toolwright.tasks import Task
    >>> tasks = TaskSet(name="five", tasks=tuple(Task(id=f"t{n}", question=f"{n}?") for n in range(5)))
    >>> [len(part) for part in divided(tasks, 2, seed=0)]
    [3, 2]
"""

import random
from collections.abc import Collection, Sequence

from toolwright.config.schema import Models
from toolwright.errors import ConfigError
from toolwright.models.ledger import Limits
from toolwright.models.spec import ModelSpec
from toolwright.tasks import Task, TaskSet


def divided(train: TaskSet, parts: int, seed: int) -> tuple[TaskSet, ...]:
    """Disjoint parts that together are all train tasks, in task order, their sizes equal or one apart.

    Args:
        train: The train tasks.
        parts: How many parts.
        seed: Another one divides otherwise.

    Raises:
        ConfigError: There are fewer tasks than parts.
    """
    if parts > len(train):
        raise ConfigError(
            f"options.parts: {len(train)} train tasks cannot be divided into {parts} parts; "
            "give more tasks or fewer parts"
        )
    order = random.Random(f"{train.digest} {seed}").sample(train.tasks, len(train))  # noqa: S311 - a draw, not a secret
    return tuple(
        chosen(train, {task.id for task in order[number::parts]}, f"{train.name}, part {number + 1} of {parts}")
        for number in range(parts)
    )


def chosen(train: TaskSet, ids: Collection[str], name: str) -> TaskSet:
    """The train tasks of those ids, in task order."""
    return TaskSet(name=name, tasks=tuple(task for task in train.tasks if task.id in ids))


def joined(train: TaskSet, parts: Sequence[TaskSet]) -> TaskSet:
    """The tasks of several parts, in the order of the train tasks they are of."""
    tasks: list[Task] = [task for part in parts for task in part.tasks]
    return chosen(train, {task.id for task in tasks}, train.name)


def share_of(limits: Limits, each: float, together: float) -> Limits:
    """What one part of several that run at once may use.

    Args:
        limits: The cell's.
        each: The part's share, 0 to 1, of what is used up.
        together: All parts' share: of the minutes they have as much, since they run at once.
    """
    return Limits(
        requests=_whole(limits.requests, each),
        tokens=_whole(limits.tokens, each),
        dollars=None if limits.dollars is None else limits.dollars * each,
        minutes=None if limits.minutes is None else limits.minutes * together,
    )


def _whole(limit: int | None, share: float) -> int | None:
    return None if limit is None else max(1, int(limit * share))


def paced(models: Models, parts: int) -> Models:
    """The models with a part's share of what they may be asked at once and in a minute."""
    return Models.model_validate({role: _paced(spec, parts) for role, spec in models.by_role().items()})


def _paced(spec: ModelSpec, parts: int) -> ModelSpec:
    minute = {"requests_per_minute": spec.requests_per_minute, "tokens_per_minute": spec.tokens_per_minute}
    shares = {name: None if limit is None else limit / parts for name, limit in minute.items()}
    return spec.model_copy(update={"concurrency": max(1, spec.concurrency // parts), **shares})
