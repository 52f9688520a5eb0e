"""What a training returns: the best parameters, what happened epoch by epoch, and the figures before and after."""

from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, JsonValue

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.evaluations import Evaluation
from toolwright.functions import FunctionSet
from toolwright.messages import Usage
from toolwright.optimizer.step import ProposedAction
from toolwright.parameters import Parameters
from toolwright.protocols import Verdict
from toolwright.sandbox.report import Report
from toolwright.training.gate_report import GateReport

EndOfTraining = Literal["epochs", "early_stop", "optimizer_done", "nothing_to_gain", "budget", "provider"]
Decision = Literal["start", "accept", "reject", "undecided", "none"]

_KNOWN_BY: Final[dict[str, Any]] = {
    "task_id": True,
    "offered": True,
    "tools": True,
    "calls": {"__all__": {"name": True}},
}
_SIDE: Final = {"results": {"__all__": {"trajectory": _KNOWN_BY}}}
_PAIR: Final = {"before": _SIDE, "after": _SIDE}
_ACTIONS: Final = {"__all__": {"function": True}}
_EXACT: Final[dict[str, Any]] = {
    "start": True,
    "best": True,
    "epochs": {"__all__": {"actions": _ACTIONS, "refused": _ACTIONS}},
    "train": _PAIR,
    "validation": _PAIR,
    "test": _PAIR,
}
"""Where a result names what it is of: functions, and tasks by their ids. Everything else in words may be redacted."""


class EpochRecord(Frozen):
    """One epoch.

    Attributes:
        epoch: From 1; 0 is the evaluation of the starting set.
        parameters: Digest of the candidate; the incumbent's where nothing was proposed.
        train: The candidate's mean score on the training tasks, with batches on the epoch's, on the repeats that every
            candidate is evaluated with first, whatever the gate bought beyond them; None where there was no candidate,
            or where the starting set was not evaluated to the end.
        validation: The same on validation, None where there is none.
        decision: The gate's, or "none" where nothing was proposed.
        reason: The gate's reason, or why there was no candidate.
        actions: What was admitted.
        refused: What was not, with reasons.
        looks: The gate's looks, the last of which decided.
        saved: Rollouts a race spared.
        screened: Where several proposals were screened, the mean of each on the minibatch by its digest.
    """

    epoch: int
    parameters: str
    train: float | None = None
    validation: float | None = None
    decision: Decision
    reason: str
    actions: tuple[ProposedAction, ...] = ()
    refused: tuple[ProposedAction, ...] = ()
    looks: tuple[Verdict, ...] = ()
    saved: int = 0
    screened: dict[str, float] = Field(default_factory=dict)


class BeforeAfter(Frozen):
    """A split's evaluations with the starting and with the best parameters, on the same samples of the same tasks."""

    before: Evaluation
    after: Evaluation

    @classmethod
    def on_same_samples(cls, before: Evaluation, after: Evaluation) -> Self:
        """Both with as many repeats as both have, and once where the parameters are equal.

        What the gate bought of one side alone is left out: other samples are other luck, which would look like a gain.
        """
        repeats = min(before.repeats, after.repeats)
        first = before.first(repeats)
        return cls(before=first, after=first if before.parameters == after.parameters else after.first(repeats))


class TrainingResult(Frozen):
    """What a training returns.

    Attributes:
        start: The parameters it began with.
        best: The best accepted parameters; the starting ones where nothing was accepted. Under the gate that accepts
            everything the last ones: they were compared with nothing.
        epochs: Every epoch, the starting evaluation first.
        train: The training split before and after; with batches both on one, the last that the best set was run on. The
            evaluation before is without scores where the budget or the provider ended the training before it was made.
        validation: The validation split before and after, None without one.
        test: The sealed test before and after, None without one or where the budget did not reach it.
        end: Why it ended.
        end_text: The same in a sentence.
        usage: What was used, by role.
        minutes: Wall-clock time, that of earlier sessions included.
        folder: The run folder, "" where none was kept.
        sandbox: The kind of sandbox functions ran in; "" in the runs of older versions, which do not say.
        confinement: What confined them there; None where it is not known.
        gate: What the gate was worth; None where there is nothing to say, and in the runs of older versions.
    """

    start: Parameters
    best: Parameters
    epochs: tuple[EpochRecord, ...]
    train: BeforeAfter
    validation: BeforeAfter | None = None
    test: BeforeAfter | None = None
    end: EndOfTraining
    end_text: str
    usage: dict[str, Usage]
    minutes: float = Field(ge=0)
    folder: str = ""
    sandbox: str = ""
    confinement: Report | None = None
    gate: GateReport | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def functions(self) -> FunctionSet:
        """The best functions."""
        return self.best.functions

    def exact(self) -> dict[str, JsonValue]:
        """What of it, as JSON, is kept as it is, though it may look like a key: functions, and the names of things.

        No model sees a key, so there is none in what it wrote as a function; and a training that is read back (to go
        on, to measure beside it) must find the functions it learned and the tasks by their ids.
        """
        return self.model_dump(mode="json", include=_EXACT)

    def save(self, path: Path | str) -> Path:
        """Writes the best functions as a folder of .py files."""
        return self.functions.save(path)
