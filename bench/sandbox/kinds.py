"""The kinds and tiers of sandbox that are measured, each open for the whole bench, and the processes behind each."""

import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from bench.sandbox.processes import Memory, descendants, memory, parents

from toolwright.errors import SandboxError
from toolwright.sandbox import ConfinedSandbox, UnconfinedSandbox
from toolwright.sandbox.forked import ForkedSandbox

CORES: Final = 2
DEFAULT: Final = "confined"
UNCONFINED: Final = "unconfined"
KINDS: Final[dict[str, tuple[str, ...]]] = {
    DEFAULT: (),
    "confined but Landlock": ("landlock",),
    "confined but namespaces": ("namespaces",),
    UNCONFINED: (),
}
"""The layers each leaves out."""


@dataclass
class Opened:
    """A sandbox that runs.

    Attributes:
        name: Its kind, its tier, and whether the packages are imported ahead.
        sandbox: Itself.
        seconds: How long it took to start.
        processes: Every process it had started by then.
    """

    name: str
    sandbox: ForkedSandbox
    seconds: float
    processes: set[int]

    def bases(self) -> set[int]:
        """The process children are forked from, and what stands between it and this one."""
        return parents(descendants(os.getpid())) & self.processes

    def says(self) -> str:
        """What it reports of itself."""
        report = self.sandbox.report()
        tier = f"tier {report.tier}" if report.tier else "no tier"
        return f"{tier}, self-test {report.selftest_seconds * 1000:.0f} ms"

    def memory(self) -> dict[str, Memory]:
        """That of the base, and of a child that is prepared: the newest, for the oldest may be a session's."""
        bases = self.bases()
        own = [pid for pid in bases if not bases.intersection(descendants(pid))]
        children = {child for pid in own for child in descendants(pid)}
        found = {"base": own[:1], "prepared child": sorted(children)[-1:]}
        return {name: memory(pid) for name, pids in found.items() for pid in pids}


async def opened(stack: AsyncExitStack, kind: str, *, preload: bool) -> Opened | str:
    """Starts a sandbox; where it refuses to, why."""
    name = kind if preload else f"{kind}, nothing preloaded"
    before = set(descendants(os.getpid()))
    began = time.perf_counter()
    try:
        sandbox = await stack.enter_async_context(_make(kind, preload=preload))
    except SandboxError as error:
        return f"{name}: {error}"
    seconds = time.perf_counter() - began
    return Opened(name, sandbox, seconds, set(descendants(os.getpid())) - before)


def _make(kind: str, *, preload: bool) -> ForkedSandbox:
    if kind == UNCONFINED:
        return UnconfinedSandbox(concurrency=CORES, preload=preload)
    return ConfinedSandbox(concurrency=CORES, preload=preload, without=KINDS[kind])
