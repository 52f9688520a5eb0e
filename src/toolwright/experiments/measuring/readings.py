"""What is read beside a training that has ended, because a table wants it: its learning curve, its transfers.

A training is paid for once; readings come to it at the price of the readings alone, in runs of their own below the
cell's folder, with the training's own figures as they were.

Example:
    async for record in read_beside(work, record):    # after each reading: the record with it
        folder.keep(record)
"""

from collections.abc import AsyncGenerator, Collection, Iterator
from functools import partial, reduce
from pathlib import Path

from toolwright.errors import BudgetReached, ModelUnavailable, RunError
from toolwright.experiments.cells import Readings
from toolwright.experiments.measuring.candidates import candidates_in
from toolwright.experiments.measuring.curve import CURVE, learning_curve, unread_by_test
from toolwright.experiments.measuring.estimates import estimate_curve, estimate_reading, repeated
from toolwright.experiments.measuring.side_runs import NOTHING, TRAINING, Took, took_in
from toolwright.experiments.measuring.transfer import transfer_name, transferred
from toolwright.experiments.methods.work import CellWork, Other
from toolwright.experiments.records import CellRecord
from toolwright.messages import Usage
from toolwright.parameters import Parameters
from toolwright.resuming import kept_result
from toolwright.runs.folder import DATABASE, RunFolder
from toolwright.training.outlay import RoleEstimate
from toolwright.training.result import TrainingResult
from toolwright.training.state import Ended


async def read_beside(work: CellWork, record: CellRecord) -> AsyncGenerator[CellRecord]:
    """Reads what `work` says is still to be read; nothing of the training is asked again.

    Args:
        work: The cell's work; its limits hold for training and readings together.
        record: What its training came to, with what was read of it before.

    Yields:
        The record after each reading that came to its end.

    Raises:
        BudgetReached: The budget ended a reading; what was scored is kept.
        ModelUnavailable: The provider did.
        RunError: The training's run is gone, or cannot be read.
        ToolwrightError: As the message says.
    """
    result, candidates = _learned(work)
    try:
        if work.curve:
            means = await learning_curve(work, result, candidates, _beside(work, record, CURVE))
            points = tuple(point.model_copy(update={"test": means.get(point.epoch)}) for point in record.points)
            record = with_measuring(work.runs, record.model_copy(update={"curve": True, "points": points}))
            yield record
        for domain, other in work.others.items():
            beside = _beside(work, record, transfer_name(domain))
            found = {**record.transfer, domain: await transferred(domain, other, work, result.best, beside)}
            record = with_measuring(work.runs, record.model_copy(update={"transfer": found}))
            yield record
    except Ended as ended:
        kind = BudgetReached if ended.end == "budget" else ModelUnavailable
        raise kind(str(ended)) from ended


def _learned(work: CellWork) -> tuple[TrainingResult, dict[int, Parameters]]:
    """The training's result and what each epoch proposed, from its run."""
    try:
        with RunFolder.read(work.runs / TRAINING) as folder:
            if result := kept_result(folder):
                return result, candidates_in(folder.store, result)
        fault = f"{folder.path} holds no result"
    except RunError as error:
        fault = str(error)
    raise RunError(
        f"cell {work.key.id} is done, and what is wanted beside its training cannot be read without its run: {fault}; "
        f"or have the cell run from its beginning: --again '{work.key.id}'"
    )


def _beside(work: CellWork, record: CellRecord, name: str) -> Took:
    """What the cell took outside its reading of that name."""
    training = Took(sum(record.usage.values(), Usage()), record.minutes)
    return training.with_more(took_by_readings(work.runs, without=(name,)))


def with_measuring(folder: Path, record: CellRecord) -> CellRecord:
    """A record with what its readings took so far, whatever came of them, as their runs below the cell's folder say."""
    took = took_by_readings(folder)
    return record.model_copy(update={"measuring": took.usage, "measuring_minutes": took.minutes})


def took_by_readings(folder: Path, without: Collection[str] = ()) -> Took:
    """What the readings below a cell's folder took, but for the runs of these names.

    Raises:
        RunError: A run is damaged.
    """
    paths = (path for path in _reading_runs(folder) if path.name not in without)
    return reduce(Took.with_more, map(took_in, paths), NOTHING)


def _reading_runs(folder: Path) -> Iterator[Path]:
    for pattern in (CURVE, transfer_name("*")):
        yield from (file.parent for file in sorted(folder.glob(f"{pattern}/{DATABASE}")))


def reading_names(readings: Readings) -> tuple[str, ...]:
    """The names of their runs."""
    return (*((CURVE,) if readings.curve else ()), *map(transfer_name, readings.transfer))


def estimate_readings(work: CellWork, *, trained: bool) -> tuple[RoleEstimate, ...]:
    """What each reading that is still to come takes; one that was broken off counts as a whole.

    Args:
        work: The cell's work.
        trained: Whether its training is done, so that it is known how many sets a curve reads.
    """
    return (*_estimate_curve(work, trained=trained), *map(partial(_estimate_transfer, work), work.others.values()))


def _estimate_transfer(work: CellWork, other: Other) -> RoleEstimate:
    config = work.config.model_copy(update={"agent": other.agent, "scorer": other.scorer})
    return estimate_reading(config, work.base, other.tasks)


def _estimate_curve(work: CellWork, *, trained: bool) -> tuple[RoleEstimate, ...]:
    tests = work.splits.test
    if not work.curve or tests is None:
        return ()
    if not trained or (count := sets_to_read(work)) is None:
        return (estimate_curve(work, tests),)
    return (repeated(estimate_reading(work.config, work.base, tests), count, count),)


def sets_to_read(work: CellWork) -> int | None:
    """How many sets the curve of a training that is done reads.

    None where its run cannot be read: then the reading itself fails, and with it no other cell.
    """
    try:
        return len(unread_by_test(*_learned(work)))
    except RunError:
        return None
