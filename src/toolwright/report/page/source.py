"""Where a page's documents come from: each has a name and is built when it is read.

Example:
    documents = RunDocuments(folder)
    documents.overview().headline
    documents.read("trajectories/412/0").rollouts[0].answer
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from toolwright.report.charts import overview_charts
from toolwright.report.documents import (
    FunctionsDocument,
    OptimizerDocument,
    Overview,
    StepDocument,
    TasksDocument,
    TrajectoriesDocument,
)
from toolwright.report.documents.reading import Reading
from toolwright.report.documents.tasks.trajectories import Shown, trajectories_document
from toolwright.report.page.cuts import Cut
from toolwright.runs.folder import RunFolder


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
        reading: What was read of the run before, where something was.
    """

    def __init__(self, folder: RunFolder, cut: Cut | None = None, reading: Reading | None = None) -> None:
        self._folder = folder
        self._cut = cut or Cut()
        self._reading = reading or Reading(folder)
        self._shortened = False

    def within(self, cut: Cut) -> "RunDocuments":
        """The same with something else left out; what was read is not read again."""
        return RunDocuments(self._folder, cut, self._reading)

    def names(self) -> Iterable[str]:
        """The names of all documents there are now; the overview, which says what the others lack, is the last."""
        self.functions()
        steps = [f"steps/{step.name}" for step in self.optimizer().steps]
        columns = self.tasks().columns
        parts = [f"trajectories/{column.event}/{part}" for column in columns for part in range(column.parts)]
        return ("functions", "tasks", "optimizer", *steps, *parts, "overview")

    def read(self, name: str) -> BaseModel:
        """The document of that name; KeyError where there is none."""
        match name.split("/"):
            case ["overview"]:
                return self.overview()
            case ["functions"]:
                return self.functions()
            case ["tasks"]:
                return self.tasks()
            case ["optimizer"]:
                return self.optimizer()
            case ["steps", step]:
                return self.step(step)
            case ["trajectories", event, part]:
                return self.trajectories(event, part)
            case _:
                raise KeyError(name)

    def overview(self) -> Overview:
        """The run at a glance, with its charts, and with what the other documents lack."""
        overview = self._reading.overview()
        notices = (*overview.notices, *self._reading.faults(), *self._cut.notes(shortened=self._shortened))
        return overview.model_copy(update={"charts": overview_charts(overview), "notices": notices})

    def functions(self) -> FunctionsDocument:
        """The function set over time."""
        return self._reading.functions()

    def tasks(self) -> TasksDocument:
        """Tasks x evaluations."""
        return self._reading.tasks()

    def optimizer(self) -> OptimizerDocument:
        """Every step."""
        return self._reading.optimizer()

    def step(self, name: str) -> StepDocument:
        """One step, by its name in `optimizer`; KeyError where there is none."""
        step = self._reading.step(name, self._cut.longest)
        self._shortened |= bool(step.shortened)
        return step

    def trajectories(self, event: str, part: str) -> TrajectoriesDocument:
        """A part of one evaluation's rollouts; KeyError where there is no such evaluation, or part of it."""
        outline, read = self._reading.rollouts(event, part)
        record, longest = self._reading.record, self._cut.longest
        decision = record.decisions().get(outline.kept.epoch, "")
        shown = [Shown(result, fault or self._cut.reason(decision, result)) for result, fault in read]
        document = trajectories_document(shown, record.tasks().get(outline.kept.split, {}), longest)
        rollouts = zip(document.rollouts, shown, strict=True)
        self._shortened |= any(rollout.shortened != one.left_out for rollout, one in rollouts)
        return document


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
