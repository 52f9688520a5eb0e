# ruff: noqa: ASYNC240 - the test looks at what other processes leave
"""20,000 calls, good and bad, several at a time: every outcome right, and nothing grows or is left behind."""

import asyncio
import os
import random
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from toolwright.sandbox import DEFAULT_PACKAGES, ConfinedSandbox, Limits
from toolwright.sandbox.forked import ForkedSandbox
from toolwright.trajectories import Outcome, OutcomeStatus

from .conftest import job, until

CALLS = 20_000
AT_ONCE = 4
ALLOWED = (*DEFAULT_PACKAGES, "ctypes", "os", "threading")
LIMITS = Limits(wall_seconds=5, cpu_seconds=10, memory_mb=256)  # a busy machine can stand still for a second
PROC = Path("/proc")

CASES: dict[str, tuple[float, str, OutcomeStatus, str]] = {
    "adds": (50, "return n + 1", "ok", ""),
    "uses numpy": (6, "import numpy\nreturn int(numpy.full(n, 1).sum()) + 1", "ok", ""),
    "writes a file": (
        5,
        "try: open('f', 'w').write('x' * 10_000)\nexcept OSError: pass  # some tiers have no scratch\nreturn n + 1",
        "ok",
        "",
    ),
    "leaves a thread": (
        2,
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nreturn n + 1",
        "ok",
        "",
    ),
    "raises": (15, "raise ValueError(n)", "error", "ValueError: {n} (line 2"),
    "exits": (3, "import os; os._exit(3)", "crashed", "exit code 3"),
    "aborts": (3, "import os; os.abort()", "crashed", "SIGABRT"),
    "breaks memory": (3, "import ctypes; ctypes.string_at(0)", "crashed", "SIGSEGV"),
    "kills itself": (3, "import os; os.kill(os.getpid(), 9)", "crashed", "SIGKILL"),
    "prints for ever": (2, "while True: print(n, 'x' * 1000)", "output", "printed more than"),
    "returns too much": (2, "return 'x' * 2_000_000", "result", "returned more than"),
    "needs memory": (2, "return len(bytearray(10**9))", "memory", "needed more than 256 MB"),
    "sleeps": (0.15, "import time; time.sleep(60)", "timeout", "ran longer than 5 s"),
    "spins": (0.05, "while True: pass", "timeout", "ran longer than 5 s"),
}
"""Share in percent, body, status, and what the error says; a good call's result is n + 1."""

OTHERS = {"is cancelled": 1.2, "is a session": 2.0}
SLEEP = job("import time; time.sleep(60)")


async def call(sandbox: ForkedSandbox, name: str, n: int) -> str:
    """Makes one call; what was wrong about its outcome, "" where nothing was."""
    _, body, status, text = CASES[name]
    outcome = await sandbox.call(job(body, "n"), {"n": n})
    right = (outcome.status, outcome.result) == (status, n + 1 if status == "ok" else None)
    return "" if right and text.format(n=n) in outcome.error else f"call {n} {name}: {_short(outcome)}"


async def cancelled(sandbox: ForkedSandbox, n: int) -> str:
    """Lets go of a call that would sleep."""
    try:
        async with asyncio.timeout(0.05):
            outcome = await sandbox.call(SLEEP, {})
    except TimeoutError:
        return ""
    return f"call {n} is cancelled: {_short(outcome)}"


async def session(sandbox: ForkedSandbox, n: int) -> str:
    """Cells that share a variable, until one ends its process and takes it along."""
    cells = (f"x = {n}", "x + 1", "x / 0", "x + 2", "import os; os.abort()", "x", "1 + 1")
    async with sandbox.session() as interpreter:
        outcomes = [await interpreter.run(cell) for cell in cells]
    found = [(outcome.status, outcome.result) for outcome in outcomes]
    wanted: list[tuple[OutcomeStatus, int | None]] = [
        ("ok", None),
        ("ok", n + 1),
        ("error", None),
        ("ok", n + 2),
        ("crashed", None),
        ("error", None),
        ("ok", 2),
    ]
    return "" if found == wanted else f"session {n}: {[_short(outcome) for outcome in outcomes]}"


def _short(outcome: Outcome) -> str:
    return f"{outcome.status} {str(outcome.result)[:50]} {outcome.error[:200]}"


