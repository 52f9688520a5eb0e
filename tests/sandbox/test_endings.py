# ruff: noqa: ASYNC240 - the tests look at files that other processes make and remove
"""Whoever dies, is cancelled or goes away: no process, descriptor or folder is left, and the next call works.

Learned code here looks at processes and files of the machine, and kills what it finds: it runs unconfined.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from toolwright.errors import SandboxError
from toolwright.functions import Function
from toolwright.sandbox import Limits, UnconfinedSandbox
from toolwright.trajectories import Outcome

from .conftest import EVERYTHING, Make, until
from .leftovers import descriptors, gone

GOOD = Function(name="good", source="def good():\n    return 'good'\n")
TELL = "import os, time\nopen(path, 'w').write(f'{os.getpid()} {os.getppid()} {os.getcwd()}')\n"


@pytest.fixture
async def loose() -> AsyncGenerator[UnconfinedSandbox]:
    """Started with nothing imported ahead; learned code may do what its user may."""
    async with UnconfinedSandbox(allowed=EVERYTHING, preload=False, concurrency=2) as sandbox:
        yield sandbox


def told(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


async def test_a_cancelled_call_ends_its_process(temporary: Path, tmp_path: Path, make: Make) -> None:
    path = tmp_path / "told"
    async with UnconfinedSandbox(allowed=EVERYTHING, preload=False) as sandbox:
        call = asyncio.create_task(sandbox.call(make(TELL + "time.sleep(60)", "path"), {"path": str(path)}))
        await until(lambda: len(told(path)) == 3)
        pid, _, folder = told(path)
        assert Path(folder).exists()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(lambda: gone([int(pid)]) and not Path(folder).exists())
        assert (await sandbox.call(GOOD, {})).ok
    assert list(temporary.iterdir()) == []


async def test_a_call_that_waits_for_its_turn_can_be_cancelled(make: Make) -> None:
    async with UnconfinedSandbox(allowed=EVERYTHING, preload=False, concurrency=1) as sandbox:
        first = asyncio.create_task(sandbox.call(make("import time; time.sleep(60)"), {}))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(sandbox.call(GOOD, {}))
        await asyncio.sleep(0.1)
        assert (second.cancel(), first.cancel()) == (True, True)
        await asyncio.wait([first, second])
        assert (await sandbox.call(GOOD, {})).ok


async def test_an_answer_that_came_while_the_caller_was_held_up_counts(make: Make) -> None:
    answers = make("import time; print('done'); time.sleep(0.3); return 1")
    exits = make("import os, time; print('done'); time.sleep(0.3); os._exit(3)")
    async with UnconfinedSandbox(allowed=EVERYTHING, preload=False, limits=Limits(wall_seconds=2)) as sandbox:
        calls = [asyncio.create_task(sandbox.call(function, {})) for function in (answers, exits)]
        await asyncio.sleep(0.15)
        time.sleep(2.2)  # noqa: ASYNC251 - the loop is what stands still
        outcomes = await asyncio.gather(*calls)
    assert [(outcome.status, outcome.stdout) for outcome in outcomes] == [("ok", "done\n"), ("crashed", "done\n")]


async def test_what_a_call_leaves_behind_is_killed(loose: UnconfinedSandbox, tmp_path: Path, make: Make) -> None:
    path = tmp_path / "told"
    daemon = """
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            open(path, "w").write(str(os.getpid()))
            time.sleep(60)
        os._exit(0)
    while not (os.path.exists(path) and os.path.getsize(path)):
        time.sleep(0.01)
    return 1
    """
    assert (await loose.call(make(daemon, "path"), {"path": str(path)})).ok
    await until(lambda: gone([int(told(path)[0])]))


async def test_three_deaths_in_a_row_are_said(make: Make) -> None:
    kill = make("import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(60)")
    async with UnconfinedSandbox(allowed=EVERYTHING, preload=False) as sandbox:
        for _ in range(3):
            with pytest.raises(SandboxError, match="died during the call"):
                await sandbox.call(kill, {})
        with pytest.raises(SandboxError, match="died 3 times in a row, last: killed by SIGKILL"):
            await sandbox.call(GOOD, {})


async def test_a_base_that_died_between_calls_costs_none(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "told"
    async with UnconfinedSandbox(allowed=EVERYTHING, preload=False) as sandbox:
        await sandbox.call(make(TELL, "path"), {"path": str(path)})
        base = int(told(path)[1])
        os.kill(base, signal.SIGKILL)
        await until(lambda: gone([base]))
        outcomes = await asyncio.gather(*(sandbox.call(GOOD, {}) for _ in range(8)))
    assert all(outcome.ok for outcome in outcomes)


async def test_children_die_with_their_base(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "told"
    async with UnconfinedSandbox(allowed=EVERYTHING, preload=False) as sandbox:
        call = asyncio.create_task(sandbox.call(make(TELL + "time.sleep(60)", "path"), {"path": str(path)}))
        await until(lambda: len(told(path)) == 3)
        pid, base, _ = told(path)
        os.kill(int(base), signal.SIGKILL)
        with pytest.raises(SandboxError, match="died during the call"):
            await call
        await until(lambda: gone([int(pid)]))


async def test_a_start_that_is_cancelled_leaves_nothing(temporary: Path) -> None:
    start = asyncio.create_task(UnconfinedSandbox(allowed=("numpy",)).__aenter__())
    await asyncio.sleep(0.05)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert list(temporary.iterdir()) == []


async def test_calls_in_flight_when_the_sandbox_stops_end_and_leave_nothing(temporary: Path, make: Make) -> None:
    before = descriptors()
    async with UnconfinedSandbox(allowed=EVERYTHING, preload=False, concurrency=4) as sandbox:
        calls = [asyncio.create_task(sandbox.call(make("import time; time.sleep(60)"), {})) for _ in range(8)]
        await asyncio.sleep(0.2)
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [outcome for outcome in outcomes if isinstance(outcome, Outcome) and outcome.ok] == []
    assert descriptors() == before
    assert list(temporary.iterdir()) == []
