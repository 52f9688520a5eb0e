"""The method "train": an agent's functions are learned on the train tasks, and what came of it is measured.

Example:
    record = await TrainingMethod().run(work)
    record.status, record.test.before.mean, record.test.after.mean
"""

from pathlib import Path
from typing import Final

from toolwright.api import Trainer
from toolwright.errors import ModelUnavailable
from toolwright.events import Warned
from toolwright.experiments.measuring.candidates import candidates_in
from toolwright.experiments.measuring.curve import CURVE, learning_curve
from toolwright.experiments.measuring.estimates import estimate_curve, estimate_fit, estimate_reading
from toolwright.experiments.measuring.functions import function_figures
from toolwright.experiments.measuring.points import points_of
from toolwright.experiments.measuring.side_runs import Spent, begun, named, spent_in
from toolwright.experiments.measuring.transfer import transfer_name, transferred
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord, Pair, Scores
from toolwright.messages import Usage
from toolwright.resuming import is_final, kept_result
from toolwright.runs.folder import RunFolder
from toolwright.runs.store import RunStore
from toolwright.training.estimate import RoleEstimate
from toolwright.training.result import BeforeAfter, TrainingResult
from toolwright.training.state import Ended

TRAINING: Final = "training"
"""The name of the run."""

READ_ON: Final = "the sealed test could not be read to its end; the rest of it is read now"


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
        return record.model_copy(update={"measuring": _measuring(work)})

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
    there = begun(path)
    if there and splits.test is not None:
        _read_on(path)
    trainer = Trainer.of(named(work, TRAINING))
    return await trainer.afit(splits.train, splits.validation, splits.test, resume=path if there else None)


def _read_on(path: Path) -> None:
    """Has a run go on that came to its end, but for its sealed test: what has ended is only read.

    It then goes the same way once more, asks for nothing it holds, and so for the rest of the test alone.
    """
    with RunFolder.read(path) as folder:
        result, tried = kept_result(folder), _tries(folder.store)
    if result is not None and is_final(result) and result.test is None:
        with RunFolder.open(path) as folder:
            folder.store.emit(Warned(text=f"{READ_ON} (try {tried + 2})"))  # a text it told before would not be kept


def _tries(store: RunStore) -> int:
    """How often a run went on for its sealed test."""
    told = (timed.event for timed in store.events(without=["rollout_finished"]))
    return sum(isinstance(event, Warned) and event.text.startswith(READ_ON) for event in told)


def _record(work: CellWork, result: TrainingResult) -> CellRecord:
    """The record without what is measured beside the training."""
    whole = is_final(result) and (result.test is not None or work.splits.test is None)
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
    spent = Spent(sum(result.usage.values(), Usage()), result.minutes)
    if work.method.curve:
        with RunFolder.read(work.runs / TRAINING) as folder:
            candidates = candidates_in(folder.store, result)
        means = await learning_curve(work, result, candidates, spent)
        points = tuple(point.model_copy(update={"test": means.get(point.epoch)}) for point in record.points)
        record = record.model_copy(update={"points": points})
        spent = spent.with_more(spent_in(work.runs / CURVE))
    return record.model_copy(update={"transfer": await transferred(work, result.best, spent)})


def _measuring(work: CellWork) -> Usage:
    """What curve and transfer used."""
    names = (CURVE, *map(transfer_name, work.others))
    return sum((spent_in(work.runs / name).usage for name in names), Usage())
