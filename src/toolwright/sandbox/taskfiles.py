"""Which names a task's files may have inside a call's scratch folder."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from toolwright.errors import SandboxError
from toolwright.tasks import TaskFile

MAX_FILES: Final = 64


def check_files(files: Sequence[TaskFile]) -> None:
    """Checks that each file has a place of its own inside the folder.

    Raises:
        SandboxError: A name leads outside or occurs twice, or there are too many files.
    """
    if len(files) > MAX_FILES:
        raise SandboxError(f"a task has {len(files)} files; a sandbox takes {MAX_FILES}")
    seen: set[str] = set()
    for file in files:
        path = PurePosixPath(file.name)
        if path.is_absolute() or ".." in path.parts or str(path) != file.name or file.name in ("", "."):
            raise SandboxError(f"a task's file is named {file.name!r}; give it a plain relative name")
        if file.name in seen:
            raise SandboxError(f"two of a task's files are named {file.name!r}")
        seen.add(file.name)
