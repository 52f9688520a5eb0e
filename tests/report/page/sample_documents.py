"""Hand-made documents of a run: six epochs, twelve tasks, four functions; and the same with every text hostile.

Example:
    page_html(SampleDocuments(hostile=True))
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from hostile import poisoned
from pydantic import BaseModel
from sample_functions import functions_document
from sample_steps import optimizer_document, step_document
from sample_tasks import tasks_document, trajectories_document

from toolwright.messages import Usage
from toolwright.report.charts import comparison_charts, overview_charts
from toolwright.report.comparison import Comparison, PerTask
from toolwright.report.documents import (
    ComparedRun,
    ComparisonDocument,
    EpochFigures,
    Overview,
    Progress,
    State,
    TransferCell,
)
from toolwright.report.figures import SplitFigures
from toolwright.report.sections import Section, usage_section
from toolwright.training.intervals import Interval
from toolwright.training.result import Decision

EPOCHS: Final = range(7)
_TRAIN: Final = (0.25, 0.42, 0.33, 0.58, 0.58, 0.75, 0.67)
_DECISIONS: Final[tuple[Decision, ...]] = ("start", "accept", "reject", "accept", "none", "accept", "undecided")


class SampleDocuments:
    """A run's documents, by name; `state` is how the run stands, `hostile` puts attacks into every text."""

    def __init__(self, *, hostile: bool = False, state: State = "finished") -> None:
        self._hostile = hostile
        self._state: State = state

    def names(self) -> Iterable[str]:
        """The documents there are."""
        trajectories = [
            f"trajectories/{column.event}/{part}"
            for column in tasks_document().columns
            if not column.missing
            for part in range(column.parts)
        ]
        steps = [f"steps/{step.name}" for step in optimizer_document().steps]
        return ("overview", "functions", "tasks", "optimizer", *trajectories, *steps)

    def read(self, name: str) -> BaseModel:
        """One document.

        Raises:
            KeyError: There is none of this name.
        """
        if name not in self.names():
            raise KeyError(name)
        found = self._made(name)
        return poisoned(found) if self._hostile else found

    def _made(self, name: str) -> BaseModel:
        if name == "overview":
            return overview(state=self._state)
        if name == "functions":
            return functions_document()
        if name == "tasks":
            return tasks_document()
        if name == "optimizer":
            return optimizer_document()
        kind, _, rest = name.partition("/")
        return step_document(rest) if kind == "steps" else trajectories_document(*map(int, rest.split("/")))


class SampleComparison:
    """The one document of a page of three runs."""

    def __init__(self, *, hostile: bool = False) -> None:
        self._hostile = hostile

    def names(self) -> Iterable[str]:
        """The documents there are."""
        return ("comparison",)

    def read(self, name: str) -> BaseModel:
        """The comparison.

        Raises:
            KeyError: Another one was asked for.
        """
        if name != "comparison":
            raise KeyError(name)
        found = comparison()
        return poisoned(found) if self._hostile else found


def overview(run: str = "20260401-093000", state: State = "finished") -> Overview:
    """A run at a glance."""
    usage = {"agent": _used(380, 0.21), "optimizer": _used(31, 0.10)}
    found = Overview(
        run=run,
        state=state,
        headline="After 6 epochs the agent solves 75.0 % of the sealed test tasks (before: 25.0 %), a gain of 50.0 "
        "points that chance does not explain (p = 0.021), for $0.31 and 411 requests in 7 minutes.",
        notices=("The sandbox ran without Landlock: tier B-.",),
        started=datetime(2026, 4, 1, 9, 30, tzinfo=UTC),
        minutes=7.2,
        agent="function_calling",
        models={"agent": "example:small-model", "optimizer": "example:large-model"},
        sandbox="confined, tier B-",
        progress=Progress(text="epoch 6: evaluating the candidate on train", done=4, rollouts=6, mean=0.5)
        if state == "running"
        else None,
        epochs=tuple(_epoch(epoch) for epoch in EPOCHS),
        stopped="after epoch 6 of 10: three epochs in a row were not accepted",
        splits=_splits(),
        usage=usage,
        sections=(
            usage_section(usage),
            Section(
                title="Functions in the best set",
                columns=("function", "calls", "errors", "score with"),
                rows=(("solve_linear", "41", "0", "91.0 %"), ("parse_fraction", "9", "2", "66.7 %")),
                lines=("Observational: agents call what a task needs.",),
            ),
            Section(title="Walls", lines=("namespaces hold", "seccomp holds", "Landlock is not there")),
        ),
        functions=("solve_linear", "parse_fraction"),
    )
    return found.model_copy(update={"charts": overview_charts(found)})


def comparison() -> ComparisonDocument:
    """Three runs beside each other, and two function sets on three task sets."""
    names = ("20260401-093000", "20260402-101500", "20260403-174500")
    cells = [
        TransferCell(functions=row, tasks=column, score=_interval(0.3 + i / 10 + j / 7), rollouts=40, file="a.json")
        for i, row in enumerate(("no functions", "20260401-093000"))
        for j, column in enumerate(("algebra", "geometry", "number theory"))
    ]
    found = ComparisonDocument(
        runs=tuple(
            ComparedRun(run=name, overview=overview(name).model_copy(update={"charts": {}, "sections": ()}))
            for name in names
        ),
        sections=(
            Section(
                title="Final figures",
                columns=("run", "before", "after"),
                rows=tuple((name, "25.0 %", "75.0 %") for name in names),
            ),
        ),
        transfer=tuple(cells),
        notices=("The runs have different task sets: their figures are not comparable.",),
    )
    return found.model_copy(update={"charts": comparison_charts(found)})


def _epoch(epoch: int) -> EpochFigures:
    decision = _DECISIONS[epoch]
    proposed = decision != "none"
    return EpochFigures(
        epoch=epoch,
        decision=decision,
        reason="" if decision == "start" else f"p = 0.0{epoch} at level 0.05" if proposed else "nothing proposed",
        train=_interval(_TRAIN[epoch]) if proposed else None,
        validation=_interval(_TRAIN[epoch] - 0.05) if proposed else None,
        best=max(_TRAIN[: epoch + 1]),
        minutes=1.1 * epoch,
        spent={"agent": _used(50, 0.03), "optimizer": _used(4, 0.014)},
        actions=0 if epoch in (0, 4) else 2,
        refused=1 if epoch in (2, 3) else 0,
    )


def _splits() -> tuple[SplitFigures, ...]:
    compared = Comparison(tasks=2, difference=0.5, low=0.2, high=0.8, p_value=0.021)
    took = PerTask(tokens=1520.0, requests=3.2, seconds=4.1, dollars=0.0021)
    return tuple(
        SplitFigures(
            split=split,
            tasks=tasks,
            rollouts=tasks,
            scored=tasks,
            before=_interval(0.25),
            after=_interval(0.75),
            took=took,
            takes=took,
            compared=compared if split == "test" else None,
        )
        for split, tasks in (("train", 6), ("validation", 4), ("test", 2))
    )


def _interval(mean: float) -> Interval:
    return Interval(mean=mean, low=max(0.0, mean - 0.12), high=min(1.0, mean + 0.12))


def _used(requests: int, dollars: float) -> Usage:
    return Usage(requests=requests, input_tokens=900 * requests, output_tokens=200 * requests, dollars=dollars)
