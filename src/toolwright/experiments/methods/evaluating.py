"""The method "none": the agent without functions, only evaluated, for what a training is compared with.

With `agent.interpreter = true` it is the agent that writes its code anew in every task.

Example:
    record = await EvaluationMethod().run(work)
    record.test.after.mean
"""

from typing import Final

from toolwright.errors import ConfigError
from toolwright.experiments.measuring.estimates import estimate_reading
from toolwright.experiments.measuring.side_runs import evaluated, named, side_run, took_in
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord, Pair, Scores
from toolwright.tasks import TaskSet
from toolwright.training.outlay import RoleEstimate
from toolwright.training.state import Ended

EVALUATION: Final = "evaluation"
"""The name of the run."""


class EvaluationMethod:
    """Evaluates an agent on a cell's test tasks with the functions its configuration starts from: none, as a rule."""

    async def run(self, work: CellWork) -> CellRecord:
        """What the agent scores; no training or validation task is read.

        Raises:
            ConfigError: The cell has no test tasks.
            ToolwrightError: As the message says.
        """
        record = CellRecord(key=work.key, digest=work.digest)
        try:
            test = Pair(after=await self._scores(work, _tests(work)))
            record = record.model_copy(update={"test": test, "reason": "the test tasks were read"})
        except Ended as ended:
            record = record.model_copy(update={"status": "incomplete", "reason": str(ended)})
        spent = took_in(work.runs / EVALUATION)
        return record.model_copy(update={"usage": {"agent": spent.usage}, "minutes": spent.minutes})

    def estimate(self, work: CellWork) -> RoleEstimate:
        """What the test tasks will take; ConfigError where there are none."""
        return estimate_reading(work.config, work.base, _tests(work), learned=False)

    async def _scores(self, work: CellWork, tests: TaskSet) -> Scores:
        parts = named(work, EVALUATION)
        async with side_run(parts, tests) as machine:
            return Scores.of(await evaluated(machine, parts.start, tests))


def _tests(work: CellWork) -> TaskSet:
    if work.splits.test is None:
        raise ConfigError(f"the cell {work.key.id} has no test tasks to read; set draw.test of its domain or method")
    return work.splits.test
