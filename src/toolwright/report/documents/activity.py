"""What a run is doing now: a fold over its events, in the order they were told, also over several sessions.

Example:
    activity = Activity()
    for event in events:
        activity.take(event)
    activity.progress.text  # "epoch 2: evaluating the candidate on train"
"""

from dataclasses import dataclass, field

from toolwright.events import (
    EpochFinished,
    EvaluationFinished,
    EvaluationStarted,
    Event,
    GateDecided,
    ProviderPaused,
    ProviderResumed,
    RolloutFinished,
    RunFinished,
    StepFinished,
    StepStarted,
)
from toolwright.report.documents.overview.values import Progress


@dataclass
class Part:
    """An evaluation under way, and how far it is."""

    begun: EvaluationStarted
    done: int = 0
    points: float = 0.0


@dataclass
class Activity:
    """Where a run is; evaluations that run side by side (train and validation) are told as one."""

    ended: bool = False
    _epoch: int = 0
    _incumbent: int = 0
    _parts: dict[tuple[int, str, str], Part] = field(default_factory=dict[tuple[int, str, str], Part])
    _steps: set[int] = field(default_factory=set[int])
    _paused: ProviderPaused | None = None
    _after: str = "starting"

    def take(self, event: Event) -> None:
        """Takes one event in."""
        match event:
            case EvaluationStarted():
                self._parts[event.epoch, event.split, event.parameters] = Part(event)
                self.ended = False
            case RolloutFinished() if event.score is not None:
                self._scored(event, event.score)
            case EvaluationFinished():
                self._parts.pop((event.epoch, event.split, event.parameters), None)
                self._after = f"epoch {event.epoch}: evaluated on {event.split}"
            case StepStarted():
                self._epoch, self.ended = event.epoch, False
                self._steps.add(event.proposal)
            case StepFinished():
                self._steps.discard(event.proposal)
                self._after = f"epoch {event.epoch}: changes were proposed"
            case GateDecided():
                self._after = f"epoch {event.epoch}: the gate has looked at the candidate"
            case EpochFinished():
                self._incumbent = event.epoch if event.accepted else self._incumbent
                self._after = f"epoch {event.epoch} ended"
            case ProviderPaused() | ProviderResumed():
                self._paused = event if isinstance(event, ProviderPaused) else None
            case RunFinished():
                self.ended = True
                self._parts.clear()
            case _:
                pass

    def _scored(self, event: RolloutFinished, score: float) -> None:
        for (_, split, parameters), part in self._parts.items():
            if (split, parameters) == (event.split, event.parameters):
                part.done += 1
                part.points += score

    @property
    def progress(self) -> Progress:
        """What is under way, in a sentence and in figures."""
        pause = "" if self._paused is None else f" (the {self._paused.role}'s provider is out: {self._paused.fault})"
        if not self._parts:
            return Progress(text=f"{self._asking or self._after}{pause}")
        parts = list(self._parts.values())
        done = sum(part.done for part in parts)
        return Progress(
            text=f"{'; '.join(dict.fromkeys(self._evaluating(part.begun) for part in parts))}{pause}",
            done=done,
            rollouts=sum(part.begun.rollouts for part in parts),
            mean=sum(part.points for part in parts) / done if done else None,
        )

    @property
    def _asking(self) -> str:
        """That the optimizer is asked, "" where it is not."""
        if not self._steps:
            return ""
        several = f", {len(self._steps)} proposals at once" if len(self._steps) > 1 else ""
        return f"epoch {self._epoch}: the optimizer is asked for changes{several}"

    def _evaluating(self, begun: EvaluationStarted) -> str:
        """One evaluation in words; which parameters it is of shows in its epoch."""
        if begun.split == "test":
            return "reading the sealed test, with the starting and with the best functions"
        if begun.split not in ("train", "validation"):
            return f"evaluating on {begun.split}"
        if not begun.epoch and not self._epoch:
            return f"epoch 0: evaluating the starting functions on {_together(begun.split, self._parts)}"
        who = "the candidate" if begun.epoch == self._epoch else "the incumbent"
        return f"epoch {self._epoch}: evaluating {who} on {_together(begun.split, self._parts)}"


def _together(split: str, parts: dict[tuple[int, str, str], Part]) -> str:
    """A split with the other that is evaluated beside it, with the same parameters."""
    beside = [other for _, other, _ in parts]
    return "train and validation" if {"train", "validation"} <= set(beside) else split
