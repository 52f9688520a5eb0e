"""Runs an experiment cell by cell: what is done is skipped, what is broken off goes on, each end is kept at once.

Example:
    ended = await run_experiment(Setup(experiment, base, Path("experiments/small")), RUNNERS, teller)
    ended.results.cells
"""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Literal, Protocol

from toolwright.errors import BudgetReached, ModelUnavailable, RunError, ToolwrightError, leaf_of
from toolwright.events import Event, RolloutFinished, RunFinished
from toolwright.experiments.allowance import Spent, lacking, used_up, within
from toolwright.experiments.cell_folder import CellFolder, replaced_folders, spent_in, used_by_runs
from toolwright.experiments.estimating import Runners, check_budget, estimates_of, spent_beside
from toolwright.experiments.planning import Plan, Planned, Setup, plan_of
from toolwright.experiments.preflight import check_cell
from toolwright.experiments.records import CellKey, CellRecord, Results
from toolwright.experiments.results_file import results_of, write_results
from toolwright.models.ledger import Limits
from toolwright.protocols import EventSink
from toolwright.runs.lock import FolderLock


class Teller(Protocol):
    """Is told how far an experiment is."""

    def warn(self, text: str) -> None:
        """Something the user should know before the first cell."""
        ...

    def begun(self, key: CellKey, number: int, count: int) -> None:
        """A cell begins: the so manyth, from 1, of those that were not done."""
        ...

    def ended(self, record: CellRecord, number: int, count: int) -> None:
        """A cell ended, or could not be begun any more."""
        ...


@dataclass(frozen=True)
class Ended:
    """How an experiment ended: its results, and whether the models' provider ended it, so that cells are left."""

    results: Results
    provider: bool = False


async def run_experiment(setup: Setup, runners: Runners, teller: Teller, events: Sequence[EventSink] = ()) -> Ended:
    """Runs the cells that are not done.

    Args:
        setup: What to run.
        runners: What runs each kind of method.
        teller: Is told how far it is.
        events: Are told what happens in the cells' runs.

    Raises:
        ConfigError: A cell cannot be run as the experiment says, the budget is too small for one, or a cell was begun
            with something else; nothing was asked.
        DataError: The tasks are wrong, or too few.
        RunError: Another process runs the experiment, or its folder cannot be read or written.
    """
    with _held(setup.out):
        plan = plan_of(setup)
        for one in plan.to_run:
            check_cell(one, setup.experiment.budget)
        session = _Session(plan, runners, teller, events)
        return await session.run()


