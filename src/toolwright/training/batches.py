"""Batches: the training tasks an epoch works on, drawn anew for each, and what earlier ones showed (paper, Fig. 4).

The incumbent is run on the batch, the optimizer reads that history, the candidate is run on the same batch, and the
gate compares both there. So a prompt and an epoch cost no more on 2,000 training tasks than on 20; with a running
history the optimizer still sees, beside the batch, the last conversation on every task of earlier batches.

Example:
    >>> from toolwright.tasks import Task
    >>> tasks = TaskSet(name="four", tasks=tuple(Task(id=f"t{n}", question=f"{n}?") for n in range(4)))
    >>> batches = Batches(tasks, 2)
    >>> [task.id for task in batches.of(1).tasks], [task.id for task in batches.of(2).tasks]
    (['t0', 't2'], ['t2', 't3'])
"""

import random
from typing import Literal

from toolwright.errors import ConfigError
from toolwright.evaluations import Evaluation, Result
from toolwright.optimizer.step import EarlierRollout
from toolwright.tasks import TaskSet

HistoryKind = Literal["batch", "running"]
"""What the optimizer reads: the epoch's own evaluation, or the last conversation on earlier tasks, too."""


class Batches:
    """Draws the batches of one training, and remembers what happened on them.

    Args:
        train: The training tasks.
        size: Tasks of a batch, at most as many as there are; 0 for all of them, in every epoch.
        history: Whether earlier batches are shown.
        seed: Another one draws other batches, 0 and up.

    Attributes:
        size: Tasks of a batch.
        drawn: Whether batches are drawn at all; if not, each is the whole training set.
    """

    def __init__(self, train: TaskSet, size: int = 0, history: HistoryKind = "batch", seed: int = 0) -> None:
        self._train, self._running, self._seed = train, history == "running", seed
        self.size = min(size, len(train)) or len(train)
        self.drawn = self.size < len(train)
        self._seen: dict[str, tuple[int, Result]] = {}  # by task id: the epoch, and the last rollout in it

    def of(self, epoch: int) -> TaskSet:
        """An epoch's batch, in task order: another draw in every epoch, the same in every replay.

        The starting set is evaluated on the first epoch's, as epoch 0.
        """
        if not self.drawn:
            return self._train
        return some_of(self._train, self.size, self._train.digest, max(1, epoch), self._seed)

    def evaluated(self, evaluation: Evaluation) -> TaskSet:
        """The batch that an evaluation is of."""
        ids = {result.trajectory.task_id for result in evaluation.results}
        return TaskSet(name=self._train.name, tasks=tuple(task for task in self._train.tasks if task.id in ids))

    def remember(self, epoch: int, evaluation: Evaluation) -> None:
        """Takes in how an epoch ended: the evaluation of the set it went on with, on its batch."""
        if self._running:
            self._seen |= {result.trajectory.task_id: (epoch, result) for result in evaluation.results}

    def earlier(self, batch: TaskSet) -> tuple[EarlierRollout, ...]:
        """The last rollout on each task seen before and not in this batch; the newest epoch first, in task order."""
        here = {task.id for task in batch.tasks}
        known = [task for task in self._train.tasks if task.id in self._seen and task.id not in here]
        known.sort(key=lambda task: -self._seen[task.id][0])
        return tuple(EarlierRollout(task=task, result=self._seen[task.id][1]) for task in known)


def some_of(tasks: TaskSet, size: int, digest: str, epoch: int, seed: int) -> TaskSet:
    """So many of the tasks, in their order; the same in every replay, others by digest, epoch and seed."""
    by = f"{digest} {epoch} {seed}" if seed else f"{digest} {epoch}"  # runs from before there were seeds go on
    places = sorted(random.Random(by).sample(range(len(tasks)), size))  # noqa: S311 - a sample that repeats, not a secret
    return TaskSet(name=tasks.name, tasks=tuple(tasks.tasks[place] for place in places))


def check_batches(train: TaskSet, size: int, history: HistoryKind) -> None:
    """Checks that batches can be drawn as the options say.

    Raises:
        ConfigError: They cannot.
    """
    if size > len(train):
        raise ConfigError(
            f"training.batch: a batch of {size} tasks cannot be drawn from {len(train)} training tasks; give more, "
            "make the batch smaller, or leave it out to work on all of them in every epoch"
        )
    if history == "running" and not size:
        raise ConfigError(
            'training.history: "running" adds what earlier batches showed, and without `batch` there are none: every '
            "epoch shows all training tasks; set training.batch, or leave history out"
        )
