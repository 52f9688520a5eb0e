"""Scratch folders: removed whatever learned code left in them; standard library only, so that the worker can use it."""

# Plain strings and os throughout: this runs in the worker's loop, where there may be 100,000 files.
# ruff: noqa: PTH101, PTH104, PTH106, PTH108, PTH118, PTH208 - the reason above
import contextlib
import os
import stat


def remove(folder: str) -> None:
    """Removes a folder and all in it: deeply nested, unwritable or full of links; what is not there is no error."""
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        return
    except OSError:
        with contextlib.suppress(OSError):
            _flatten(folder)


def _flatten(folder: str) -> None:
    """Moves each inner folder beside `folder` before it is emptied: no path grows long and nothing recurses."""
    pending, moved = [folder], 0
    while pending:
        current = pending.pop()
        os.chmod(current, 0o700)
        for name in os.listdir(current):
            path = os.path.join(current, name)
            if stat.S_ISDIR(os.lstat(path).st_mode):
                moved += 1
                os.chmod(path, 0o700)
                os.rename(path, f"{folder}.{moved}")
                pending.append(f"{folder}.{moved}")
            else:
                os.unlink(path)
        os.rmdir(current)
