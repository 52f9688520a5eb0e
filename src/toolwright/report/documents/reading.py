"""Reads a run's documents as it stands, each again only where what it rests on has changed.

Example:
    reading = Reading(folder)
    reading.tasks().columns
    list(reading.faults())  # what of the run's record could not be read
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from pydantic import BaseModel

from toolwright.errors import RunError
from toolwright.evaluations import Result
from toolwright.report.documents.functions.building import functions_document
from toolwright.report.documents.functions.values import FunctionsDocument
from toolwright.report.documents.optimizer.building import Steps
from toolwright.report.documents.optimizer.values import OptimizerDocument, StepDocument
from toolwright.report.documents.outlines import Outline
from toolwright.report.documents.overview.building import OverviewMemory, overview_of
from toolwright.report.documents.overview.values import Overview
from toolwright.report.documents.record import Record
from toolwright.report.documents.tasks.building import tasks_document
from toolwright.report.documents.tasks.values import TasksDocument
from toolwright.report.sections import count_of
from toolwright.runs.folder import RunFolder

_Document = TypeVar("_Document", bound=BaseModel)


class _Kept(Generic[_Document]):
    """A document as it was built last; `empty`, with the fault in it, where the run's record of it is damaged."""

    def __init__(self, name: str, build: Callable[[], _Document], empty: _Document) -> None:
        self._name, self._build, self._empty = name, build, empty
        self._stood: int | None = None
        self._document = empty
        self.fault = ""

    def at(self, stands: int) -> _Document:
        """The document of a run that stands there, by whatever grows with what it rests on."""
        if self._stood != stands:
            self._document, self.fault, self._stood = self._empty, "", stands
            try:
                self._document = self._build()
            except RunError as error:
                self.fault = f"The {self._name} cannot be shown: {error}."
                self._document = self._empty.model_copy(update={"fault": self.fault})
        return self._document


class Reading:
    """A run being read; damaged, it has its documents, too: what cannot be read is left out and among the faults.

    Args:
        folder: The run, open for reading; used by one thread at a time.

    Attributes:
        record: Its record.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder, self._store = folder, folder.store
        self.record = Record(folder.store)
        self._memory = OverviewMemory(self.record)
        self._functions = _Kept("functions", self._read_functions, FunctionsDocument(functions=(), epochs=()))
        self._tasks = _Kept("tasks", self._read_tasks, TasksDocument(columns=(), tasks=()))
        self._optimizer = _Kept("optimizer", self._read_optimizer, OptimizerDocument(steps=()))
        self._steps = Steps([], [])
        self._damaged: dict[str, str] = {}

    def overview(self) -> Overview:
        """The run at a glance, without its charts; anew, as whether a process writes is in no table."""
        return overview_of(self._folder, self._memory)

    def functions(self) -> FunctionsDocument:
        """The function set over time."""
        return self._functions.at(self._store.figures_ordinal)

    def tasks(self) -> TasksDocument:
        """Tasks x evaluations."""
        return self._tasks.at(self._store.figures_ordinal)

    def optimizer(self) -> OptimizerDocument:
        """Every step."""
        return self._optimizer.at(self._store.optimizer_ordinal)

    def step(self, name: str, longest: int) -> StepDocument:
        """One step in full (`Steps.step`); KeyError where there is none of this name."""
        self.optimizer()
        return self._steps.step(name, longest)

    def rollouts(self, event: str, part: str) -> tuple[Outline, list[tuple[Result, str]]]:
        """A part of an evaluation's rollouts, each with why it cannot be read whole, "" where it can.

        Raises:
            KeyError: There is no such evaluation, or no such part of it.
        """
        known = {f"{one.kept.event}": one for one in self.record.outlines.all()}
        if event not in known or part not in map(str, range(len(known[event].parts))):
            raise KeyError(f"trajectories/{event}/{part}")
        read = list(self.record.rollouts(known[event], int(part)))
        self._tell(known[event], f"{event}/{part}", [fault for _, fault in read if fault])
        return known[event], read

    def faults(self) -> Iterator[str]:
        """What of the run's record could not be read, as far as anybody asked for it."""
        yield from (kept.fault for kept in (self._functions, self._tasks, self._optimizer) if kept.fault)
        yield from self._damaged.values()
        with suppress(RunError):  # which is among the faults, of the tasks
            faulty = [outline for outline in self.record.outlines.all() if outline.fault]
            yield from (f"{_where(outline)}: {outline.fault}." for outline in faulty)

    def _tell(self, outline: Outline, place: str, faults: Sequence[str]) -> None:
        self._damaged.pop(place, None)
        if faults:
            self._damaged[place] = f"{_where(outline)}: of {count_of(len(faults), 'rollout')} {faults[0]}."

    def _read_functions(self) -> FunctionsDocument:
        evaluations = [(outline.kept.epoch, outline.evaluation) for outline in self.record.outlines.all()]
        return functions_document(self._folder, evaluations)

    def _read_tasks(self) -> TasksDocument:
        return tasks_document(self.record.outlines.all(), self.record.tasks(), self.record.decisions())

    def _read_optimizer(self) -> OptimizerDocument:
        self._steps = Steps([], [])
        self._steps = Steps.read(self._folder)
        return self._steps.document()


def _where(outline: Outline) -> str:
    return f"Epoch {outline.kept.epoch}, {outline.kept.split}"
