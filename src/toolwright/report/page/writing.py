"""Writing a page to its file, in the place of nothing but a page of ours.

Example:
    check_place(file)  # before any work is done
    write_page(file, page_html(documents))
"""

import errno
from pathlib import Path
from typing import Final

from toolwright.errors import RunError
from toolwright.recordings import write_whole

_BEGINNING: Final = 8192
"""Bytes of a file in which one of our pages has said what it is."""
_OURS: Final = (b"<!doctype html>", b"Toolwright</title>")


def write_page(file: Path, html: str) -> Path:
    """Writes a page, whole or not at all; returns where it lies.

    Raises:
        RunError: The file is there and is no page of ours, or it cannot be written.
    """
    check_place(file)
    try:
        return write_whole(file, html.encode("utf-8", "replace"))
    except OSError as error:
        raise _unwritable(file, error) from error


def check_place(file: Path) -> None:
    """Raises RunError where a page would take the place of something that is none."""
    try:
        if file.is_file():
            with file.open("rb") as there:
                beginning = there.read(_BEGINNING)
            ours = not beginning or all(mark in beginning for mark in _OURS)
        else:
            ours = not (file.exists() or file.is_symlink())
    except OSError as error:
        raise _unwritable(file, error) from error
    if not ours:
        raise RunError(f"{file} is there and is no page of Toolwright's; name another file (--out), or remove it")


def _unwritable(file: Path, error: OSError) -> RunError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        remedy = "free space on its disk, or name a file on another one (--out)"
    else:
        remedy = "name a file in a folder that can be written (--out)"
    return RunError(f"the page cannot be written to {file}: {error.strerror or error}; {remedy}")
