"""Where a page's documents come from: each has a name and is built when it is read.

Example:
    documents = RunDocuments(folder)
    documents.read("overview").headline
    documents.read("trajectories/412/0").rollouts[0].answer
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final, Protocol, cast

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from toolwright.errors import RunError
from toolwright.report.page.cuts import Cut
from toolwright.report.page.documents import (
    FunctionsDocument,
    OptimizerDocument,
    Overview,
    StepDocument,
    TasksDocument,
    TrajectoriesDocument,
)
from toolwright.report.page.functions import functions_document
from toolwright.report.page.optimizer import Steps
from toolwright.report.page.outlines import Outline
from toolwright.report.page.overview import OverviewMemory, overview_of
from toolwright.report.page.record import Record
from toolwright.report.page.tasks import tasks_document
from toolwright.report.page.trajectories import Shown, trajectories_document
from toolwright.report.sections import count_of
from toolwright.runs.folder import RunFolder

_BY_TURNS: Final = ("functions", "tasks")
"""What changes with an evaluation, an action or a decision alone."""


class Documents(Protocol):
    """What a page shows, by name (`documents` lists the names)."""

    def names(self) -> Iterable[str]:
        """The names of all documents there are now."""
        ...

    def read(self, name: str) -> BaseModel:
        """The document of that name; KeyError where there is none."""
        ...


class RunDocuments:
    """The documents of one run, as it stands when they are read; what did not change since is not built again.

    A run whose record is damaged has them too: what cannot be read is left out, and the overview says so.

    Args:
        folder: The run, open for reading; used by one thread at a time.
        cut: What is left out of them.
    """

    def __init__(self, folder: RunFolder, cut: Cut | None = None) -> None:
        self._folder, self._store = folder, folder.store
        self._cut = cut or Cut()
        self._record = Record(folder.store)
        self._memory = OverviewMemory(self._record.outlines)
        self._built: dict[str, tuple[int, BaseModel]] = {}
        self._faults: dict[str, str] = {}
        self._steps: tuple[int, Steps] | None = None
        self._shortened = False

    def within(self, cut: Cut) -> "RunDocuments":
        """The same with something else left out; what was built is not built again."""
        other = RunDocuments(self._folder, cut)
        other._record, other._memory, other._steps = self._record, self._memory, self._steps
        other._built, other._faults = self._built, self._faults
        return other

    def names(self) -> Iterable[str]:
        """The names of all documents there are now; the overview, which says what the others lack, is the last."""
        steps = [f"steps/{step.name}" for step in cast("OptimizerDocument", self._fresh("optimizer")).steps]
        columns = cast("TasksDocument", self._fresh("tasks")).columns
        parts = [f"trajectories/{column.event}/{part}" for column in columns for part in range(column.parts)]
        return ("functions", "tasks", "optimizer", *steps, *parts, "overview")

    def read(self, name: str) -> BaseModel:
        """The document of that name; KeyError where there is none."""
        kind, _, rest = name.partition("/")
        if kind == "steps":
            return self._step(rest)
        if kind == "trajectories":
            return self._trajectories(rest)
        return self._overview() if name == "overview" else self._fresh(name)

    def _fresh(self, name: str) -> BaseModel:
        """A document as the run stands now; one that has nothing in it where the run's record of it is damaged."""
        build, empty = self._builders()[name]
        stands = self._store.turn if name in _BY_TURNS else self._store.ordinal
        if name not in self._built or self._built[name][0] != stands:
            self._faults.pop(name, None)
            try:
                self._built[name] = stands, build()
            except RunError as error:
                self._faults[name] = f"The {name} cannot be shown: {error}."
                self._built[name] = stands, empty
        return self._built[name][1]

    def _builders(self) -> dict[str, tuple[Callable[[], BaseModel], BaseModel]]:
        return {
            "functions": (self._functions, FunctionsDocument(functions=(), epochs=())),
            "tasks": (self._tasks, TasksDocument(columns=(), tasks=())),
            "optimizer": (lambda: self._read_steps().document(), OptimizerDocument(steps=())),
        }

    def _overview(self) -> Overview:
        overview = overview_of(self._folder, self._memory)  # anew: whether a process writes is in no table
        return overview.model_copy(update={"notices": (*overview.notices, *self._notices())})

    def _functions(self) -> FunctionsDocument:
        evaluations = [(outline.kept.epoch, outline.evaluation) for outline in self._record.outlines()]
        return functions_document(self._folder, evaluations)

    def _tasks(self) -> TasksDocument:
        outlines = self._record.outlines()
        return tasks_document(outlines, self._record.tasks, self._record.decisions)

    def _read_steps(self) -> Steps:
        """All steps as the run stands now."""
        ordinal = self._store.ordinal
        if self._steps is None or self._steps[0] != ordinal:
            self._steps = ordinal, Steps.read(self._folder)
        return self._steps[1]

    def _step(self, name: str) -> StepDocument:
        if name not in {step.name for step in cast("OptimizerDocument", self._fresh("optimizer")).steps}:
            raise KeyError(name)
        try:
            step = self._read_steps().step(name, self._cut.longest)
        except RunError as error:
            return StepDocument(name=name, said=(), shortened=f"the step cannot be read: {error}")
        self._shortened |= bool(step.shortened)
        return step

    def _trajectories(self, place: str) -> TrajectoriesDocument:
        event, _, part = place.partition("/")
        known = {f"{one.kept.event}": one for one in self._record.outlines()}
        if event not in known or part not in map(str, range(len(known[event].parts))):
            raise KeyError(f"trajectories/{place}")
        outline, decision = known[event], self._record.decisions.get(known[event].kept.epoch, "")
        read = list(self._record.rollouts(outline, int(part)))
        shown = [Shown(result, fault or self._cut.reason(decision, result)) for result, fault in read]
        document = trajectories_document(shown, self._record.tasks.get(outline.kept.split, {}), self._cut.longest)
        rollouts = zip(document.rollouts, shown, strict=True)
        self._shortened |= any(rollout.shortened != one.left_out for rollout, one in rollouts)
        self._tell_faults(outline, place, [fault for _, fault in read if fault])
        return document

    def _tell_faults(self, outline: Outline, place: str, faults: Sequence[str]) -> None:
        self._faults.pop(place, None)
        if faults:
            self._faults[place] = f"{_where(outline)}: of {count_of(len(faults), 'rollout')} {faults[0]}."

    def _notices(self) -> Iterator[str]:
        """What the reader must know of what is shown beside the run's own notices."""
        yield from self._faults.values()
        with suppress(RunError):  # which is among the faults, of the tasks
            faulty = [outline for outline in self._record.outlines() if outline.fault]
            yield from (f"{_where(outline)}: {outline.fault}." for outline in faulty)
        yield from self._cut.notes(shortened=self._shortened)


def _where(outline: Outline) -> str:
    return f"Epoch {outline.kept.epoch}, {outline.kept.split}"


def to_json(document: BaseModel) -> bytes:
    """A document as the page reads it: JSON that any browser parses, whatever text and numbers are in it."""
    try:
        return document.model_dump_json().encode()
    except (PydanticSerializationError, UnicodeEncodeError):  # half a surrogate pair, as a careless escape leaves it
        text = json.dumps(document.model_dump(), default=_as_text)
        return json.dumps(json.loads(text, parse_constant=_nothing), separators=(",", ":")).encode()


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _nothing(constant: str) -> None:
    """What stands for NaN and the infinities, which are no JSON."""
