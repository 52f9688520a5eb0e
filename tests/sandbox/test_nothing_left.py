# ruff: noqa: ASYNC240 - the tests look at files that other processes make and remove
"""Whatever happens to calls and to their caller: no process, no folder, no descriptor and no zombie is left."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from toolwright.errors import SandboxError
from toolwright.sandbox import Limits
from toolwright.sandbox.forked import ForkedSandbox
from toolwright.trajectories import Outcome

from .conftest import job, until
from .kinds import Kind, every_kind
from .leftovers import descendants, descriptors, gone, stat_of

LIMITS: Final = Limits(wall_seconds=5, cpu_seconds=5, memory_mb=128)
GOOD: Final = job("return n", "n: int")
SLEEP: Final = job("import time; time.sleep(60)")
MIX: Final = {
    "ok": job("return 6 * 7"),
    "error": job("raise ValueError('no')"),
    "crashed": job("import os; os._exit(3)"),
    "output": job("while True: print('x' * 1000)"),
}


async def nothing_left(before: set[int], temporary: Path) -> None:
    """Waits until there is no process and no folder that was not there before."""
    await until(lambda: descendants(os.getpid()) <= before)
    assert list(temporary.iterdir()) == []


@every_kind
async def test_calls_and_cells_cancelled_at_any_moment_leave_nothing(kind: Kind, temporary: Path) -> None:
    chance, before, open_files = random.Random(7), descendants(os.getpid()), descriptors()

    async def one(sandbox: ForkedSandbox, n: int) -> Outcome:
        chosen = chance.choice([GOOD, SLEEP, *MIX.values()])
        return await sandbox.call(chosen, {"n": n} if chosen is GOOD else {}, caller=str(n % 5))

    async def cells(sandbox: ForkedSandbox, n: int) -> Outcome:
        async with sandbox.session(caller=str(n % 5)) as session:
            await session.run("x = 1")
            return await session.run(chance.choice(["x", "import time; time.sleep(60)"]))

    async with kind(limits=LIMITS, concurrency=3) as sandbox:
        prepared, cancelled = descriptors(), 0
        for _ in range(30):
            tasks = [asyncio.create_task(chance.choice([one, one, cells])(sandbox, n)) for n in range(10)]
            for task in chance.sample(tasks, len(tasks)):
                await asyncio.sleep(chance.choice([0, 0, 0.001, 0.004, 0.02]) * chance.random())
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert [one for one in ended if not isinstance(one, Outcome | asyncio.CancelledError)] == []
            cancelled += sum(isinstance(one, asyncio.CancelledError) for one in ended)
            assert (await sandbox.call(GOOD, {"n": 1})).result == 1
        assert cancelled > 100
        assert descriptors() <= prepared + 3 * 3  # a channel, an output and a lease for each prepared child
    await nothing_left(before, temporary)
    assert descriptors() == open_files


async def calls_leave_nothing(kind: Kind, count: int, temporary: Path) -> None:
    """Good and bad calls: each outcome right; afterwards there is as much as before."""
    wanted = [[*MIX][n % len(MIX)] for n in range(count)]
    async with kind(limits=LIMITS, concurrency=2) as sandbox:
        await asyncio.gather(*(sandbox.call(one, {}) for one in MIX.values()))
        await asyncio.sleep(0.2)
        processes, open_files = len(descendants(os.getpid())), descriptors()
        outcomes = await asyncio.gather(*(sandbox.call(MIX[status], {}) for status in wanted))
        assert [outcome.status for outcome in outcomes] == wanted
        await until(lambda: len(descendants(os.getpid())) <= processes)
        assert descriptors() <= open_files
        await until(lambda: len([*temporary.rglob("*")]) <= 3)  # the base's own folder, and one a prepared child


@pytest.mark.soak
@every_kind
async def test_hundreds_of_calls_leave_nothing(kind: Kind, temporary: Path) -> None:
    before, open_files = descendants(os.getpid()), descriptors()
    await calls_leave_nothing(kind, 500, temporary)
    await nothing_left(before, temporary)
    assert descriptors() == open_files


@pytest.mark.soak
@every_kind
async def test_ten_thousand_calls_leave_nothing(kind: Kind, temporary: Path) -> None:
    before, open_files = descendants(os.getpid()), descriptors()
    await calls_leave_nothing(kind, 10_000, temporary)
    await nothing_left(before, temporary)
    assert descriptors() == open_files


@pytest.mark.soak
@every_kind
async def test_twenty_starts_and_stops_leave_nothing(kind: Kind, temporary: Path) -> None:
    before, open_files = descendants(os.getpid()), descriptors()
    sandbox = kind(limits=LIMITS, concurrency=2)
    for n in range(20):
        async with sandbox:
            assert n % 3 == 0 or (await sandbox.call(GOOD, {"n": n})).result == n
        assert descriptors() == open_files
    await nothing_left(before, temporary)


@every_kind
async def test_a_base_that_is_killed_costs_the_calls_at_work_and_no_other(kind: Kind, temporary: Path) -> None:
    before, open_files = descendants(os.getpid()), descriptors()
    async with kind(limits=LIMITS, concurrency=3) as sandbox:
        for _ in range(3):
            calls = [asyncio.create_task(sandbox.call(SLEEP, {})) for _ in range(2)]
            await asyncio.sleep(0.2)
            os.kill(*_base_and(signal.SIGKILL, before))
            for call in calls:
                with pytest.raises(SandboxError, match="base process died"):
                    await call
            assert (await sandbox.call(GOOD, {"n": 1})).result == 1
            await until(lambda: len(descendants(os.getpid()) - before) <= 6)
    await nothing_left(before, temporary)
    assert descriptors() == open_files


def _base_and(number: signal.Signals, before: set[int]) -> tuple[int, signal.Signals]:
    """The base process, our only child that was not there before, and what to send it."""
    [base] = [pid for pid in descendants(os.getpid()) - before if stat_of(pid)[1] == os.getpid()]
    return base, number


CALLER: Final = """
import asyncio
import signal
from functools import partial
from toolwright.functions import Function
from toolwright.sandbox import ConfinedSandbox, Limits, UnconfinedSandbox
from toolwright.sync import run_sync

