"""Divide, train on the parts, merge, read the test: a cell of the method "divide".

Example:
    record = await Divide().run(work)
    [point.decision for point in record.points]    # the start, the parts, one a round of merges
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pydantic import Field

from toolwright.base import Frozen
from toolwright.errors import ConfigError
from toolwright.experiments.measuring.estimates import estimate_fit, estimate_reading, repeated
from toolwright.experiments.methods.divide.dividing import divided, paced, share_of
from toolwright.experiments.methods.divide.finishing import Finishing
from toolwright.experiments.methods.divide.shared import shared_sandbox
from toolwright.experiments.methods.divide.trained import train_parts
from toolwright.experiments.methods.stages import options_of
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord
from toolwright.parts import checked_gate
from toolwright.tasks import TaskSet
from toolwright.training.estimate import HIGH
from toolwright.training.outlay import RoleEstimate
from toolwright.training.trainer import Splits

READINGS: Final = 4 + HIGH.learned
"""What a merge runs each task with, as estimated at the most: both sets, their union, its variants, the result."""


class DivideOptions(Frozen):
    """The method's own options: how many parts the train tasks are divided into."""

    parts: int = Field(default=4, ge=2)


class Divide:
    """Trains on parts of the train tasks and merges what was learned; a `MethodRunner`."""

    async def run(self, work: CellWork) -> CellRecord:
        """What the merged functions came to; goes on with the parts' runs, the merges' and the test's.

        Raises:
            ConfigError: The tasks cannot be divided so, or there are validation tasks.
            ToolwrightError: As the message says.
        """
        tasks = _tasks_of(work)
        async with shared_sandbox(work) as sandbox:
            shared = replace(work, sandbox=sandbox)
            parts = await train_parts(_one_part(shared, len(tasks), self._shares(work, tasks)), tasks)
            return await Finishing(shared, parts).record()

    def estimate(self, work: CellWork) -> RoleEstimate:
        """What the parts, the merges and the test take; of the merges nothing at the least: nothing may be learned.

        Raises:
            ConfigError: As `run`.
        """
        tasks = _tasks_of(work)
        rest = repeated(estimate_reading(work.config, work.base, work.splits.train), 0, READINGS * _rounds(len(tasks)))
        if work.splits.test is not None:
            rest += repeated(estimate_reading(work.config, work.base, work.splits.test), 1, 2)
        return sum((_fit(work, part) for part in tasks), rest)

    def _shares(self, work: CellWork, tasks: Sequence[TaskSet]) -> float:
        """What one part's training takes of the whole at the most, 0 to 1; the rest is kept for merges and test."""
        return _fit(work, tasks[0]).requests.high / self.estimate(work).requests.high


def _tasks_of(work: CellWork) -> tuple[TaskSet, ...]:
    """The parts' tasks, found fit to be trained on.

    Raises:
        ConfigError: They are not, an option is wrong, or there are validation tasks.
    """
    if work.splits.validation is not None:
        raise ConfigError(
            f"cell {work.key.id}: a divide method judges parts and merges on their train tasks and has no use for "
            f"validation tasks; set methods.{work.key.method}.draw = {{ validation = 0 }}"
        )
    tasks = divided(work.splits.train, options_of(DivideOptions, work).parts, work.key.seed)
    checked_gate(work.config.training, Splits(train=tasks[-1]))  # the last part is the smallest
    return tasks


def _rounds(parts: int) -> int:
    return (parts - 1).bit_length()


def _fit(work: CellWork, part: TaskSet) -> RoleEstimate:
    return estimate_fit(replace(work, splits=Splits(train=part)))


def _one_part(work: CellWork, parts: int, share: float) -> CellWork:
    """The work with a part's share of limits and paces."""
    limits = share_of(work.config.limits, share, share * parts)
    models = paced(work.config.models, parts)
    return replace(work, config=work.config.model_copy(update={"limits": limits, "models": models}))
