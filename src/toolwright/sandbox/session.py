"""A code interpreter: one child that runs cell after cell in one state."""

from collections.abc import Sequence
from typing import Final

from toolwright.sandbox.exchange import Exchange
from toolwright.sandbox.link import request_line
from toolwright.sandbox.pool import Pool, check_end
from toolwright.sandbox.server import Child
from toolwright.sandbox.verdict import judge
from toolwright.tasks import TaskFile
from toolwright.trajectories import Outcome

LOST: Final = "; the interpreter was started afresh: variables, imports and files of earlier cells are gone"


class Session:
    """Cells share one state, run one after another; one that ends its process costs that state."""

    def __init__(self, pool: Pool, files: Sequence[TaskFile], caller: str) -> None:
        """Nothing is started before the first cell."""
        self._pool = pool
        self._files = tuple(files)
        self._caller = caller
        self._child: Child | None = None

    async def run(self, code: str) -> Outcome:
        """Runs one cell; the result is its last expression's value, or that value's text where it has no JSON form.

        Raises:
            SandboxError: The sandbox itself failed; the cell has no outcome.
        """
        try:
            async with self._pool.slot(self._caller):
                exchange = await self._exchange(request_line({"code": code}))
        except BaseException:  # an abandoned cell may still run, or answer later: its process is of no more use
            self.close()
            raise
        outcome = judge(exchange, self._pool.limits)
        if exchange.kind == "answer" and outcome.status != "crashed":
            return outcome
        self.close()
        return outcome.model_copy(update={"error": outcome.error + LOST})

    async def _exchange(self, cell: bytes) -> Exchange:
        if self._child is None:
            self._child, exchange = await self._pool.begin({"kind": "session"}, self._files, cell)
            return exchange
        exchange = await self._child.exchange(cell, self._pool.limits)
        if exchange.kind == "lost":
            check_end(self._child.server, exchange)
        return exchange

    def close(self) -> None:
        """Ends the interpreter; the next cell would start it afresh."""
        if self._child is not None:
            self._child.close()
            self._child = None
