"""A run kept open for reading while whoever writes it comes and goes: opened again where its file is another one."""

import os
from pathlib import Path

from toolwright.errors import RunError
from toolwright.runs.folder import DATABASE, RunFolder


class OpenRun:
    """A run's folder, open while it is there; used by one thread at a time.

    Args:
        path: The run's folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder: RunFolder | None = None
        self._file: tuple[int, int] | None = None

    def folder(self) -> RunFolder:
        """The folder, as it is now.

        Raises:
            RunError: It is not there (any more), or cannot be read.
        """
        file = self._identity()
        if self._folder is None or file != self._file or not os.access(self.path, os.W_OK):
            self.close()  # where the folder cannot be written, SQLite may have opened a still picture of it
            self._folder, self._file = RunFolder.read(self.path), file
        return self._folder

    def close(self) -> None:
        """Closes the folder; it is opened again when it is asked for."""
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.close()

    def _identity(self) -> tuple[int, int]:
        """Which file the database is: one that was removed stays readable to who has it open."""
        try:
            found = (self.path / DATABASE).stat()
        except OSError as error:
            raise RunError(
                f"the run's folder {self.path} is not there any more, or cannot be read ({error.strerror}); put it "
                "back, or end this server"
            ) from error
        return found.st_dev, found.st_ino
