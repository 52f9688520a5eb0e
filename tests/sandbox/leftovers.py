# ruff: noqa: PTH208 - names of processes and descriptors, plain strings do
"""What there is at a moment: processes below this one, and descriptors it holds."""

import os
from collections.abc import Iterable
from pathlib import Path


def descriptors() -> int:
    """How many this process holds."""
    return len(os.listdir("/proc/self/fd"))


def stat_of(pid: int) -> tuple[str, int]:
    """A process's state and its parent; ("gone", 0) where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "gone", 0
    return fields[0], int(fields[1])


def descendants(root: int) -> set[int]:
    """Every process that comes of `root`, zombies included."""
    parents = {int(name): stat_of(int(name))[1] for name in os.listdir("/proc") if name.isdigit()}
    found, fresh = set[int](), {root}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh}
        found |= fresh
    return found


def gone(pids: Iterable[int]) -> bool:
    """Whether none of them runs; one whose new parent has not reaped it yet does not."""
    return all(stat_of(pid)[0] in ("gone", "Z") for pid in pids)