def mix() -> Iterator[tuple[int, str]]:
    shares = {name: share for name, (share, *_) in CASES.items()} | OTHERS
    return enumerate(random.Random(0).choices([*shares], [*shares.values()], k=CALLS))


async def run_all(sandbox: ForkedSandbox, calls: Iterator[tuple[int, str]]) -> list[str]:
    """Makes the calls, several at a time, to the last one; returns what was wrong."""
    ways: dict[str, Callable[[ForkedSandbox, int], Awaitable[str]]] = {
        "is cancelled": cancelled,
        "is a session": session,
    }
    wrong: list[str] = []

    async def caller() -> None:
        for n, name in calls:
            fault = await (ways[name](sandbox, n) if name in ways else call(sandbox, name, n))
            wrong.extend([fault] if fault else [])

    async with asyncio.TaskGroup() as group:
        callers = [group.create_task(caller()) for _ in range(AT_ONCE)]
    assert not any(task.cancelled() for task in callers)
    return wrong


@dataclass(frozen=True)
class Seen:
    """What a quiet moment looks like.

    Attributes:
        rss: Resident kilobytes of this process and of those that live as long as the sandbox.
        tables: Room for descriptors in each of them, which a leak makes grow.
        descriptors: Open descriptors of this process.
        processes: How many processes there are below this one.
        folders: How many files and folders there are where temporary ones belong.
    """

    rss: dict[int, int]
    tables: dict[int, int]
    descriptors: int
    processes: int
    folders: int


def status(pid: int) -> dict[str, str]:
    """What the kernel says of a process to everyone; nothing where it is gone."""
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def below() -> dict[int, dict[str, str]]:
    """The processes this one started, and theirs."""
    every = {int(entry.name): status(int(entry.name)) for entry in PROC.iterdir() if entry.name.isdigit()}
    found: dict[int, dict[str, str]] = {}
    pending = {os.getpid()}
    while pending:
        pending = {pid for pid, one in every.items() if one and int(one["PPid"]) in pending}
        found |= {pid: every[pid] for pid in pending}
    return found


def quiet(others: set[int]) -> bool:
    """Whether all that is left are the base (a namespace's first process with it) and prepared children."""
    mine = {pid: one for pid, one in below().items() if pid not in others}
    zombies = [pid for pid, one in mine.items() if one["State"].startswith("Z")]
    return not zombies and len(mine) <= 3 + AT_ONCE


def look(folder: Path, others: set[int]) -> Seen:
    processes = {pid: one for pid, one in below().items() if pid not in others}
    lasting = {os.getpid(): status(os.getpid())}
    lasting |= {pid: one for pid, one in processes.items() if any(int(o["PPid"]) == pid for o in processes.values())}
    return Seen(
        rss={pid: int(one["VmRSS"].split()[0]) for pid, one in lasting.items()},
        tables={pid: int(one["FDSize"]) for pid, one in lasting.items()},
        descriptors=len([*Path("/proc/self/fd").iterdir()]),
        processes=len(processes),
        folders=len([*folder.rglob("*")]),
    )


@pytest.mark.soak
@pytest.mark.skipif(not PROC.is_dir(), reason="looks at /proc")
async def test_20000_calls_of_all_kinds_have_right_outcomes_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    others, calls = {*below()}, mix()
    async with ConfinedSandbox(allowed=ALLOWED, limits=LIMITS, concurrency=AT_ONCE) as sandbox:
        first = await run_all(sandbox, (next(calls) for _ in range(CALLS // 4)))
        await until(lambda: quiet(others))
        early = look(tmp_path, others)
        rest = await run_all(sandbox, calls)
        await until(lambda: quiet(others))
        late = look(tmp_path, others)
    assert first + rest == []
    assert late.rss.keys() == early.rss.keys()  # the base is the same: nothing killed it
    for pid, before in early.rss.items():
        assert late.rss[pid] < before * 1.03 + 2048
    assert late.tables == early.tables
    assert late.descriptors <= early.descriptors + 2
    assert late.processes <= early.processes + 1
    assert late.folders <= early.folders + 1
    await until(lambda: not {*below()} - others)
    assert [*tmp_path.iterdir()] == []
