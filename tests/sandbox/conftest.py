"""One base process for all tests of this folder: real processes, no stand-ins."""

import asyncio
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from toolwright.functions import Function
from toolwright.protocols import Sandbox
from toolwright.sandbox import DEFAULT_PACKAGES, ConfinedSandbox, Limits
from toolwright.sync import run_sync

Make = Callable[..., Function]


async def until(true: Callable[[], bool]) -> None:
    """Waits for what another process does."""
    async with asyncio.timeout(8):
        while not true():  # noqa: ASYNC110 - another process cannot set an event of ours
            await asyncio.sleep(0.01)


SMALL = Limits(wall_seconds=8, cpu_seconds=5, memory_mb=256, threads=4, scratch_mb=8, scratch_files=50)
"""Time enough for what must succeed on a machine that stands still for a second; for the rest it is short."""

HURRIED = SMALL.model_copy(update={"wall_seconds": 0.5})
"""For what would go on for ever."""

EVERYTHING = (*DEFAULT_PACKAGES, *sorted(sys.stdlib_module_names))
"""An allow-list that keeps nothing from code that tries what the kernel must refuse."""


def job(body: str, parameters: str = "", before: str = "") -> Function:
    """A function named `job` of a body."""
    lines = textwrap.indent(textwrap.dedent(body), "    ")
    return Function(name="job", source=f"{before}def job({parameters}):\n{lines}\n")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[ConfinedSandbox]:
    """Started with every package."""
    one = ConfinedSandbox(limits=SMALL, concurrency=2)
    run_sync(one.__aenter__())
    yield one
    run_sync(one.__aexit__())


@pytest.fixture(scope="session")
def bare() -> Iterator[ConfinedSandbox]:
    """Started with nothing imported ahead; code may import what it likes."""
    one = ConfinedSandbox(allowed=EVERYTHING, limits=SMALL, concurrency=2, preload=False)
    run_sync(one.__aenter__())
    yield one
    run_sync(one.__aexit__())


@pytest.fixture(scope="session")
def hurried() -> Iterator[ConfinedSandbox]:
    """As `bare`, and it gives half a second."""
    one = ConfinedSandbox(allowed=EVERYTHING, limits=HURRIED, concurrency=1, preload=False)
    run_sync(one.__aenter__())
    yield one
    run_sync(one.__aexit__())


async def goes_on(sandbox: Sandbox, work: Function) -> bool:
    """Whether a call works in a sandbox that gives little time, on a machine that may stand still for longer."""
    for _ in range(10):
        outcome = await sandbox.call(work, {})
        if outcome.status != "timeout":
            return outcome.ok
    return False


@pytest.fixture
def make() -> Make:
    """`job`, for tests that import nothing of this file."""

    return job


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test alone."""
    folder = tmp_path_factory.mktemp("t")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder
