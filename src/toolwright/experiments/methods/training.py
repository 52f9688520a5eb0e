"""The method "train": an agent's functions are learned on the train tasks, and the sealed test is read.

Example:
    record = await TrainingMethod().run(work)
    record.status, record.test.before.mean, record.test.after.mean
"""

from typing import Final

from toolwright.api import Trainer
from toolwright.errors import ModelUnavailable
from toolwright.experiments.measuring.candidates import candidates_in
from toolwright.experiments.measuring.estimates import estimate_fit
from toolwright.experiments.measuring.functions import function_figures
from toolwright.experiments.measuring.points import points_of
from toolwright.experiments.measuring.side_runs import TRAINING, begun, named
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord, Pair, Scores
from toolwright.resuming import is_final
from toolwright.runs.folder import RunFolder
from toolwright.training.outlay import RoleEstimate
from toolwright.training.result import BeforeAfter, TrainingResult

ONE_SHOT: Final = (
    "beside writing all functions in one reply, the optimizer runs no code before",
    "a function that is refused gets no second chance",
    "a function that is written anew is not run on past calls",
)
"""What else is left out where the set is written at once, and not function by function."""


class TrainingMethod:
    """Trains, and keeps what came of it; a `MethodRunner`."""

    async def run(self, work: CellWork) -> CellRecord:
        """What the training came to; "incomplete" where the provider or the budget ended it.

        Raises:
            ToolwrightError: As the message says; what was journalled stays.
        """
        try:
            result = await _trained(work)
        except ModelUnavailable as error:
            return _not_begun(work, str(error))
        return _record(work, result)

    def estimate(self, work: CellWork) -> RoleEstimate:
        """What the training takes, its sealed test included."""
        return estimate_fit(work)


async def _trained(work: CellWork) -> TrainingResult:
    """The training's result: begun, gone on with, or only read where it came to its end."""
    splits, path = work.splits, work.runs / TRAINING
    trainer = Trainer.of(named(work, TRAINING))
    return await trainer.afit(splits.train, splits.validation, splits.test, resume=path if begun(path) else None)


def _record(work: CellWork, result: TrainingResult) -> CellRecord:
    """The record, with nothing read beside the training."""
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
        substitutes=ONE_SHOT if work.config.optimizer.update == "one_shot" else (),
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
