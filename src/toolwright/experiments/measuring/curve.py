"""A learning curve on the test tasks: what every epoch proposed, run on them afterwards (paper, Fig. 2).

These readings are for the figure alone. They are made when the training has ended and its sealed test was read, in a
run of their own: nothing is selected by them, and the training's own seal stays as it is. A curve's best epoch is
therefore no result.

Example:
    means = await learning_curve(work, result, candidates, spent)
    means[3]
"""

from collections.abc import Mapping
from typing import Final

from toolwright.experiments.measuring.side_runs import Took, evaluated, named, side_run
from toolwright.experiments.methods.work import CellWork
from toolwright.parameters import Parameters
from toolwright.sync import together
from toolwright.training.result import TrainingResult

CURVE: Final = "curve"
"""The name of the run."""


async def learning_curve(
    work: CellWork, result: TrainingResult, candidates: Mapping[int, Parameters], beside: Took
) -> dict[int, float]:
    """The mean score on the test tasks of what each epoch proposed, by epoch; empty where there are no test tasks.

    The starting and the best set were read at the end of the training: their scores are taken from there.

    Args:
        work: The cell's work.
        result: What its training came to.
        candidates: What each epoch proposed, the starting set as 0.
        beside: What the cell took so far without this.

    Raises:
        Ended: The provider or the budget left a task without a score.
        ToolwrightError: As the message says.
    """
    tests = work.splits.test
    if tests is None or result.test is None:
        return {}
    means = {reading.parameters: reading.mean for reading in (result.test.before, result.test.after)}
    if missing := unread_by_test(result, candidates):
        async with side_run(named(work, CURVE), tests, beside) as machine:
            found = await together(evaluated(machine, parameters, tests) for parameters in missing)
        means |= {reading.parameters: reading.mean for reading in found}
    return {epoch: means[parameters.digest] for epoch, parameters in candidates.items()}


def unread_by_test(result: TrainingResult, candidates: Mapping[int, Parameters]) -> tuple[Parameters, ...]:
    """What was proposed and is not among the two sets that the sealed test read, each set once."""
    read = {side.parameters for side in (result.test.before, result.test.after)} if result.test else set[str]()
    proposed = {parameters.digest: parameters for parameters in candidates.values()}
    return tuple(parameters for digest, parameters in proposed.items() if digest not in read)
