"""Runs an experiment cell by cell: what is done is skipped, what is broken off goes on, each end is kept at once.

What tables want read beside a training is read when the training's record is kept, so that it counts whatever comes of
the readings.

Example:
    ended = await run_experiment(Setup(experiment, base, Path("experiments/small")), RUNNERS, teller)
    ended.results.cells
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Protocol

from toolwright.experiments.allowance import Allowance, Spent, used_up
from toolwright.experiments.attempt import Attempt
from toolwright.experiments.cell_folder import CellFolder, folders_beside, replaced_folders, spent_in, used_by_runs
from toolwright.experiments.estimating import Runners, allowed, check_budget, lacking_for, parts_of, spent_beside
from toolwright.experiments.holding import held
from toolwright.experiments.noting import notes_on
from toolwright.experiments.outages import Address, asked_by
from toolwright.experiments.pilots import spent_on_pilots
from toolwright.experiments.planning import Plan, Planned, Setup, plan_of
from toolwright.experiments.preflight import check_cell
from toolwright.experiments.records import CellKey, CellRecord, Results
from toolwright.experiments.results_file import results_of, write_results
from toolwright.protocols import EventSink


class Teller(Protocol):
    """Is told how far an experiment is."""

    def warn(self, text: str) -> None:
        """Something the user should know: before the first cell, or of one that is left out."""
        ...

    def begun(self, key: CellKey, number: int, count: int) -> None:
        """A cell begins: the so manyth, from 1, of those that were not done."""
        ...

    def ended(self, record: CellRecord, number: int, count: int) -> None:
        """A cell ended, or could not be begun any more."""
        ...


@dataclass(frozen=True)
class Ended:
    """How an experiment ended.

    Attributes:
        results: Its results.
        provider: Whether the models' provider ended a cell, or kept it from being begun, so that something is left.
        faults: The errors that readings beside a training failed by, by cell.
    """

    results: Results
    provider: bool = False
    faults: Mapping[CellKey, str] = field(default_factory=dict[CellKey, str])


async def run_experiment(setup: Setup, runners: Runners, teller: Teller, events: Sequence[EventSink] = ()) -> Ended:
    """Runs the cells that are not done, and reads what is left to be read beside those that are trained.

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
    with held(setup.out):
        plan = plan_of(setup)
        for one in plan.to_run:
            check_cell(one, setup.experiment.budget)
        session = _Session(plan, runners, teller, events)
        return await session.run()


