"""One writer a folder: a lock the operating system takes back when its owner dies, however it dies."""

import fcntl
import os
from pathlib import Path

from toolwright.errors import RunError


class FolderLock:
    """Holds the lock of a folder until released; the lock file names its owner's process id.

    Raises:
        RunError: Another process holds it (the message has its id), or the lock file cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        file = folder / "lock"
        try:
            self._file = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)  # closed on exec, so that no child inherits it
        except OSError as error:
            raise RunError(
                f"the run folder {folder} cannot be written: {error}; make it writable, or copy it to where it can be"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise RunError(
                f"the run folder {folder} is in use by process {owner or '(just starting)'}; let it end, or stop it"
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Gives the folder free; a second release does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
