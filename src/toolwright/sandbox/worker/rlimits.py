"""The kernel's limits on one call's process; standard library only, part of the worker.

On macOS the address space cannot be limited (RLIMIT_AS is refused there): memory is then bounded by nothing but the
machine's. Each limit that the system does not have is left out.
"""

import contextlib
import math
import os
import resource
from typing import Final, TypeAlias, TypedDict

RESERVE: Final = 32 * 1024 * 1024
"""Bytes that come free after a MemoryError, so that it can be reported."""

MORE_TASKS: Final = 512
"""Processes and threads the user may have beyond those at the start (root has no such limit)."""


class CallLimits(TypedDict):
    """What a request says of its limits."""

    cpu_seconds: float
    memory_bytes: int
    threads: int
    scratch_bytes: int
    scratch_files: int
    file_bytes: int
    open_files: int
    output_bytes: int
    result_bytes: int
    result_depth: int


Plan: TypeAlias = "list[tuple[int, int, int]]"
"""Limits by the system's number: soft and hard."""


def plan(limits: CallLimits, mapped: int) -> Plan:
    """What every child sets, reckoned once.

    Args:
        limits: What the call may use.
        mapped: Bytes the base maps already; the call's memory counts from there.
    """
    memory = mapped + limits["memory_bytes"]
    wanted = {
        "RLIMIT_AS": (memory, memory + RESERVE),
        "RLIMIT_FSIZE": (limits["file_bytes"], limits["file_bytes"]),
        "RLIMIT_NOFILE": (limits["open_files"], limits["open_files"]),
        "RLIMIT_CORE": (0, 0),
    }
    return [(getattr(resource, name), *_allowed(name, *pair)) for name, pair in wanted.items() if _has(name)]


def apply(plan: Plan, tasks: int) -> None:
    """Limits this process; `tasks` is how many processes and threads its user may have, 0 for no limit."""
    for number, soft, hard in plan:
        _set(number, soft, hard)
    if tasks and _has("RLIMIT_NPROC"):
        _set(resource.RLIMIT_NPROC, *_allowed("RLIMIT_NPROC", tasks, tasks))


def allow_cpu(seconds: float, *, more_to_come: bool) -> None:
    """Allows so much processor time from now on; beyond it the process is killed.

    Args:
        seconds: How much.
        more_to_come: Whether more will be allowed later; else learned code cannot raise the limit either.
    """
    most = math.ceil(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) + seconds)
    hard = resource.RLIM_INFINITY if more_to_come else most + 1
    _set(resource.RLIMIT_CPU, *_allowed("RLIMIT_CPU", most, hard))


def free_reserve() -> None:
    """Gives a process that ran out of memory room to say so."""
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def user_tasks() -> int:
    """How many tasks this user has; 0 where the system does not say, and for root, whom the limit does not bind."""
    user, count = os.getuid(), 0
    if user == 0:
        return 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208 - once, plain strings
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:  # noqa: PTH116 - as above
                count += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208 - as above
    return count


def _has(name: str) -> bool:
    return hasattr(resource, name)


def _allowed(name: str, soft: int, hard: int) -> tuple[int, int]:
    """The limits, never above what this process may have."""
    _, most = resource.getrlimit(getattr(resource, name))
    if most == resource.RLIM_INFINITY:
        return soft, hard
    return min(soft, most), most if hard == resource.RLIM_INFINITY else min(hard, most)


def _set(number: int, soft: int, hard: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(number, (soft, hard))
