"""What /proc says of the processes a bench started: who descends from whom, processor time, memory.

Processor time is that of every process and of all it has reaped, so the children of calls long gone count, and an
intermediate process (a namespace's first) makes no difference.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
SETTLE_SECONDS: Final = 0.05
"""Time for the last call's child to be gone and reaped."""


@dataclass(frozen=True)
class Memory:
    """One process's memory in mebibytes.

    Attributes:
        rss: All it maps that is in memory.
        pss: The same, each shared page divided by how many share it; None where this user may not read it.
        own: Pages no other process shares; None as above.
        page_tables: What the kernel keeps for it, which neither of these counts.
    """

    rss: float
    pss: float | None
    own: float | None
    page_tables: float


def descendants(root: int) -> list[int]:
    """The processes below `root`, itself left out."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, pending = list[int](), [root]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += below
    return found


def parents(pids: Iterable[int]) -> set[int]:
    """Those of the processes that have children: the bases, and what stands between them and the caller."""
    known = set(pids)
    return {pid for pid in known if known.intersection(descendants(pid))}


def cpu_seconds() -> float:
    """Processor time of this process and all below it, the reaped included, once what is ending has ended."""
    time.sleep(SETTLE_SECONDS)
    ticks = os.sysconf("SC_CLK_TCK")
    own = os.getpid()
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in (own, *descendants(own))) / ticks


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on (state, parent, ...); empty where the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def memory(pid: int) -> Memory:
    """The memory of one process."""
    status = _fields(PROC / str(pid) / "status")
    try:
        rollup = _fields(PROC / str(pid) / "smaps_rollup")
    except PermissionError:  # a confined child is not dumpable: only root may look
        rollup = {}
    own = rollup["Private_Clean"] + rollup["Private_Dirty"] if rollup else None
    return Memory(status["VmRSS"], rollup.get("Pss"), own, status["VmPTE"])


def _fields(file: Path) -> dict[str, float]:
    lines = (line.split() for line in file.read_text().splitlines())
    return {words[0].removesuffix(":"): int(words[1]) / 1024 for words in lines if words[-1] == "kB"}
