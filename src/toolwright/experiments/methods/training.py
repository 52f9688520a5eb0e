"""The method "train": an agent's functions are learned on the train tasks, and what came of it is measured.

Example:
    record = await TrainingMethod().run(work)
    record.status, record.test.before.mean, record.test.after.mean
"""

from functools import reduce
from typing import Final

from toolwright.api import Trainer
from toolwright.errors import ModelUnavailable
from toolwright.experiments.measuring.candidates import candidates_in
from toolwright.experiments.measuring.curve import CURVE, learning_curve
from toolwright.experiments.measuring.estimates import estimate_curve, estimate_fit, estimate_reading
from toolwright.experiments.measuring.functions import function_figures
from toolwright.experiments.measuring.points import points_of
from toolwright.experiments.measuring.side_runs import NOTHING, Took, begun, named, took_in
from toolwright.experiments.measuring.transfer import transfer_name, transferred
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord, Pair, Scores
from toolwright.messages import Usage
from toolwright.resuming import is_final
from toolwright.runs.folder import RunFolder
from toolwright.training.estimate import RoleEstimate
from toolwright.training.result import BeforeAfter, TrainingResult
from toolwright.training.state import Ended

TRAINING: Final = "training"
"""The name of the run."""


class TrainingMethod:
    """Trains, and measures what the method asks for: a learning curve, transfer to other domains."""

    async def run(self, work: CellWork) -> CellRecord:
        """What the training came to; "incomplete" where the provider or the budget ended it or a measurement.

        Raises:
            ToolwrightError: As the message says; what was journalled stays.
        """
        try:
            result = await _trained(work)
        except ModelUnavailable as error:
            return _not_begun(work, str(error))
        record = _record(work, result)
        if record.status != "done":
            return record
        try:
            record = await _measured(work, result, record)
        except Ended as ended:
            reason = f"{record.reason}; what is measured beside it was not read to its end: {ended}"
            record = record.model_copy(update={"status": "incomplete", "reason": reason})
        measuring = _measuring(work)
        return record.model_copy(update={"measuring": measuring.usage, "measuring_minutes": measuring.minutes})

    def estimate(self, work: CellWork) -> RoleEstimate:
        """What the training takes, with the curve's and the transfer's evaluations."""
        total = estimate_fit(work)
        if work.method.curve and work.splits.test is not None:
            total += estimate_curve(work, work.splits.test)
        for other in work.others.values():
            config = work.config.model_copy(update={"agent": other.agent, "scorer": other.scorer})
            total += estimate_reading(config, work.base, other.tasks)
        return total


async def _trained(work: CellWork) -> TrainingResult:
    """The training's result: begun, gone on with, or only read where it came to its end."""
    splits, path = work.splits, work.runs / TRAINING
    trainer = Trainer.of(named(work, TRAINING))
    return await trainer.afit(splits.train, splits.validation, splits.test, resume=path if begun(path) else None)


def _record(work: CellWork, result: TrainingResult) -> CellRecord:
    """The record without what is measured beside the training."""
    whole = is_final(result, tested=work.splits.test is not None)
    with RunFolder.read(work.runs / TRAINING) as folder:
        points = tuple(points_of(folder.store, result, candidates_in(folder.store, result)))
        functions = function_figures(folder.store, result, work.config.training.repeats)
    return CellRecord(
        key=work.key,
        digest=work.digest,
        status="done" if whole else "incomplete",
        reason=result.end_text,
        train=_pair(result.train),
        validation=_pair(result.validation),
        test=_pair(result.test),
        points=points,
        functions=functions,
        usage=result.usage,
        minutes=result.minutes,
    )


def _not_begun(work: CellWork, reason: str) -> CellRecord:
    """The record of a training whose provider failed before the starting set was evaluated."""
    with RunFolder.read(work.runs / TRAINING) as folder:
        usage, minutes = folder.store.usage(), folder.store.minutes
    return CellRecord(
        key=work.key, digest=work.digest, status="incomplete", reason=reason, usage=usage, minutes=minutes
    )


def _pair(found: BeforeAfter | None) -> Pair | None:
    """Both sides' scores; None where the starting set was not evaluated to its end."""
    if found is None or not (found.before.complete and found.after.complete):
        return None
    return Pair(before=Scores.of(found.before), after=Scores.of(found.after))


async def _measured(work: CellWork, result: TrainingResult, record: CellRecord) -> CellRecord:
    """The record with the curve's and the transfer's figures; Ended where the provider or the budget ended them."""
    spent = Took(sum(result.usage.values(), Usage()), result.minutes)
    if work.method.curve:
        with RunFolder.read(work.runs / TRAINING) as folder:
            candidates = candidates_in(folder.store, result)
        means = await learning_curve(work, result, candidates, spent)
        points = tuple(point.model_copy(update={"test": means.get(point.epoch)}) for point in record.points)
        record = record.model_copy(update={"points": points})
        spent = spent.with_more(took_in(work.runs / CURVE))
    return record.model_copy(update={"transfer": await transferred(work, result.best, spent)})


def _measuring(work: CellWork) -> Took:
    """What curve and transfer took."""
    names = (CURVE, *map(transfer_name, work.others))
    return reduce(Took.with_more, (took_in(work.runs / name) for name in names), NOTHING)
