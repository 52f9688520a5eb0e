"""Hand-made documents of a run: six epochs, twelve tasks, four functions; and the same with every text hostile.

Example:
    page_html(SampleDocuments(hostile=True))
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from hostile import poisoned
from pydantic import BaseModel
from sample_functions import functions_document
from sample_steps import optimizer_document, step_document
from sample_tasks import tasks_document, trajectories_document

from toolwright.messages import Usage
from toolwright.report.comparison import Comparison as Compared
from toolwright.report.comparison import PerTask
from toolwright.report.figures import SplitFigures
from toolwright.report.page.documents import (
    Chart,
    Comparison,
    EpochFigures,
    Overview,
    Progress,
    RunOfMany,
    State,
    TransferCell,
)
from toolwright.report.sections import Section, usage_section
from toolwright.training.intervals import Interval
from toolwright.training.result import Decision

EPOCHS: Final = range(7)
_TRAIN: Final = (0.25, 0.42, 0.33, 0.58, 0.58, 0.75, 0.67)
_DECISIONS: Final[tuple[Decision, ...]] = ("start", "accept", "reject", "accept", "none", "accept", "undecided")


class SampleDocuments:
    """A run's documents, by name; `state` is how the run stands, `hostile` puts attacks into every text."""

    def __init__(self, *, hostile: bool = False, state: State = "finished", ordinal: int = 400) -> None:
        self._hostile = hostile
        self._state: State = state
        self._ordinal = ordinal

    def names(self) -> Iterable[str]:
        """The documents there are."""
        trajectories = [f"trajectories/{column.event}/{part}" for column in tasks_document().columns
                        if not column.missing for part in range(column.parts)]  # fmt: skip
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
            return overview(state=self._state, ordinal=self._ordinal)
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


def overview(run: str = "20260401-093000", state: State = "finished", ordinal: int = 400) -> Overview:
    """A run at a glance."""
    usage = {"agent": _used(380, 0.21), "optimizer": _used(31, 0.10)}
    return Overview(
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
            Section(title="Functions in the best set", columns=("function", "calls", "errors", "score with"),
                    rows=(("solve_linear", "41", "0", "91.0 %"), ("parse_fraction", "9", "2", "66.7 %")),
                    lines=("Observational: agents call what a task needs.",)),
            Section(title="Walls", lines=("namespaces hold", "seccomp holds", "Landlock is not there")),
        ),
        charts={"loss": _curve("loss", 1), "accuracy": _curve("accuracy", 0), "cost": _money(), "tokens": _tokens()},
        functions=("solve_linear", "parse_fraction"),
        ordinal=ordinal,
    )  # fmt: skip


def comparison() -> Comparison:
    """Three runs beside each other, and two function sets on three task sets."""
    names = ("20260401-093000", "20260402-101500", "20260403-174500")
    cells = [
        TransferCell(functions=row, tasks=column, score=_interval(0.3 + i / 10 + j / 7), rollouts=40, file="a.json")
        for i, row in enumerate(("no functions", "20260401-093000"))
        for j, column in enumerate(("algebra", "geometry", "number theory"))
    ]  # fmt: skip
    values = [{"functions": cell.functions, "tasks": cell.tasks, "score": cell.score.mean} for cell in cells]
    transfer: Chart = {
        "description": "Mean score of two function sets on three task sets.", "width": "container", "height": 120,
        "data": {"values": values}, "mark": "rect",
        "encoding": {"x": {"field": "tasks", "type": "nominal"}, "y": {"field": "functions", "type": "nominal"},
                     "color": {"field": "score", "type": "quantitative", "scale": {"scheme": "cividis"}}},
    }  # fmt: skip
    return Comparison(
        runs=tuple(
            RunOfMany(run=name, overview=overview(name).model_copy(update={"charts": {}, "sections": ()}))
            for name in names
        ),
        charts={"accuracy": _curve("accuracy", 0), "cost": _money(), "transfer": transfer},
        sections=(Section(title="Final figures", columns=("run", "before", "after"),
                          rows=tuple((name, "25.0 %", "75.0 %") for name in names)),),
        transfer=tuple(cells),
        notices=("The runs have different task sets: their figures are not comparable.",),
    )  # fmt: skip


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
    )  # fmt: skip


