"""Domain transfer: learned functions on the test tasks of domains they were not learned in (paper, Fig. 3).

Example:
    scores = await transferred(work, result.best, spent)
    scores["geometry"].mean
"""

from dataclasses import replace

from toolwright.experiments.measuring.side_runs import Took, evaluated, named, side_run, took_in
from toolwright.experiments.methods.work import CellWork, Other
from toolwright.experiments.records import Scores
from toolwright.parameters import Parameters


def transfer_name(domain: str) -> str:
    """The name of the run on a domain's tasks."""
    return f"transfer-{domain}"


async def transferred(work: CellWork, parameters: Parameters, beside: Took) -> dict[str, Scores]:
    """The scores of parameters on each other domain's test tasks, by domain, in the order of `work.others`.

    The agent is the other domain's: its options and its scorer, as its own cells have them.

    Args:
        work: The cell's work.
        parameters: What was learned.
        beside: What the cell took so far without this.

    Raises:
        Ended: The provider or the budget left a task without a score; the domains before it are kept.
        ToolwrightError: As the message says.
    """
    found: dict[str, Scores] = {}
    for domain, other in work.others.items():
        found[domain] = await _on(domain, other, work, parameters, beside)
        beside = beside.with_more(took_in(work.runs / transfer_name(domain)))
    return found


async def _on(domain: str, other: Other, work: CellWork, parameters: Parameters, beside: Took) -> Scores:
    config = work.config.model_copy(update={"agent": other.agent, "scorer": other.scorer})
    parts = named(replace(work, config=config), transfer_name(domain))
    async with side_run(parts, other.tasks, beside) as machine:
        return Scores.of(await evaluated(machine, parameters, other.tasks))
