"""What the live page shows of a run that is not there: not yet, or not any more."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel

from toolwright.report.documents import FunctionsDocument, OptimizerDocument, Overview, TasksDocument
from toolwright.report.documents.overview.building import state_of


class NoRun:
    """The documents of a run of which nothing can be read.

    Args:
        overview: Says so.
        fault: The same for the documents that would tell more.
    """

    def __init__(self, overview: Overview, fault: str) -> None:
        self._documents: dict[str, BaseModel] = {
            "overview": overview,
            "functions": FunctionsDocument(functions=(), epochs=(), fault=fault),
            "tasks": TasksDocument(columns=(), tasks=(), fault=fault),
            "optimizer": OptimizerDocument(steps=(), fault=fault),
        }

    def names(self) -> Iterable[str]:
        """The documents that are there whether the run is or not."""
        return self._documents

    def read(self, name: str) -> BaseModel:
        """The document of that name, with nothing in it; KeyError where there is none."""
        return self._documents[name]


def awaited(where: str) -> NoRun:
    """The documents before the first run."""
    headline = f"There is no run in {where} yet."
    overview = Overview(
        run="",
        state="unfinished",
        headline=headline,
        notices=("This page shows the first one as soon as it begins.",),
        known=False,
    )
    return NoRun(overview, headline)


def unreadable(path: Path, problem: str, last: Overview | None) -> NoRun:
    """The documents of a run that cannot be read now: what was seen of it last, and why there is no more.

    Args:
        path: The run's folder.
        problem: Why.
        last: Its overview as it was read last, None where it never was.
    """
    if last is None:
        headline = f"The run {path.name} cannot be read."
        found = Overview(run=path.name, state=state_of(path), headline=headline, notices=(problem,), known=False)
    else:
        notice = f"The run cannot be read now, and this is what was seen of it last: {problem}"
        found = last.model_copy(update={"notices": (notice, *last.notices)})
    return NoRun(found, f"The run cannot be read now: {problem}")