@contextmanager
def _held(out: Path) -> Generator[None]:
    """Holds the experiment's folder; one that was made for nothing is gone afterwards."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{out} cannot be made: {error}; name another folder with --out") from error
    lock = FolderLock(out)
    try:
        yield
    finally:
        if {file.name for file in out.iterdir()} == {"lock"}:
            with suppress(OSError):
                (out / "lock").unlink()
                out.rmdir()
        lock.release()


class _Session:
    """One process's work on an experiment."""

    def __init__(self, plan: Plan, runners: Runners, teller: Teller, events: Sequence[EventSink]) -> None:
        self._plan, self._runners, self._teller, self._events = plan, runners, teller, events
        self._out, self._budget = plan.setup.out, plan.setup.experiment.budget
        self._estimates = estimates_of(plan, runners)
        self._records: dict[CellKey, CellRecord] = {}
        self._spent: dict[CellKey, Spent] = {}
        self._replaced = Spent.sum(map(spent_in, replaced_folders(self._out)))
        again = [one.cell.key for one in plan.to_run if one.again]
        for cell in plan.cells:
            self._know(cell.key, again=cell.key in again)

    def _know(self, key: CellKey, *, again: bool) -> None:
        """Reads what a cell used, and what it came to; that counts no more where it is run again."""
        folder = CellFolder(self._out, key)
        spent, record = spent_in(folder.path), folder.record
        if again:
            self._replaced = Spent.sum((self._replaced, spent))
            return
        self._spent[key] = spent
        if record is not None:
            self._records[key] = record

    async def run(self) -> Ended:
        cells = self._plan.to_run
        check_budget(cells, self._estimates, self._spent, self._budget, self._replaced)
        self._warn()
        for one in cells:
            if one.again:
                one.folder.set_aside()
        provider = False
        for number, one in enumerate(cells, 1):
            record, provider = await self._end(one, number, len(cells))
            self._records[one.cell.key] = record
            self._spent[one.cell.key] = spent_in(one.folder.path)
            self._write()
            self._teller.ended(record, number, len(cells))
            if provider:
                break
        return Ended(self._write(), provider)

    async def _end(self, one: Planned, number: int, count: int) -> tuple[CellRecord, bool]:
        """What a cell comes to, and whether the provider ended it; it is not begun where the budget lacks for it."""
        others = spent_beside(one.cell.key, self._spent, self._replaced)
        fault = used_up(self._budget, others)
        limits = one.work.config.limits if fault else within(one.work.config.limits, self._budget, others)
        if fault := fault or lacking(limits, self._estimates[one.cell.key]):
            return self._not_run(one, fault), False
        self._teller.begun(one.cell.key, number, count)
        one.folder.begin(one.made)
        ending = _Ending()
        record = await self._run(one, limits, ending)
        own = {"key": one.cell.key, "digest": one.work.digest}
        return one.folder.keep(record.model_copy(update=own)), record.status == "incomplete" and ending.provider

    def _not_run(self, one: Planned, fault: str) -> CellRecord:
        """A cell without a record gets one that says why, with what was used before it was killed; another's stays."""
        kept = self._records.get(one.cell.key)
        if kept is not None:
            return kept
        usage, minutes = used_by_runs(one.folder.path)
        reason = f"not gone on with: {fault}" if usage else f"not run: {fault}"
        record = CellRecord(
            key=one.cell.key,
            digest=one.work.digest,
            status="incomplete",
            reason=reason,
            usage=usage,
            minutes=minutes,
        )
        return one.folder.keep(record)

    async def _run(self, one: Planned, limits: Limits, ending: "_Ending") -> CellRecord:
        config = one.work.config.model_copy(update={"limits": limits})
        work = replace(one.work, config=config, events=(*self._events, ending))
        began = time.monotonic()
        try:
            return await self._runners[one.cell.method.kind].run(work)
        except Exception as error:
            fault = leaf_of(error)
            if not isinstance(fault, ToolwrightError):
                raise
            if isinstance(fault, ModelUnavailable):
                ending.provider = True
            usage, minutes = used_by_runs(one.folder.path)
            return CellRecord(
                key=one.cell.key,
                digest=one.work.digest,
                status=_status(fault),
                reason=str(fault),
                usage=usage,
                minutes=max(minutes, (time.monotonic() - began) / 60),
            )

    def _warn(self) -> None:
        """Says where the budget is not enough for every cell, even at the low estimate.

        An estimate is of a whole cell, so that what a cell used before it was broken off is in it.
        """
        done = Spent.sum((self._replaced, *(used for key, used in self._spent.items() if key not in self._estimates)))
        left = Limits() if used_up(self._budget, done) else within(Limits(), self._budget, done)
        total = reduce(add, self._estimates.values()) if self._estimates else None
        if total is not None and (fault := lacking(left, total)):
            self._teller.warn(f"the budget is not enough for every cell: {fault.replace('it needs', 'they need')}")

    def _write(self) -> Results:
        """Writes all records there are, in the matrix's order."""
        records = tuple(self._records[cell.key] for cell in self._plan.cells if cell.key in self._records)
        results = results_of(self._plan.setup.experiment, records)
        write_results(self._out, results)
        return results


def _status(fault: ToolwrightError) -> Literal["incomplete", "failed"]:
    return "incomplete" if isinstance(fault, ModelUnavailable | BudgetReached) else "failed"


class _Ending:
    """Notes whether the provider ended a cell, which its events say: the last word counts."""

    def __init__(self) -> None:
        self.provider = False

    def emit(self, event: Event) -> None:
        """Takes one event."""
        if isinstance(event, RunFinished):
            self.provider = event.why == "provider"
        elif isinstance(event, RolloutFinished) and event.score is None:
            self.provider = event.end == "provider"
