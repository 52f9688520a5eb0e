"""One attempt at a cell: it is run or gone on with, then read beside; what ends it becomes a record with its reason.

Example:
    attempt = Attempt(planned, allowed, events)
    record = await attempt.end(RUNNERS[planned.cell.method.kind], keep)
"""

import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from toolwright.errors import BudgetReached, ModelUnavailable, ToolwrightError, leaf_of
from toolwright.experiments.allowance import Allowance
from toolwright.experiments.cell_folder import used_by_runs
from toolwright.experiments.made_of import read_on
from toolwright.experiments.measuring.readings import read_beside, with_measuring
from toolwright.experiments.methods.work import MethodRunner
from toolwright.experiments.outages import Address, Hearing, asked_by
from toolwright.experiments.planning import Planned
from toolwright.experiments.records import CellRecord, Status
from toolwright.protocols import EventSink

_CUT: Final = "broken off; the same command goes on with it"
"""What stands in a record while its readings are under way, and is found there after a kill."""

_SANDBOX: Final = "sandbox"
"""How a rollout ends whose sandbox failed: an error of the cell, and none of the provider's."""


class Attempt:
    """What one session does for a cell.

    Args:
        one: The cell.
        allowed: What it may use, what it used before included.
        events: Are told what happens in its runs.

    Attributes:
        fault: The error that a reading failed by, "" where there is none.
    """

    def __init__(self, one: Planned, allowed: Allowance, events: Sequence[EventSink]) -> None:
        self._one, self._allowed, self._hearing = one, allowed, Hearing()
        config = one.work.config.model_copy(update={"limits": allowed.limits})
        self._work = replace(one.work, config=config, events=(*events, self._hearing))
        self.fault = ""

    def ended_by_provider(self, record: CellRecord) -> bool:
        """Whether it was the provider that left something of the cell."""
        return self._hearing.why == "provider" and (record.status == "incomplete" or record.unread != "")

    @property
    def out(self) -> frozenset[Address]:
        """The models that did not answer once, where it was the provider that ended it."""
        return frozenset(found for role, found in asked_by(self._one.cell).items() if role in self._hearing.unanswered)

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
        by_sandbox = record.status == "incomplete" and self._hearing.why == _SANDBOX
        own = {
            "key": self._one.cell.key,
            "digest": self._work.digest,
            "status": "failed" if by_sandbox else record.status,
            "reason": self._allowed.explained(record.reason),
        }
        return self._one.folder.keep(record.model_copy(update=own))

    async def _read(self, record: CellRecord, keep: Callable[[CellRecord], None]) -> CellRecord:
        folder, before = self._one.folder, record.unread
        folder.begin_reading(read_on(self._work.others, self._work.base))
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
            unread = self._allowed.explained(str(fault))
            self.fault = unread if self._status(fault) == "failed" else ""
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
            status = self._status(fault)
            usage, minutes = used_by_runs(self._one.folder.path)
            return CellRecord(
                key=self._one.cell.key,
                digest=self._work.digest,
                status=status,
                reason=str(fault),
                usage=usage,
                minutes=max(minutes, (time.monotonic() - began) / 60),
            )

    def _status(self, fault: ToolwrightError) -> Status:
        """What an error makes of the cell, or of a reading; it is the last word on what ended it."""
        if isinstance(fault, ModelUnavailable) and self._hearing.why != _SANDBOX:
            self._hearing.why = "provider"
            return "incomplete"
        if isinstance(fault, BudgetReached):
            self._hearing.why = "budget"
            return "incomplete"
        self._hearing.why = "error"
        return "failed"
