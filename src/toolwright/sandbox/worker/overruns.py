"""Which limit an exception stands for, and what to do about it; standard library only, part of the worker.

Python reports a limit of the kernel by whatever the refused system call makes of it. Here it gets its name back, and a
sentence that says what to do: the same on every machine, for it enters prompts.
"""

import errno
import os
from typing import Final

from toolwright.sandbox.worker.faults import leaves
from toolwright.sandbox.worker.rlimits import CallLimits

NO_THREAD: Final = "can't start new thread"
"""What CPython says where the kernel gives it no thread."""

_REMOVE: Final = "in its working folder; make less, and remove what is no longer needed"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


def overrun(error: BaseException, limits: CallLimits) -> tuple[str, str] | None:
    """The outcome's status and text where an exception, or one in its group, is a limit's; None where it is not."""
    for leaf in leaves(error):
        if (found := _overrun(leaf, limits)) is not None:
            return found
    return None


def _overrun(error: BaseException, limits: CallLimits) -> tuple[str, str] | None:
    if isinstance(error, MemoryError):
        return "memory", f"needed more than {limits['memory_bytes'] >> 20} MB of memory; hold less at once"
    if isinstance(error, RuntimeError) and error.args == (NO_THREAD,):
        return "threads", f"could not start a thread: {limits['threads']} may run beside the main one; use fewer"
    return _disk(error, limits) if isinstance(error, OSError) else None


def _disk(error: OSError, limits: CallLimits) -> tuple[str, str] | None:
    if error.errno == errno.EFBIG:
        return "scratch", f"wrote a file of more than {_mb(limits['file_bytes'])}; write less"
    # numpy writes past Python, and says how much it wrote but not why no more: then a full disk says it.
    if error.errno not in _FULL and not (error.errno is None and _room() in ("no bytes", "no inodes")):
        return None
    if _room() == "no inodes":
        return "inodes", f"made more than {limits['scratch_files']:,} files and folders {_REMOVE}"
    return "scratch", f"wrote more than {_mb(limits['scratch_bytes'])} {_REMOVE}"


def _room() -> str:
    """What the working folder's file system has left."""
    try:
        found = os.statvfs(".")
    except OSError:
        return "unknown"
    if found.f_files and not found.f_favail:
        return "no inodes"
    return "room" if found.f_bavail else "no bytes"


def _mb(size: int) -> str:
    return f"{size / (1 << 20):g} MB"
