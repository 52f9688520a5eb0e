"""How far a training is: a fold over its events, read by the live display."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from toolwright.cli.telling import paused, tell, waiting
from toolwright.errors import RunError
from toolwright.events import (
    EvaluationFinished,
    EvaluationStarted,
    Event,
    ModelRetried,
    PaceWaited,
    ProviderPaused,
    ProviderResumed,
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
    """Where a training is; evaluations that run side by side (train and validation) are shown as one."""

    epochs: int = 0
    epoch: int = 0
    splits: tuple[str, ...] = ()
    running: int = 0
    done: int = 0
    total: int = 0
    points: float = 0.0
    retries: int = 0
    latest: tuple[str, ...] = ()
    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)
    _pause: ProviderPaused | None = None
    _paused_at: float = 0.0
    _pace: PaceWaited | None = None
    _paced_at: float = 0.0

    def __post_init__(self) -> None:
        """Begins to count the time."""
        self.began = self.clock()

    @property
    def doing(self) -> str:
        """What is under way."""
        return " + ".join(dict.fromkeys(self.splits)) or "starting"

    @property
    def mean(self) -> float | None:
        """The mean score of the rollouts scored so far, None before the first."""
        return self.points / self.done if self.done else None

    @property
    def waits(self) -> tuple[str, ...]:
        """A provider's outage and a wait for one's own limit, each counted down in a line; as far as there are any."""
        lines: list[str] = []
        now = self.clock()
        if self._pause is not None:
            passed = now - self._paused_at
            lines.append(paused(self._pause, self._pause.wait - passed, self._pause.since + passed))
        if self._pace is not None:
            lines.append(waiting(self._pace, self._pace.wait - (now - self._paced_at)))
        return tuple(line for line in lines if line)

    def take(self, event: Event) -> None:
        """Takes one event in."""
        match event:
            case RunStarted():
                self.epochs = event.epochs
            case EvaluationStarted():
                self._part(event.epoch, event.split, event.rollouts)
                self.running += 1
            case EvaluationFinished():
                self.running -= 1
            case StepStarted():
                self.running = 0
                self._part(event.epoch, "optimizer", 0)
            case RolloutFinished() if event.score is not None:
                self.done += 1
                self.points += event.score
            case ModelRetried():
                self.retries += 1
            case ProviderPaused() | PaceWaited():
                self._wait(event)
                return  # it has a line of its own
            case ProviderResumed():
                self._pause = None  # roles may share a provider, so whoever is answered says it for all
            case _:
                pass
        if line := tell(event):
            self.latest = (*self.latest, line)[-KEPT:]

    def _wait(self, event: ProviderPaused | PaceWaited) -> None:
        """A wait begins; an outage and a wait for one's own limit are told side by side."""
        if isinstance(event, ProviderPaused):
            self._pause, self._paused_at = event, self.clock()
        else:
            self._pace, self._paced_at = event, self.clock()

    def _part(self, epoch: int, name: str, rollouts: int) -> None:
        """A part begins, beside those under way or in the place of those that ended."""
        if not self.running:
            self.splits, self.done, self.total, self.points = (), 0, 0, 0.0
        self.epoch = max(self.epoch, epoch)  # more repeats of the incumbent belong to the epoch it was accepted in
        self.splits = (*self.splits, name)
        self.total += rollouts


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
