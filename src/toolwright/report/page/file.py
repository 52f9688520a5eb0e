"""The page of a run as a file that can be sent: under a size, with as much of the run in it as fits.

Example:
    Path("report.html").write_text(page_file(folder), "utf-8")
"""

from typing import Final

from toolwright.report.page.cuts import CUTS
from toolwright.report.page.html import embedded, page_with
from toolwright.report.page.source import RunDocuments
from toolwright.runs.folder import RunFolder

MOST: Final = 20_000_000
"""Bytes of a page, at the most."""


def page_file(folder: RunFolder, most: int = MOST) -> str:
    """The page of a run, whatever state its record is in; what was left out of it is said in it.

    Args:
        folder: The run, open for reading.
        most: Bytes it may have in UTF-8. Scores, curves, functions and steps stay whatever they take.
    """
    documents = RunDocuments(folder)
    frame = len(page_with((), title=folder.id).encode())
    for cut in CUTS[:-1]:
        elements = _fitting(documents.within(cut), most - frame)
        if elements is not None:
            return page_with(elements, title=folder.id)
    return page_with(embedded(documents.within(CUTS[-1])), title=folder.id)


def _fitting(documents: RunDocuments, room: int) -> list[str] | None:
    """The documents as elements; None as soon as they take more than there is room for."""
    elements: list[str] = []
    for element in embedded(documents):
        room -= len(element) + 1  # they are ASCII
        if room < 0:
            return None
        elements.append(element)
    return elements
