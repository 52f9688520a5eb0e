"""The `process` kind of sandbox: one preloaded base process that forks a child for each call.

It contains crashes, not malice: a call that hangs, floods, exhausts memory or kills its process costs that call alone,
but learned code runs as the user, and can read and write what the user can.

Differences on macOS: memory is not limited (RLIMIT_AS is refused), a child outlives a base that is killed outright
until its own call ends, and processes that learned code starts and abandons are not hunted down. Windows has no fork.

Example:
    >>> async def main() -> None:
    ...     async with ProcessSandbox() as sandbox:
    ...         outcome = await sandbox.call(function, {"a": 1, "b": 2})
"""

import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, Self

from pydantic import JsonValue

from toolwright.functions import Function
from toolwright.sandbox.base_process import BaseProcess
from toolwright.sandbox.limits import DEFAULT_LIMITS, Limits
from toolwright.sandbox.packages import DEFAULT_PACKAGES
from toolwright.sandbox.pool import Pool
from toolwright.sandbox.session import Session
from toolwright.sandbox.verdict import judge
from toolwright.sandbox.worker.values import NoJsonError, to_json
from toolwright.tasks import TaskFile
from toolwright.trajectories import Outcome

NOTICE: Final = (
    "Sandbox: process. It contains crashes, not malice: learned functions run as you, "
    "and can read, write and reach whatever you can."
)


class ProcessSandbox:
    """Runs learned functions in forked processes; `process` contains crashes, not malice.

    Calls may come from any event loop; `concurrency` counts within each.
    """

    kind = "process"

    def __init__(
        self,
        *,
        allowed: Sequence[str] = DEFAULT_PACKAGES,
        limits: Limits = DEFAULT_LIMITS,
        concurrency: int | None = None,
        python: Path | str | None = None,
        preload: bool = True,
    ) -> None:
        """Nothing is started yet.

        Args:
            allowed: Import names functions may use; imported once, ahead of all calls. What functions really import is
                checked when they are admitted, not here.
            limits: What one call may use.
            concurrency: How many calls run at once, at least 1; one for each processor by default.
            python: The interpreter functions run on, 3.11 or newer; Toolwright's own by default. Another environment's
                keeps Toolwright's packages out of their reach.
            preload: False imports nothing ahead: a faster start for a single call; `packages()` is then empty.
        """
        self.limits = limits
        self.allowed = tuple(allowed)
        self._pool = Pool(
            partial(
                BaseProcess,
                str(python) if python is not None else sys.executable,
                self.allowed if preload else (),
                limits.start_seconds,
            ),
            limits,
            max(1, concurrency if concurrency is not None else os.cpu_count() or 1),
        )

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

    async def __aenter__(self) -> Self:
        await self._pool.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pool.stop()

    async def call(
        self, function: Function, arguments: dict[str, JsonValue], files: Sequence[TaskFile] = ()
    ) -> Outcome:
        """Runs one function in a process of its own; no state survives the call.

        Raises:
            SandboxError: The base process failed, or a file cannot be read; the call has no outcome.
        """
        try:
            to_json(arguments, place="arguments")
        except NoJsonError as error:
            return Outcome(status="refused", error=str(error))
        request = {"kind": "call", "name": function.name, "source": function.source, "arguments": arguments}
        async with self._pool.slot():
            child, exchange = await self._pool.begin(request, files)
            child.close()
        return judge(exchange, self.limits)

    @asynccontextmanager
    async def session(self, files: Sequence[TaskFile] = ()) -> AsyncGenerator[Session]:
        """A code interpreter with a process of its own, gone when the context ends; cells wait for a free processor."""
        session = Session(self._pool, files)
        try:
            yield session
        finally:
            session.close()
