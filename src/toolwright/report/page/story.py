"""What a run's events tell an overview: where its epochs begin and end, and what must be known of it; a fold.

Example:
    story = Story()
    for timed in store.events(story.ordinal):
        story.take(timed)
"""

from dataclasses import dataclass, field

from toolwright.events import (
    EpochFinished,
    EvaluationFinished,
    EvaluationStarted,
    RaceStopped,
    RunStarted,
    StepStarted,
    TaskSetGiven,
    Warned,
)
from toolwright.report.page.doing import Doing
from toolwright.runs.store import TimedEvent


@dataclass
class Story:
    """What was told so far.

    Attributes:
        ordinal: The place of the last event taken in.
        started: The training's beginning, as it was told last; None where there was none.
        tasks_told: Whether the events say what the tasks are, as those of older runs do not.
        rollouts: How many rollouts the starting set's first evaluation takes, by split.
        steps: Where an epoch's first step begins, by epoch.
        ends: Where an epoch ended, by epoch; 0 is the starting set's evaluation.
        best: The incumbent's mean score on the training tasks after an epoch.
        warned: What was warned of.
        raced: Epochs whose candidate lost a race.
        evaluated: Evaluations that were no part of a training.
        doing: What goes on now.
    """

    ordinal: int = 0
    started: RunStarted | None = None
    tasks_told: bool = False
    rollouts: dict[str, int] = field(default_factory=dict[str, int])
    steps: dict[int, int] = field(default_factory=dict[int, int])
    ends: dict[int, int] = field(default_factory=dict[int, int])
    best: dict[int, float] = field(default_factory=dict[int, float])
    warned: dict[str, None] = field(default_factory=dict[str, None])
    raced: set[int] = field(default_factory=set[int])
    evaluated: list[EvaluationFinished] = field(default_factory=list[EvaluationFinished])
    doing: Doing = field(default_factory=Doing)

    def take(self, timed: TimedEvent) -> None:
        """Takes one event in."""
        self.ordinal = timed.ordinal
        self.doing.take(timed.event)
        if isinstance(timed.event, Warned):
            self.warned[timed.event.text] = None
        elif timed.session == "training":
            self._train(timed)
        elif isinstance(timed.event, EvaluationFinished):
            self.evaluated.append(timed.event)

    def _train(self, timed: TimedEvent) -> None:
        match event := timed.event:
            case RunStarted():
                self.started = event
            case TaskSetGiven():
                self.tasks_told = True
            case EvaluationStarted() if event.epoch == 0 and event.split != "test":
                self.rollouts.setdefault(event.split, event.rollouts)
            case EvaluationFinished() if event.epoch == 0 and event.split != "test" and not self.steps:
                self.ends[0] = timed.ordinal
            case StepStarted():
                self.steps.setdefault(event.epoch, timed.ordinal)
            case EpochFinished():
                self.ends[event.epoch] = timed.ordinal
                self.best[event.epoch] = 1 - event.best
            case RaceStopped():
                self.raced.add(event.epoch)
            case _:
                pass
