"""Train scores before and after where every epoch had other tasks: both sets on the best one's last batch.

The starting set was run on the batches up to the first acceptance, the best one on those from its own on. So that the
two can be compared, the starting set is run on the best one's last batch, too, unless it was.

Example:
    pair, ended = await train_pair(first, best, contests, batches, ended)
"""

from toolwright.evaluations import Evaluation, Result
from toolwright.training.batches import Batches
from toolwright.training.contest import Contests
from toolwright.training.result import BeforeAfter
from toolwright.training.state import Ended, Evaluated
from toolwright.trajectories import Trajectory


async def train_pair(
    first: Evaluated, best: Evaluated, contests: Contests, batches: Batches, ended: Ended
) -> tuple[BeforeAfter, Ended]:
    """The pair, and how the training ended: by the budget or the provider where the starting set's evaluation was.

    Args:
        first: The starting set with its first evaluation.
        best: The best set with its last one.
        contests: Evaluates.
        batches: The training's.
        ended: How the epochs ended; nothing is asked where the budget or the provider ended them, and the evaluation
            before then has no scores.
    """
    if first.parameters == best.parameters and batches.drawn:
        return BeforeAfter.on_same_samples(best.train, best.train), ended
    if first.train.tasks == best.train.tasks:
        return BeforeAfter.on_same_samples(first.train, best.train), ended
    if ended.end not in ("budget", "provider"):
        try:
            there = await contests.on(batches.evaluated(best.train)).caught_up(first, 0)
            return BeforeAfter.on_same_samples(there.train, best.train), ended
        except Ended as error:
            ended = error
    return BeforeAfter.on_same_samples(_unread(first, best.train, ended), best.train), ended


def _unread(first: Evaluated, after: Evaluation, ended: Ended) -> Evaluation:
    """An evaluation of the starting set on those tasks that was not made: no rollout of it has a score."""
    digest, end = first.parameters.digest, "budget" if ended.end == "budget" else "provider"
    missing = tuple(
        Result(
            trajectory=Trajectory(
                task_id=result.trajectory.task_id,
                repeat=result.trajectory.repeat,
                parameters=digest,
                end=end,
                error=str(ended),
            ),
            score=None,
        )
        for result in after.results
    )
    return after.model_copy(update={"parameters": digest, "results": missing})
