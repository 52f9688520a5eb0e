"""The page of a run, or of several, written as one file."""

import errno
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from toolwright.cli.output import messages, print_line, results
from toolwright.errors import RunError
from toolwright.recordings import write_whole
from toolwright.report.page.compare import CompareDocuments
from toolwright.report.page.file import page_file
from toolwright.report.page.html import page_html
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import find_run

_BEGINNING: Final = 8192
"""Bytes of a file in which one of our pages has said what it is."""
_OURS: Final = (b"<!doctype html>", b"Toolwright</title>")


def write_report(
    root: Path, runs: Sequence[str], out: Path | None, transfer: Sequence[Path], *, open_in_browser: bool
) -> None:
    """Writes the page and prints its path.

    Args:
        root: The folder that holds the runs.
        runs: Which runs; of several, or with results of evaluations, a comparison is made.
        out: The file; None for its usual place.
        transfer: Files with results of evaluations.
        open_in_browser: Whether to open it.

    Raises:
        RunError: No run, or more than one, is meant by a name; it is damaged, or all of several are; or the file cannot
            be written.
        DataError: A transfer file is no result of `toolwright evaluate --json`.
    """
    paths = [find_run(root, run) for run in runs]
    one = len(paths) == 1 and not transfer
    file = out or (paths[0] / "report.html" if one else Path("comparison.html"))
    _check_place(file)
    page = _page_of(paths[0]) if one else page_html(CompareDocuments(paths, transfer), title="Comparison")
    try:
        write_whole(file, page.encode("utf-8", "replace"))
    except OSError as error:
        raise _unwritable(file, error) from error
    print_line(results(), str(file))
    if open_in_browser and not webbrowser.open(file.absolute().as_uri()):
        print_line(messages(), f"No browser could be opened; open {file} yourself.")


def _page_of(path: Path) -> str:
    with RunFolder.read(path) as folder:
        return page_file(folder)


def _check_place(file: Path) -> None:
    """Raises RunError where the page would take the place of something that is none; asked before any work is done."""
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
        raise RunError(f"{file} is there and is no page of Toolwright's; name another file with --out, or remove it")


def _unwritable(file: Path, error: OSError) -> RunError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        remedy = "free space on its disk, or name a file on another one with --out"
    else:
        remedy = "name a file in a folder that can be written with --out"
    return RunError(f"the page {file} cannot be written: {error.strerror or error}; {remedy}")
