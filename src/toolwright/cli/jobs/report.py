"""The page of a run, or of several, written as one file."""

import webbrowser
from collections.abc import Sequence
from pathlib import Path

from toolwright.cli.output import messages, print_line, results
from toolwright.report.page.comparing import CompareDocuments
from toolwright.report.page.file import page_file
from toolwright.report.page.html import page_html
from toolwright.report.page.writing import check_place, write_page
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import find_run


def write_report(
    root: Path, runs: Sequence[str], out: Path | None, transfer: Sequence[Path], *, open_in_browser: bool
) -> None:
    """Writes the page and prints its path.

    Args:
        root: The folder that holds the runs.
        runs: Which runs; of several, or with results of evaluations, a comparison is made.
        out: The file; None for its usual place.
        transfer: Files with results of evaluations, or folders of them.
        open_in_browser: Whether to open it.

    Raises:
        RunError: No run, or more than one, is meant by a name; it is damaged, or all of several are; or the file cannot
            be written.
        DataError: A transfer file is no result of `toolwright evaluate --json`.
    """
    paths = [find_run(root, run) for run in runs]
    one = len(paths) == 1 and not transfer
    file = out or (paths[0] / "report.html" if one else Path("comparison.html"))
    check_place(file)  # before any work is done
    page = _page_of(paths[0]) if one else page_html(CompareDocuments(paths, transfer), title="Comparison")
    write_page(file, page)
    print_line(results(), str(file))
    if open_in_browser and not webbrowser.open(file.absolute().as_uri()):
        print_line(messages(), f"No browser could be opened; open {file} yourself.")


def _page_of(path: Path) -> str:
    with RunFolder.read(path) as folder:
        return page_file(folder)
