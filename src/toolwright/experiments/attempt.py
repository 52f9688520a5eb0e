"""One attempt at a cell: it is run or gone on with, then read beside; what ends it becomes a record with its reason.

Example:
    attempt = Attempt(planned, limits, events)
    record = await attempt.end(RUNNERS[planned.cell.method.kind], keep)
"""

import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final, Literal

from toolwright.errors import BudgetReached, ModelUnavailable, ToolwrightError, leaf_of
from toolwright.events import Event, RolloutFinished, RunFinished
from toolwright.experiments.cell_folder import used_by_runs
from toolwright.experiments.made_of import read_on
from toolwright.experiments.measuring.readings import read_beside, with_measuring
from toolwright.experiments.methods.work import MethodRunner
from toolwright.experiments.planning import Planned
from toolwright.experiments.records import CellRecord
from toolwright.models.ledger import Limits
from toolwright.protocols import EventSink

_CUT: Final = "broken off; the same command goes on with it"
"""What stands in a record while its readings are under way, and is found there after a kill."""


class Attempt:
    """What one session does for a cell.

    Args:
        one: The cell.
        limits: What it may use, what it used before included.
        events: Are told what happens in its runs.

    Attributes:
        fault: The error that a reading failed by, "" where there is none.
    """

    def __init__(self, one: Planned, limits: Limits, events: Sequence[EventSink]) -> None:
        self._one, self._ending = one, _Ending()
        config = one.work.config.model_copy(update={"limits": limits})
        self._work = replace(one.work, config=config, events=(*events, self._ending))
        self.fault = ""

    def ended_by_provider(self, record: CellRecord) -> bool:
        """Whether it was the provider that left something of the cell."""
        return self._ending.provider and (record.status == "incomplete" or record.unread != "")

    async def end(self, runner: MethodRunner, keep: Callable[[CellRecord], None]) -> CellRecord:
        """Runs the cell, or goes on with it, where that is left; then reads what is left beside its training.

        Args:
            runner: Runs its method.
            keep: Is given the record before the first reading, and after each one.

        Returns:
            The record, kept: with all that was read, and with why the rest was not.
        """
        record = self._one.trained or await self._run(runner)
        if record.status == "done" and self._one.missing:
            record = await self._read(record, keep)
        return record

    async def _run(self, runner: MethodRunner) -> CellRecord:
        self._one.folder.begin(self._one.made)
        record = await self._came_to(runner)
        own = {"key": self._one.cell.key, "digest": self._work.digest}
        return self._one.folder.keep(record.model_copy(update=own))

    async def _read(self, record: CellRecord, keep: Callable[[CellRecord], None]) -> CellRecord:
        folder, before = self._one.folder, record.unread
        folder.begin_reading(read_on(self._work.others))
        keep(record := folder.keep(record.model_copy(update={"unread": _CUT})))
        unread = ""
        try:
            async with aclosing(read_beside(self._work, record)) as found:
                async for one in found:
                    keep(record := folder.keep(one))
        except Exception as error:
            fault = leaf_of(error)
            if not isinstance(fault, ToolwrightError):
                raise
            self._ending.provider = isinstance(fault, ModelUnavailable)
            unread = str(fault)
            self.fault = unread if _status(fault) == "failed" else ""
        if not unread and folder.read_on.keys() - record.transfer.keys():
            unread = before  # of a domain that no table shown wants, and that is still missing
        return folder.keep(with_measuring(folder.path, record).model_copy(update={"unread": unread}))

    async def _came_to(self, runner: MethodRunner) -> CellRecord:
        began = time.monotonic()
        try:
            return await runner.run(self._work)
        except Exception as error:
            fault = leaf_of(error)
            if not isinstance(fault, ToolwrightError):
                raise
            self._ending.provider = isinstance(fault, ModelUnavailable)
            usage, minutes = used_by_runs(self._one.folder.path)
            return CellRecord(
                key=self._one.cell.key,
                digest=self._work.digest,
                status=_status(fault),
                reason=str(fault),
                usage=usage,
                minutes=max(minutes, (time.monotonic() - began) / 60),
            )


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
