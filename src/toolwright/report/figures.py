"""A run's figures: what its ending report, `--json` and any page about it say, as one value."""

from pathlib import Path
from typing import Literal

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.evaluations import Evaluation
from toolwright.messages import Usage
from toolwright.optimizer.credit import Credit, credit
from toolwright.sandbox.report import Report
from toolwright.training.intervals import Interval, interval_of
from toolwright.training.result import BeforeAfter, EpochRecord, TrainingResult


class SplitFigures(Frozen):
    """One split's mean score with the starting and the best parameters, with 95 % confidence intervals.

    Attributes:
        split: "train", "validation" or "test".
        tasks: How many tasks it has.
        before: With the starting parameters.
        after: With the best ones.
    """

    split: str
    tasks: int
    before: Interval
    after: Interval


class RunFigures(Frozen):
    """What a run came to.

    Attributes:
        state: "unfinished" where the run still goes on or was interrupted; the figures are then those so far.
        end: Why it ended: "epochs", "early_stop", "optimizer_done", "budget", "provider"; "" where it has not.
        end_text: The same in a sentence.
        epochs: Every epoch, the starting evaluation first.
        splits: Accuracy before and after, train first, the sealed test last.
        usage: What was used, by role.
        minutes: Wall-clock time.
        folder: The run folder.
        functions_folder: The folder of the best functions.
        functions: Their names.
        credit: Their part in the best evaluation on the training tasks; observational.
        sandbox: The kind of sandbox they ran in; "" where the run does not say.
        confinement: What confined them there; None where it is not known.
    """

    state: Literal["finished", "unfinished"]
    end: str
    end_text: str
    epochs: tuple[EpochRecord, ...]
    splits: tuple[SplitFigures, ...]
    usage: dict[str, Usage]
    minutes: float
    folder: str
    functions_folder: str
    functions: tuple[str, ...]
    credit: tuple[Credit, ...] = ()
    sandbox: str = ""
    confinement: Report | None = None
    schema_version: int = SCHEMA_VERSION


def figures_of(result: TrainingResult) -> RunFigures:
    """The figures of a finished training."""
    pairs = {"train": result.train, "validation": result.validation, "test": result.test}
    return RunFigures(
        state="finished",
        end=result.end,
        end_text=result.end_text,
        epochs=result.epochs,
        splits=tuple(split_figures(name, pair) for name, pair in pairs.items() if pair is not None),
        usage=result.usage,
        minutes=result.minutes,
        folder=result.folder,
        functions_folder=str(Path(result.folder) / "functions") if result.folder else "",
        functions=result.functions.names,
        credit=credit(result.train.after),
        sandbox=result.sandbox,
        confinement=result.confinement,
    )


def split_figures(split: str, pair: BeforeAfter) -> SplitFigures:
    """A split's accuracy before and after."""
    return SplitFigures(
        split=split,
        tasks=task_count(pair.before),
        before=interval_of(pair.before),
        after=interval_of(pair.after),
    )


def task_count(evaluation: Evaluation) -> int:
    """How many tasks an evaluation is of, repeats not counted."""
    return len({result.trajectory.task_id for result in evaluation.results})
