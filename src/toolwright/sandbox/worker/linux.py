"""What the worker asks of the Linux kernel that Python has no name for; elsewhere it does nothing."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Final

_SET_PDEATHSIG: Final = 1  # PR_SET_PDEATHSIG, linux/prctl.h
_SET_CHILD_SUBREAPER: Final = 36  # PR_SET_CHILD_SUBREAPER, linux/prctl.h


def _find_prctl() -> Callable[[int, int, int, int, int], int]:
    if sys.platform == "linux":
        return ctypes.CDLL(None).prctl
    return lambda *_: 0


_PRCTL: Final = _find_prctl()  # looked up once, in the base: in every child it would take 0.2 ms


def _find_fork() -> Callable[[], int]:
    """The C library's own fork, which keeps the interpreter's lock while it forks."""
    return ctypes.PyDLL(None, use_errno=True).fork if sys.platform == "linux" else os.fork


_FORK: Final = _find_fork()


def fork() -> int:
    """Forks without what Python does around `os.fork`; only for a process of one thread.

    Python then takes and gives back locks that other threads might hold, and starts threading, logging and random
    anew: for one thread there is nothing to mend, and it takes a third of a small child's time.
    """
    pid = _FORK()
    if pid < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return pid


def die_with_parent() -> None:
    """Has the kernel kill this process when the base dies."""
    _PRCTL(_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def adopt_orphans() -> None:
    """Makes processes that learned code left behind ours, so that they can be found and killed."""
    _PRCTL(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_first() -> None:
    """Tells the kernel to end learned code before anything of the user's when memory runs out."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write("900")


def about_itself(name: str, proc: int | None = None) -> bytes:
    """A file of /proc about this process; b"" where the system has none.

    Args:
        name: "statm", "maps", …
        proc: A descriptor of /proc, where it has no path here.
    """
    with contextlib.suppress(OSError):
        file = os.open(f"self/{name}" if proc is not None else f"/proc/self/{name}", os.O_RDONLY, dir_fd=proc)
        with open(file, "rb") as opened:  # noqa: PTH123 - a descriptor
            return opened.read()
    return b""


def mapped_bytes(proc: int | None = None) -> int:
    """The address space this process uses; 0 where the system does not say. `proc` as above."""
    pages = about_itself("statm", proc).split()
    return int(pages[0]) * resource.getpagesize() if pages else 0


def own_children() -> list[int]:
    """The ids of this process's children; none where the system does not say."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:  # noqa: PTH123 - on the way of every call
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []
