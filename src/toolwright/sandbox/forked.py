"""What every kind of sandbox does: calls and sessions on children of a base process, wherever that process runs."""

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Self

from pydantic import JsonValue

from toolwright.functions import Function
from toolwright.sandbox.limits import Limits
from toolwright.sandbox.pool import Pool
from toolwright.sandbox.report import Report
from toolwright.sandbox.server import Server
from toolwright.sandbox.session import Session
from toolwright.sandbox.verdict import judge
from toolwright.sandbox.worker.source import SourceError, check_text
from toolwright.sandbox.worker.values import NoJsonError, to_json
from toolwright.tasks import TaskFile
from toolwright.trajectories import Outcome


def calls_at_once(wanted: int | None) -> int:
    """How many calls run at once: what is wanted, at least 1; one for each processor where nothing is said."""
    return max(1, wanted if wanted is not None else os.cpu_count() or 1)


class ForkedSandbox:
    """Runs learned functions in children of a base process.

    Calls may come from any event loop; `concurrency` counts within each.
    """

    def __init__(self, kind: str, start: Callable[[], Server], limits: Limits, concurrency: int | None) -> None:
        """Nothing is started yet.

        Args:
            kind: The kind's name.
            start: Starts a base; blocks until it is ready, SandboxError where it does not start.
            limits: What one call may use.
            concurrency: How many calls run at once, at least 1; one for each processor by default.
        """
        self.kind = kind
        self.limits = limits
        self._pool = Pool(start, limits, calls_at_once(concurrency))

    def allowance(self) -> str:
        """What one call may use, in a sentence for whoever writes functions."""
        limits = self.limits
        return (
            f"{limits.wall_seconds:g} seconds, {limits.memory_mb} MB of memory, "
            f"{limits.result_bytes:,} bytes of result as JSON."
        )

    def packages(self) -> dict[str, str]:
        """Version by top-level module that really imported in the base; "" for the standard library.

        Raises:
            SandboxError: The sandbox has not been started.
        """
        return dict(self._pool.ready.packages)

    def faults(self) -> dict[str, str]:
        """What went wrong, by allowed module that does not import; SandboxError where the sandbox is not started."""
        return dict(self._pool.ready.faults)

    def report(self) -> Report:
        """What confines learned code, and what was tried against it; SandboxError where it is not started."""
        return self._pool.ready.report

    async def __aenter__(self) -> Self:
        await self._pool.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pool.stop()

    async def call(
        self,
        function: Function,
        arguments: dict[str, JsonValue],
        files: Sequence[TaskFile] = (),
        *,
        caller: str = "",
    ) -> Outcome:
        """Runs one function in a process of its own; no state survives the call.

        Raises:
            SandboxError: The base process failed, or a file cannot be read; the call has no outcome.
        """
        try:
            check_text(function.source, f"{function.name}.py")
            to_json(arguments, place="arguments")
        except (NoJsonError, SourceError) as error:
            return Outcome(status="refused", error=str(error))
        request = {"kind": "call", "name": function.name, "source": function.source, "arguments": arguments}
        async with self._pool.slot(caller):
            child, exchange = await self._pool.begin(request, files)
            child.close()
        return judge(exchange, self.limits)

    @asynccontextmanager
    async def session(self, files: Sequence[TaskFile] = (), *, caller: str = "") -> AsyncGenerator[Session]:
        """A code interpreter with a process of its own, gone when the context ends; cells wait for a free processor."""
        session = Session(self._pool, files, caller)
        try:
            yield session
        finally:
            session.close()