quick = Function(name="job", source="def job():\\n    open('file', 'w').write('x')\\n")
slow = Function(name="job", source="def job():\\n    while True: pass\\n")

async def main():
    async with KIND(concurrency=3, limits=Limits(wall_seconds=60, cpu_seconds=60)) as sandbox:
        async with sandbox.session() as cells:
            await cells.run("x = 1")
            await sandbox.call(quick, {})
            calls = [asyncio.create_task(sandbox.call(slow, {})) for _ in range(5)]
            await asyncio.sleep(0.1)
            print("at work", flush=True)
            await asyncio.gather(*calls, cells.run("while True: pass"))

signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where the tests run in the background
run_sync(main())
"""


@contextmanager
def caller(kind: Kind, temporary: Path) -> Generator["subprocess.Popen[bytes]"]:
    """A Python of its own in the middle of calls."""
    program = CALLER.replace("KIND", f"partial({kind.func.__name__}, **{kind.keywords})")
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"at work\n"
            yield process
        finally:
            process.kill()


@every_kind
@pytest.mark.parametrize("to_all", [False, True], ids=["to the caller", "to all in the terminal"])
async def test_an_interrupted_caller_ends_at_once_and_leaves_nothing(kind: Kind, to_all: bool, temporary: Path) -> None:
    with caller(kind, temporary) as process:
        theirs = descendants(process.pid)
        assert len(theirs) >= 4
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
        _, said = await asyncio.to_thread(process.communicate, timeout=8)
    assert process.returncode in (1, -signal.SIGINT)
    assert said.rstrip().endswith(b"KeyboardInterrupt")
    assert b"never retrieved" not in said
    await until(lambda: gone(theirs))
    assert list(temporary.iterdir()) == []


@every_kind
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_killed_caller_leaves_nothing(kind: Kind, number: signal.Signals, temporary: Path) -> None:
    with caller(kind, temporary) as process:
        theirs = descendants(process.pid)
        assert len(theirs) >= 4
        process.send_signal(number)
        await asyncio.to_thread(process.communicate, timeout=8)
    assert process.returncode == -number
    await until(lambda: gone(theirs) and not list(temporary.iterdir()))


@every_kind
def test_threads_with_event_loops_of_their_own_call_one_sandbox_together(kind: Kind, temporary: Path) -> None:
    before, open_files = descendants(os.getpid()), descriptors()
    sandbox = kind(limits=LIMITS, concurrency=2)
    wrong: list[object] = []

    async def calls(start: int) -> None:
        got = await asyncio.gather(*(sandbox.call(GOOD, {"n": n}) for n in range(start, start + 40)))
        wrong.extend(one for one, n in zip(got, range(start, start + 40), strict=True) if one.result != n)

    def thread(start: int) -> Callable[[], None]:
        return lambda: asyncio.run(calls(start))

    async def main() -> None:
        async with sandbox:
            threads = [threading.Thread(target=thread(start)) for start in (0, 100, 200)]
            for one in threads:
                one.start()
            await calls(300)
            for one in threads:
                await asyncio.to_thread(one.join)
        await nothing_left(before, temporary)

    asyncio.run(main())
    assert wrong == []
    assert descriptors() == open_files
