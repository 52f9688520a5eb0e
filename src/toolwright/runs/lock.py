"""One writer a folder: a lock the operating system takes back when its owner dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from toolwright.errors import RunError

_FILE: Final = "lock"
_TRIES: Final = 5
_BETWEEN: Final = 0.02  # seconds; whoever asks `in_use` holds the lock for microseconds


class FolderLock:
    """Holds the lock of a folder until released; the lock file names its owner's process id.

    Raises:
        RunError: Another process holds it (the message has its id), or the lock file cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._file = -1
        try:
            owner = self._take(folder / _FILE)
            if owner is None:
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            self.release()
            raise RunError(
                f"the run folder {folder} cannot be written: {error}; free space on its disk, make it writable, or "
                "copy it to where it can be"
            ) from error
        if owner is not None:
            self.release()
            raise RunError(f"the run folder {folder} is in use by process {owner}; let it end, or stop it")

    def _take(self, path: Path) -> str | None:
        """Opens and locks the file; the process id of who holds it already, None where it is ours now.

        Who held it may have removed it before it came free (`experiments.holding`): then the one that is there counts.
        """
        while True:
            # Closed on exec, so that no child inherits it.
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            owner = _refusing_owner(self._file)
            if owner is not None or _is_at(self._file, path):
                return owner
            self.release()

    def release(self) -> None:
        """Gives the folder free; a second release does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def in_use(folder: Path) -> bool:
    """Whether a process has the folder open for writing; it is asked without keeping anybody waiting."""
    try:
        file = os.open(folder / _FILE, os.O_RDONLY)
    except OSError:  # no writer ever was here, or it is not ours to see
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(file)
    return False


def _is_at(file: int, path: Path) -> bool:
    """Whether an open file is the one that lies there."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _refusing_owner(file: int) -> str | None:
    """Takes the lock; the process id of who holds it already, None where it is ours now."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_BETWEEN)
        else:
            return None
    return os.pread(file, 32, 0).decode("ascii", "replace").strip() or "(just starting)"
