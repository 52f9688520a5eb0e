"""The paper's generalisation bound as it really is, beside an honest confidence interval.

Theorem A.4: with probability 1 - delta, the expected test loss of the functions that training chose is above that of
the best functions there are by no more than 2 * sqrt(beta * ln(2 / delta) / (2 n)), for n training tasks and losses of
range beta.

What it is worth (appendix A, read closely):

- It holds for functions fixed before the training tasks are seen. Training chooses them by those very tasks, and the
  proof has no union over, or capacity of, the functions it could have chosen.
- It uses its lemma for two sets of functions at once, so that 1 - delta is 1 - 2 delta.
- It assumes that training finds the best functions for the training tasks.
- Hoeffding's inequality has beta squared, not beta; for losses 0 to 1 that is the same.

Whatever is thought of that: at 20 tasks it promises less than 61 points, which is no promise. The interval of a test
set that nothing was chosen by needs none of it.

Example:
    >>> round(theorem_a4(20), 2), round(theorem_a4(10), 2)
    (0.61, 0.86)
"""

import math

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation
from toolwright.training.intervals import Interval, interval_of


def theorem_a4(tasks: int, delta: float = 0.05, beta: float = 1.0) -> float:
    """The paper's bound on the expected excess test loss.

    Args:
        tasks: Training tasks, at least 1.
        delta: The chance that it does not hold, as the paper states it, above 0 and below 1.
        beta: The range of a task's loss.

    Returns:
        0 and up; 1 or more says nothing of losses from 0 to 1.

    Raises:
        ValueError: An argument is out of its range.
    """
    if tasks < 1 or not 0 < delta < 1 or beta <= 0:
        raise ValueError(
            f"no bound for tasks={tasks}, delta={delta:g}, beta={beta:g}: need 1+, above 0 below 1, above 0"
        )
    return 2 * math.sqrt(beta * math.log(2 / delta) / (2 * tasks))


class Generalisation(Frozen):
    """The paper's bound for a training set beside the confidence interval of tasks that training did not see.

    Attributes:
        train_tasks: Training tasks.
        delta: Of both: the bound's chance to fail, and 1 - the interval's level.
        bound: Theorem A.4's.
        interval: The mean score on the unseen tasks; None where there were none.
    """

    train_tasks: int
    delta: float
    bound: float
    interval: Interval | None


def generalisation_of(train_tasks: int, unseen: Evaluation | None, delta: float = 0.05) -> Generalisation:
    """Puts the two beside each other.

    Args:
        train_tasks: How many tasks the optimizer and its gate's strict rule read, at least 1.
        unseen: A complete evaluation of tasks that nothing was chosen by: the sealed test.
        delta: As in `theorem_a4`.
    """
    return Generalisation(
        train_tasks=train_tasks,
        delta=delta,
        bound=theorem_a4(train_tasks, delta),
        interval=None if unseen is None else interval_of(unseen, 1 - delta),
    )
