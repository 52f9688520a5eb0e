"""How far a training is: a fold over its events, read by the live display."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from toolwright.cli.telling import tell
from toolwright.errors import RunError
from toolwright.events import (
    EvaluationFinished,
    EvaluationStarted,
    Event,
    ModelRetried,
    RolloutFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from toolwright.messages import Usage
from toolwright.runs.folder import DATABASE
from toolwright.runs.store import RunStore

KEPT: Final = 4
"""Latest lines that are kept to be shown."""

LOOK_SECONDS: Final = 0.5


@dataclass
class Progress:
    """Where a training is."""

    epochs: int = 0
    epoch: int = 0
    doing: str = "starting"
    done: int = 0
    total: int = 0
    points: float = 0.0
    retries: int = 0
    latest: tuple[str, ...] = ()
    began: float = field(default_factory=time.monotonic)

    @property
    def mean(self) -> float | None:
        """The mean score of the rollouts scored so far, None before the first."""
        return self.points / self.done if self.done else None

    def take(self, event: Event) -> None:
        """Takes one event in."""
        match event:
            case RunStarted():
                self.epochs = event.epochs
            case EvaluationStarted():
                self.epoch, self.doing = event.epoch, event.split
                self.done, self.total, self.points = 0, event.rollouts, 0.0
            case StepStarted():
                self.epoch, self.doing = event.epoch, "optimizer"
                self.done, self.total, self.points = 0, 0, 0.0
            case RolloutFinished() if event.score is not None:
                self.done += 1
                self.points += event.score
            case ModelRetried():
                self.retries += 1
            case _:
                pass
        if line := tell(event):
            self.latest = (*self.latest, line)[-KEPT:]


class UsageMeter:
    """What a run's journal says was used so far; looked up twice a second, and when a part of the run ends.

    Args:
        root: The folder that holds runs.
        clock: Seconds that only go forward; for tests.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root, self._clock = root, clock
        self._store: RunStore | None = None
        self._looked = float("-inf")
        self.used = Usage()

    def take(self, event: Event) -> None:
        """Opens the journal when the run starts; looks it up again when time has passed."""
        with suppress(RunError):  # a display never stops a run
            if isinstance(event, RunStarted):
                self._store = RunStore.read(self._root / event.run / DATABASE)
            due = self._clock() - self._looked >= LOOK_SECONDS or isinstance(event, EvaluationFinished | StepFinished)
            if self._store is not None and due:
                self._looked = self._clock()
                self.used = sum(self._store.usage().values(), Usage())

    def close(self) -> None:
        """Closes the journal."""
        if self._store is not None:
            self._store.close()
