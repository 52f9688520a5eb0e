"""A run's figures: what its ending report, `--json` and any page about it say, as one value."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.evaluations import Evaluation
from toolwright.messages import Usage
from toolwright.optimizer.credit import Credit, credit
from toolwright.report.comparison import Comparison, PerTask, compared, per_task
from toolwright.report.told import Told
from toolwright.sandbox.report import Report
from toolwright.training.bound import Generalisation, generalisation_of
from toolwright.training.gate_report import GateReport
from toolwright.training.intervals import Interval, interval_of
from toolwright.training.result import BeforeAfter, EpochRecord, TrainingResult


class SplitFigures(Frozen):
    """One split with the starting and the best parameters: mean score, with 95 % confidence intervals, and cost.

    Attributes:
        split: "train", "validation" or "test".
        tasks: How many tasks it has.
        rollouts: How many rollouts each of the two evaluations is of.
        scored: How many of them have a score; fewer where the budget ended before the starting set was evaluated.
        so_far: The mean score of those, where they are fewer; None where they are all, or none.
        before: With the starting parameters; None where not every rollout has a score.
        after: With the best ones; None as above.
        took: What a scored rollout took with the starting parameters; None where there is none.
        takes: The same with the best ones.
        compared: After against before, on tasks that nothing was chosen by: of the test alone, None where the best
            parameters are the starting ones.
    """

    split: str
    tasks: int
    rollouts: int
    scored: int
    so_far: float | None = None
    before: Interval | None
    after: Interval | None
    took: PerTask | None
    takes: PerTask | None
    compared: Comparison | None = None


class RaceFigures(Frozen):
    """What races spared: `saved` of the `rollouts` that `candidates` candidates would have taken to evaluate."""

    candidates: int
    rollouts: int
    saved: int


class ProposalFigures(Frozen):
    """What several proposals an epoch cost and bought.

    Attributes:
        epochs: Epochs in which several were screened.
        proposals: How many were screened, all together.
        conversations: Requests of all conversations with the optimizer, also of epochs with one proposal.
        screening: Requests of the screening; None where only the run's events know, and they are not at hand.
        above_mean: The chosen proposals' mean score on the minibatch less the mean of their epoch's proposals,
            averaged over the epochs; observational, as luck on the minibatch is chosen too.
    """

    epochs: int
    proposals: int
    conversations: int
    screening: int | None
    above_mean: float


class RunFigures(Frozen):
    """What a run came to.

    Attributes:
        state: "unfinished" where the run still goes on, was interrupted, or its budget ended before the starting set
            was evaluated; the figures are then those so far.
        end: Why it ended: "epochs", "early_stop", "optimizer_done", "nothing_to_gain", "budget" or "provider"; ""
            where it has not.
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
        gate: What the gate was worth; None where there is nothing to say of it.
        race: What races spared; None where it is nothing.
        proposals: What several proposals an epoch cost and bought; None without any.
        generalisation: The paper's bound beside an interval; None where nothing was evaluated.
        told: What only the run's events tell; None where they are not at hand.
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
    gate: GateReport | None = None
    race: RaceFigures | None = None
    proposals: ProposalFigures | None = None
    generalisation: Generalisation | None = None
    told: Told | None = None
    schema_version: int = SCHEMA_VERSION


def figures_of(result: TrainingResult, told: Told | None = None) -> RunFigures:
    """The figures of a finished training.

    Args:
        result: What it returned.
        told: What its events tell; None where they are not at hand.
    """
    pairs = {"train": result.train, "validation": result.validation, "test": result.test}
    return RunFigures(
        state="finished" if all(pair is None or pair.before.complete for pair in pairs.values()) else "unfinished",
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
        gate=result.gate,
        race=race_figures(result.epochs, _rollouts(result.train) + _rollouts(result.validation)),
        proposals=proposal_figures(result.epochs, result.usage, told),
        generalisation=generalisation_of(task_count(result.train.before), result.test.after if result.test else None),
        told=told,
    )


def _rollouts(pair: BeforeAfter | None) -> int:
    """How many rollouts the first evaluation of a split took, and every candidate's with it."""
    return 0 if pair is None else len(pair.before.results)


def split_figures(split: str, pair: BeforeAfter) -> SplitFigures:
    """A split's accuracy and cost before and after, on the same samples, also of an older version's summary."""
    fair = BeforeAfter.on_same_samples(pair.before, pair.after)
    before, after = fair.before, fair.after
    rollouts, scored = len(before.results), sum(result.score is not None for result in before.results)
    return SplitFigures(
        split=split,
        tasks=task_count(before),
        rollouts=rollouts,
        scored=scored,
        so_far=before.mean if 0 < scored < rollouts else None,
        before=interval_of(before) if before.complete else None,
        after=interval_of(after) if after.complete else None,
        took=per_task(before),
        takes=per_task(after),
        compared=compared(before, after) if split == "test" else None,
    )


def race_figures(epochs: Sequence[EpochRecord], rollouts: int) -> RaceFigures | None:
    """What races spared; None where it is nothing.

    Args:
        epochs: The training's.
        rollouts: How many the first evaluation of a candidate takes.
    """
    saved = sum(epoch.saved for epoch in epochs)
    candidates = sum(epoch.decision not in ("start", "none") for epoch in epochs)
    return RaceFigures(candidates=candidates, rollouts=candidates * rollouts, saved=saved) if saved else None


def proposal_figures(
    epochs: Sequence[EpochRecord], usage: dict[str, Usage], told: Told | None
) -> ProposalFigures | None:
    """What several proposals an epoch cost and bought; None without any."""
    screened = [list(epoch.screened.values()) for epoch in epochs if epoch.screened]
    if not screened:
        return None
    above = [max(means) - sum(means) / len(means) for means in screened]
    return ProposalFigures(
        epochs=len(screened),
        proposals=sum(map(len, screened)),
        conversations=usage.get("optimizer", Usage()).requests,
        screening=told.screening if told else None,
        above_mean=sum(above) / len(above),
    )


def task_count(evaluation: Evaluation) -> int:
    """How many tasks an evaluation is of, repeats not counted."""
    return len({result.trajectory.task_id for result in evaluation.results})
