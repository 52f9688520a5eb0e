"""One started sandbox for several runs at once: to start one for each takes seconds and memory, and helps nobody.

Example:
    async with shared_sandbox(work) as sandbox:
        parts = replace(work, sandbox=sandbox).parts()    # as often as there are runs
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from toolwright.base import digest_of
from toolwright.config.sandboxes import sandbox_of
from toolwright.experiments.methods.work import CellWork
from toolwright.origin import described_object
from toolwright.protocols import Sandbox


class _Shared:
    """What a run is given for a sandbox: to enter it is to get the one that is started; to leave it ends nothing."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.kind = sandbox.kind
        self.digest = digest_of(described_object(sandbox))
        self._sandbox = sandbox

    async def __aenter__(self) -> Sandbox:
        return self._sandbox

    async def __aexit__(self, *error: object) -> None:
        return None


@asynccontextmanager
async def shared_sandbox(work: CellWork) -> AsyncGenerator[Sandbox]:
    """A cell's sandbox, started, to be given to any number of runs; it ends with the context.

    Raises:
        SandboxError: It cannot be started.
        ConfigError: There is no such sandbox.
    """
    sandbox = work.sandbox or sandbox_of(work.config.sandbox, work.base)
    shared = _Shared(sandbox)
    async with sandbox:
        yield cast("Sandbox", shared)  # whoever enters it has the sandbox itself; before, only kind and digest are read
