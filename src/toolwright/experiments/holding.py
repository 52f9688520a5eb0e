"""An experiment's folder, held by one process at a time, so that nobody else runs its cells or spends its budget.

Example:
    with held(Path("results")):
        ...
"""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from toolwright.errors import RunError
from toolwright.runs.lock import FolderLock


@contextmanager
def held(out: Path) -> Generator[None]:
    """Holds an experiment's folder; one that was made for nothing is gone afterwards.

    Raises:
        RunError: It cannot be made, or another process holds it.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{out} cannot be made: {error}; name another folder with --out") from error
    lock = FolderLock(out)
    try:
        yield
    finally:
        if {file.name for file in out.iterdir()} == {"lock"}:
            with suppress(OSError):
                (out / "lock").unlink()
                out.rmdir()
        lock.release()
