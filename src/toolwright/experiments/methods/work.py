"""What a method is given for one cell, and what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from toolwright.config.schema import Agent, Config, Kind
from toolwright.experiments.matrix import Method
from toolwright.experiments.records import CellKey, CellRecord
from toolwright.parts import Parts, parts_of
from toolwright.protocols import EventSink, Sandbox
from toolwright.tasks import TaskSet
from toolwright.training.outlay import RoleEstimate
from toolwright.training.trainer import Splits


@dataclass(frozen=True)
class Other:
    """Another domain's test tasks, and how the cell's agent is run and scored on them.

    Attributes:
        tasks: Its test tasks, as its own cells draw them.
        agent: The agent as its own cells have it: of the experiment's `agents`, the other domain's `agent` and the
            method's, key by key.
        scorer: The other domain's.
    """

    tasks: TaskSet
    agent: Agent
    scorer: Kind


@dataclass(frozen=True)
class CellWork:
    """One cell's work.

    Attributes:
        key: Which cell.
        digest: Of all it is made of.
        method: The method.
        config: The configuration of its trainings and evaluations: agent, models, scorer, training, limits (what is
            left of the experiment's budget is in them). Its runs are kept below `config.run.folder`, the cell's own.
        base: What paths in it are relative to.
        splits: Its tasks.
        curve: Whether what each epoch of its training proposed is still to be read on the test tasks.
        others: The other domains on whose test tasks what was learned is still to be read, by name.
        events: Are told what happens.
        sandbox: Where functions run; None for what the configuration names.
    """

    key: CellKey
    digest: str
    method: Method
    config: Config
    base: Path
    splits: Splits
    curve: bool = False
    others: Mapping[str, Other] = field(default_factory=dict[str, Other])
    events: Sequence[EventSink] = ()
    sandbox: Sandbox | None = None

    @property
    def runs(self) -> Path:
        """The folder its runs are kept in."""
        return Path(self.config.run.folder)

    def parts(self) -> Parts:
        """The parts its configuration names, as objects."""
        return parts_of(self.config, self.base, self.events, sandbox=self.sandbox)


class MethodRunner(Protocol):
    """Runs one kind of method. It can be broken off anywhere and called again: what its runs hold is asked once.

    What is read beside a training is none of it (`experiments.measuring.readings`).
    """

    async def run(self, work: CellWork) -> CellRecord:
        """What the cell came to; status "incomplete" where the provider or the budget ended it.

        Raises:
            ToolwrightError: The cell cannot be run.
        """
        ...

    def estimate(self, work: CellWork) -> RoleEstimate:
        """What the cell will take without readings beside it, low and high, both roles together; asks nobody."""
        ...
