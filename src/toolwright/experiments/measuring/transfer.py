"""Domain transfer: learned functions on the test tasks of domains they were not learned in (paper, Fig. 3).

Example:
    scores = await transferred("geometry", other, work, result.best, spent)
    scores.mean
"""

from dataclasses import replace

from toolwright.experiments.measuring.side_runs import Took, evaluated, named, side_run
from toolwright.experiments.methods.work import CellWork, Other
from toolwright.experiments.records import Scores
from toolwright.parameters import Parameters


def transfer_name(domain: str) -> str:
    """The name of the run on a domain's tasks."""
    return f"transfer-{domain}"


async def transferred(domain: str, other: Other, work: CellWork, parameters: Parameters, beside: Took) -> Scores:
    """The scores of parameters on another domain's test tasks, by its agent's options and its scorer.

    Args:
        domain: The other domain's name.
        other: Its tasks, and how its own cells run and score them.
        work: The cell's work.
        parameters: What was learned.
        beside: What the cell took so far without this.

    Raises:
        Ended: The provider or the budget left a task without a score; those scored are kept.
        ToolwrightError: As the message says.
    """
    config = work.config.model_copy(update={"agent": other.agent, "scorer": other.scorer})
    parts = named(replace(work, config=config), transfer_name(domain))
    async with side_run(parts, other.tasks, beside) as machine:
        return Scores.of(await evaluated(machine, parameters, other.tasks))