def _splits() -> tuple[SplitFigures, ...]:
    compared = Compared(tasks=2, difference=0.5, low=0.2, high=0.8, p_value=0.021)
    took = PerTask(tokens=1520.0, requests=3.2, seconds=4.1, dollars=0.0021)
    return tuple(
        SplitFigures(
            split=split, tasks=tasks, rollouts=tasks, scored=tasks, before=_interval(0.25), after=_interval(0.75),
            took=took, takes=took,
            compared=compared if split == "test" else None,
        )
        for split, tasks in (("train", 6), ("validation", 4), ("test", 2))
    )  # fmt: skip


def _interval(mean: float) -> Interval:
    return Interval(mean=mean, low=max(0.0, mean - 0.12), high=min(1.0, mean + 0.12))


def _used(requests: int, dollars: float) -> Usage:
    return Usage(requests=requests, input_tokens=900 * requests, output_tokens=200 * requests, dollars=dollars)


def _curve(name: str, turned: int) -> Chart:
    values = [
        {"epoch": epoch, "split": split, "decision": _DECISIONS[epoch], "value": abs(turned - mean),
         "low": max(0.0, abs(turned - mean) - 0.12), "high": min(1.0, abs(turned - mean) + 0.12)}
        for epoch in EPOCHS if _DECISIONS[epoch] != "none"
        for split, mean in (("train", _TRAIN[epoch]), ("validation", _TRAIN[epoch] - 0.05))
    ]  # fmt: skip
    x = {"field": "epoch", "type": "quantitative", "axis": {"tickMinStep": 1, "title": "epoch"}}
    y = {"field": "value", "type": "quantitative", "title": name, "scale": {"domain": [0, 1]}}
    color = {"field": "split", "type": "nominal", "scale": {"range": ["#0072B2", "#D55E00"]}}
    shape = {"field": "decision", "type": "nominal"}
    return {
        "title": f"{name.capitalize()} by epoch", "description": f"The {name} of train and validation by epoch.",
        "width": "container", "height": 240, "data": {"values": values}, "encoding": {"x": x, "color": color},
        "layer": [
            {"mark": {"type": "area", "opacity": 0.15},
             "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}}},
            {"mark": "line", "encoding": {"y": y, "strokeDash": {"field": "split", "type": "nominal"}}},
            {"mark": {"type": "point", "filled": True, "size": 70, "tooltip": {"content": "data"}},
             "encoding": {"y": y, "shape": shape}},
        ],
    }  # fmt: skip


def _money() -> Chart:
    values = [{"epoch": epoch, "role": role, "dollars": each * (epoch + 1)} for epoch in EPOCHS
              for role, each in (("agent", 0.03), ("optimizer", 0.014))]  # fmt: skip
    return _by_role("Cost by epoch", "dollars", values, {"type": "line", "point": True})


def _tokens() -> Chart:
    values = [{"epoch": epoch, "role": role, "tokens": count} for epoch in EPOCHS
              for role, count in (("agent", 55_000), ("optimizer", 4_400))]  # fmt: skip
    return _by_role("Tokens by epoch", "tokens", values, {"type": "bar"})


def _by_role(title: str, field: str, values: list[dict[str, Any]], mark: dict[str, Any]) -> Chart:
    return {
        "title": title, "description": f"{title}, by role.", "width": "container", "height": 180,
        "data": {"values": values}, "mark": {**mark, "tooltip": {"content": "data"}},
        "encoding": {
            "x": {"field": "epoch", "type": "ordinal"}, "y": {"field": field, "type": "quantitative"},
            "color": {"field": "role", "type": "nominal", "scale": {"range": ["#0072B2", "#E69F00"]}},
        },
    }  # fmt: skip
