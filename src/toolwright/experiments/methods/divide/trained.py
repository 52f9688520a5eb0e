"""The trainings of the parts, each in a run of its own, all at once.

Example:
    parts = await train_parts(work, divided(work.splits.train, 4, work.key.seed))
    parts[0].result.best.functions.names
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from toolwright.api import Trainer
from toolwright.errors import ModelUnavailable
from toolwright.experiments.measuring.points import points_of
from toolwright.experiments.measuring.side_runs import begun, named
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import Point
from toolwright.messages import Usage
from toolwright.resuming import is_final
from toolwright.runs.folder import RunFolder
from toolwright.sync import together
from toolwright.tasks import TaskSet
from toolwright.training.result import TrainingResult
from toolwright.training.trainer import Splits


def part_name(number: int) -> str:
    """The name of a part's run; `number` is from 1."""
    return f"part-{number}"


@dataclass(frozen=True)
class Part:
    """A part of the train tasks, and what the training on it came to.

    Attributes:
        tasks: The part's.
        result: What came of it; None where the provider failed before the starting set was evaluated.
        ended: Why it ended, in a sentence.
        usage: What it used, by role, over all sessions.
        minutes: How long it took, over all sessions.
        points: Its epochs; their numbers of functions say nothing.
    """

    tasks: TaskSet
    result: TrainingResult | None
    ended: str
    usage: dict[str, Usage]
    minutes: float
    points: tuple[Point, ...]

    @property
    def final(self) -> bool:
        """Whether it came to its own end."""
        return self.result is not None and is_final(self.result)


async def train_parts(work: CellWork, parts: Sequence[TaskSet]) -> list[Part]:
    """Trains on each part; what was begun goes on, what had ended is only read.

    Args:
        work: The cell's work with the limits, the paces and the sandbox of one part.
        parts: The parts.

    Raises:
        ToolwrightError: As `Trainer.fit`.
    """
    return await together(_trained(work, tasks, part_name(number)) for number, tasks in enumerate(parts, start=1))


async def _trained(work: CellWork, tasks: TaskSet, name: str) -> Part:
    path = work.runs / name
    trainer = Trainer.of(named(replace(work, splits=Splits(train=tasks)), name))
    try:
        result = await trainer.afit(tasks, resume=path if begun(path) else None)
        ended = result.end_text
    except ModelUnavailable as error:
        result, ended = None, str(error)
    with RunFolder.read(path) as folder:
        points = tuple(points_of(folder.store, result, {})) if result is not None else ()
        usage, minutes = folder.store.usage(), folder.store.minutes
    return Part(tasks, result, ended, usage, minutes, points)
