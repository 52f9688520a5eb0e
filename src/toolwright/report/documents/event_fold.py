"""What a run's events tell its documents, folded once: its tasks, its decisions, where its epochs begin and end.

Example:
    fold = EventFold()
    fold.follow(store)  # again and again while the run goes on: takes what is new
    fold.activity.progress
"""

from collections import Counter
from dataclasses import dataclass, field

from toolwright.events import (
    ActionAdmitted,
    ActionRefused,
    BatchDrawn,
    EpochFinished,
    EvaluationFinished,
    EvaluationStarted,
    GateDecided,
    RaceStopped,
    RunStarted,
    StepStarted,
    TaskSetGiven,
    Warned,
)
from toolwright.report.documents.activity import Activity
from toolwright.runs.store import RunStore, TimedEvent
from toolwright.tasks import Task


@dataclass
class EventFold:
    """What was told so far.

    Attributes:
        ordinal: The place of the last event taken in.
        started: The training's beginning, as it was told last; None where there was none.
        tasks: What the tasks are, by split and task id; empty of older runs, whose events do not say.
        decisions: The gate's by epoch, its last where it looked several times; "start" of the starting set.
        rollouts: How many rollouts the starting set's first evaluation takes, by split.
        steps: Where an epoch begins, by epoch: with its batch, else with its first step.
        ends: Where an epoch ended, by epoch; 0 is the starting set's evaluation.
        best: The incumbent's mean score on the training tasks after an epoch.
        warned: What was warned of.
        raced: Epochs whose candidate lost a race.
        actions: Actions admitted by epoch, of all its proposals.
        refused: Actions refused by epoch, of all its proposals.
        evaluated: Evaluations that were no part of a training.
        activity: What goes on now.
    """

    ordinal: int = 0
    started: RunStarted | None = None
    tasks: dict[str, dict[str, Task]] = field(default_factory=dict[str, dict[str, Task]])
    decisions: dict[int, str] = field(default_factory=lambda: {0: "start"})
    rollouts: dict[str, int] = field(default_factory=dict[str, int])
    steps: dict[int, int] = field(default_factory=dict[int, int])
    ends: dict[int, int] = field(default_factory=dict[int, int])
    best: dict[int, float] = field(default_factory=dict[int, float])
    warned: dict[str, None] = field(default_factory=dict[str, None])
    raced: set[int] = field(default_factory=set[int])
    actions: Counter[int] = field(default_factory=Counter[int])
    refused: Counter[int] = field(default_factory=Counter[int])
    evaluated: list[EvaluationFinished] = field(default_factory=list[EvaluationFinished])
    activity: Activity = field(default_factory=Activity)

    def follow(self, store: RunStore) -> None:
        """Takes in what was told since the last time.

        Raises:
            RunError: An event is damaged; those before it are taken in.
        """
        for timed in store.events(self.ordinal):
            self.ordinal = timed.ordinal
            self._take(timed)

    def _take(self, timed: TimedEvent) -> None:
        self.activity.take(timed.event)
        if isinstance(timed.event, Warned):
            self.warned[timed.event.text] = None
        elif isinstance(timed.event, TaskSetGiven):
            self.tasks.setdefault(timed.event.split, {}).update({task.id: task for task in timed.event.tasks})
        elif timed.session == "training":
            self._train(timed)
        elif isinstance(timed.event, EvaluationFinished):
            self.evaluated.append(timed.event)

    def _train(self, timed: TimedEvent) -> None:
        match event := timed.event:
            case RunStarted():
                self.started = event
            case EvaluationStarted() if event.epoch == 0 and event.split != "test":
                self.rollouts.setdefault(event.split, event.rollouts)
            case EvaluationFinished() if event.epoch == 0 and event.split != "test" and not self.steps:
                self.ends[0] = timed.ordinal
            case BatchDrawn() | StepStarted() if event.epoch:
                self.steps.setdefault(event.epoch, timed.ordinal)
            case GateDecided():
                self.decisions[event.epoch] = event.decision
            case EpochFinished():
                self.ends[event.epoch] = timed.ordinal
                self.best[event.epoch] = 1 - event.best
            case ActionAdmitted():
                self.actions[event.epoch] += 1
            case ActionRefused():
                self.refused[event.epoch] += 1
            case RaceStopped():
                self.raced.add(event.epoch)
            case _:
                pass
