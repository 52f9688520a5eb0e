"""Several runs beside each other as the one document of their page.

Example:
    documents = CompareDocuments([Path("runs/first"), Path("runs/second")], [Path("loans.json")])
    documents.comparison.charts["accuracy"]
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from toolwright.report.charts import comparison_charts
from toolwright.report.documents import ComparisonDocument
from toolwright.report.documents.comparison.building import comparison_of

_NAME: Final = "comparison"


class CompareDocuments:
    """The documents of a page of several runs: one, "comparison", built when it is first read.

    Args:
        folders: The runs' folders (`comparison_of`).
        transfer_files: What `toolwright evaluate … --json` wrote, for the transfer matrix; or folders of such files.
    """

    def __init__(self, folders: Sequence[Path], transfer_files: Sequence[Path] = ()) -> None:
        self._folders = tuple(folders)
        self._files = tuple(transfer_files)

    def names(self) -> tuple[str, ...]:
        """The one name."""
        return (_NAME,)

    def read(self, name: str) -> ComparisonDocument:
        """The comparison; KeyError where another document is asked for, other errors as `comparison_of`."""
        if name != _NAME:
            raise KeyError(name)
        return self.comparison

    @cached_property
    def comparison(self) -> ComparisonDocument:
        """The comparison; errors as `comparison_of`."""
        found = comparison_of(self._folders, self._files)
        return found.model_copy(update={"charts": comparison_charts(found)})