class _Session:
    """One process's work on an experiment."""

    def __init__(self, plan: Plan, runners: Runners, teller: Teller, events: Sequence[EventSink]) -> None:
        self._plan, self._runners, self._teller, self._events = plan, runners, teller, events
        self._out, self._budget = plan.setup.out, plan.setup.experiment.budget
        self._parts = parts_of(plan, runners)
        self._first = {key: parts[0] for key, parts in self._parts.items()}
        self._records: dict[CellKey, CellRecord] = {}
        self._spent: dict[CellKey, Spent] = {}
        self._faults: dict[CellKey, str] = {}
        left = folders_beside(self._out, [cell.key for cell in plan.cells])
        beside = map(spent_in, (*left, *replaced_folders(self._out)))
        self._beside = Spent.sum((*beside, spent_on_pilots(self._out)))
        self._silent: set[Address] = set()
        self._provider = False
        again = [one.cell.key for one in plan.to_run if one.again]
        for cell in plan.cells:
            self._know(cell.key, again=cell.key in again)

    def _know(self, key: CellKey, *, again: bool) -> None:
        """Reads what a cell used, and what it came to; that counts no more where it is run again."""
        folder = CellFolder(self._out, key)
        spent, record = spent_in(folder.path), folder.record
        if again:
            self._beside = Spent.sum((self._beside, spent))
            return
        self._spent[key] = spent
        if record is not None:
            self._records[key] = record

    async def run(self) -> Ended:
        cells = self._plan.to_run
        check_budget(cells, self._first, self._spent, self._budget, self._beside)
        self._warn()
        for one in cells:
            if one.again:
                one.folder.set_aside()
        for number, one in enumerate(cells, 1):
            if silent := self._silent & {*asked_by(one.cell).values()}:
                self._provider = True
                self._teller.warn(f"{one.cell.key.id} is left for the next command: {min(silent).model} did not answer")
                continue
            record = await self._end(one, number, len(cells))
            self._records[one.cell.key] = record
            self._spent[one.cell.key] = spent_in(one.folder.path)
            self._write()
            self._teller.ended(record, number, len(cells))
        self._settle()
        return Ended(self._write(), self._provider, self._faults)

    async def _end(self, one: Planned, number: int, count: int) -> CellRecord:
        """What a cell comes to; it is not begun where the budget lacks for it."""
        key = one.cell.key
        others = spent_beside(key, self._spent, self._beside)
        if fault := lacking_for(one, self._first[key], self._budget, others):
            return self._not_run(one, fault)
        self._teller.begun(key, number, count)
        attempt = Attempt(one, allowed(one, self._budget, others), self._events)
        record = await attempt.end(self._runners[one.cell.method.kind], self._keep)
        if attempt.fault:
            self._faults[key] = attempt.fault
        if provider := attempt.ended_by_provider(record):
            self._provider = True
            self._silent |= attempt.out
        one.folder.note_unanswered(ended=provider)
        return record

    def _settle(self) -> None:
        """What was to be run from its beginning is, where nothing is left; before that, --again goes on with it."""
        begun = [one for one in self._plan.planned if one.folder.again]
        records = [self._records.get(one.cell.key) for one in begun]
        if all(record is not None and record.status != "incomplete" for record in records):
            for one in begun:
                one.folder.settle()

    def _keep(self, record: CellRecord) -> None:
        """Writes a record that is not the cell's last word."""
        self._records[record.key] = record
        self._write()

    def _not_run(self, one: Planned, fault: str) -> CellRecord:
        """The cell's record with today's reason; of one that was killed with what it used, of one that failed as it is.

        That of a training that is done says why it is not read on.
        """
        if one.trained:
            return one.folder.keep(one.trained.model_copy(update={"unread": fault}))
        kept = self._records.get(one.cell.key)
        if kept is not None and kept.status == "failed":
            return kept
        usage, minutes = used_by_runs(one.folder.path)
        reason = f"not gone on with: {fault}" if usage else f"not run: {fault}"
        if kept is not None:
            used = {"usage": usage, "minutes": minutes} if usage else {}
            return one.folder.keep(kept.model_copy(update={"reason": reason, "digest": one.work.digest, **used}))
        record = CellRecord(
            key=one.cell.key,
            digest=one.work.digest,
            status="incomplete",
            reason=reason,
            usage=usage,
            minutes=minutes,
        )
        return one.folder.keep(record)

    def _warn(self) -> None:
        """Says what should be known, and where the budget is not enough for every cell, even at the low estimate.

        What a cell used before counts where no estimate holds it: one that was broken off is estimated as a whole.
        """
        for line in notes_on(self._plan):
            self._teller.warn(line)
        before = {one.cell.key: one.used_before for one in self._plan.to_run}
        done = Spent.sum((self._beside, *(before.get(key, used) for key, used in self._spent.items())))
        parts = [part for each in self._parts.values() for part in each]
        total = reduce(add, parts) if parts else None
        if total is None or used_up(self._budget, done):
            return
        if fault := Allowance(budget=self._budget, others=done).lacking(total):
            self._teller.warn(f"the budget is not enough for every cell: {fault.replace('it needs', 'they need')}")

    def _write(self) -> Results:
        """Writes all records there are, in the matrix's order."""
        records = tuple(self._records[cell.key] for cell in self._plan.cells if cell.key in self._records)
        results = results_of(self._plan.setup.experiment, records)
        write_results(self._out, results)
        return results
