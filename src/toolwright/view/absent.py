"""What the live page shows of a run that is not there: not yet, or not any more."""

from collections.abc import Iterable

from pydantic import BaseModel

from toolwright.report.documents import FunctionsDocument, OptimizerDocument, Overview, TasksDocument


class NoRun:
    """The documents of a run of which nothing can be read.

    Args:
        overview: Says so.
    """

    def __init__(self, overview: Overview) -> None:
        self._documents: dict[str, BaseModel] = {
            "overview": overview,
            "functions": FunctionsDocument(functions=(), epochs=()),
            "tasks": TasksDocument(columns=(), tasks=()),
            "optimizer": OptimizerDocument(steps=()),
        }

    def names(self) -> Iterable[str]:
        """The documents that are there whether the run is or not."""
        return self._documents

    def read(self, name: str) -> BaseModel:
        """The document of that name, with nothing in it; KeyError where there is none."""
        return self._documents[name]


def awaited(where: str) -> Overview:
    """The overview before the first run."""
    return Overview(
        run="",
        state="unfinished",
        headline=f"There is no run in {where} yet.",
        notices=("This page shows the first one as soon as it begins.",),
    )


def unreadable(run: str, problem: str, last: Overview | None) -> Overview:
    """The overview of a run that cannot be read now: what was seen of it last, and why there is no more.

    Args:
        run: The run's id.
        problem: Why.
        last: Its overview as it was read last, None where it never was.
    """
    if last is None:
        return Overview(run=run, state="unfinished", headline=f"The run {run} cannot be read.", notices=(problem,))
    notice = f"The run cannot be read now, and this is what was seen of it last: {problem}"
    return last.model_copy(update={"notices": (notice, *last.notices)})
