"""A run at a glance: the document `overview`."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.messages import Usage
from toolwright.report.figures import SplitFigures
from toolwright.report.sections import Section
from toolwright.training.intervals import Interval
from toolwright.training.result import Decision

State = Literal["finished", "running", "stopped", "unfinished"]
Chart = dict[str, Any]
"""A Vega-Lite specification with its data in it."""


class Progress(Frozen):
    """What a run is doing now.

    Attributes:
        text: In a sentence, such as "epoch 2: evaluating the candidate on train".
        done: Rollouts of the evaluation under way that ended; None outside one.
        rollouts: How many it is of; None outside one.
        mean: Mean score of those that are scored; None before the first.
    """

    text: str
    done: int | None = None
    rollouts: int | None = None
    mean: float | None = None


class EpochFigures(Frozen):
    """One epoch of the curves.

    Attributes:
        epoch: From 1; 0 is the starting set's evaluation.
        decision: The gate's; "start" of epoch 0, "none" where nothing was proposed.
        reason: Why.
        train: The candidate's mean score on the training tasks, 95 % interval; None where it was not evaluated to its
            end.
        validation: The same on validation.
        best: The incumbent's mean score on the training tasks after the epoch; None where it is not known.
        minutes: Minutes from the run's beginning to the epoch's end; pauses between sessions do not count.
        spent: What the epoch used, by role.
        actions: Actions admitted, of all the epoch's proposals, whichever went on.
        refused: Actions refused, of all of them.
    """

    epoch: int
    decision: Decision
    reason: str
    train: Interval | None = None
    validation: Interval | None = None
    best: float | None = None
    minutes: float
    spent: dict[str, Usage]
    actions: int = 0
    refused: int = 0


class Overview(Frozen):
    """The run at a glance.

    Attributes:
        run: The run's id.
        state: How it stands.
        headline: What it came to, in a sentence that needs no other.
        notices: What the reader must know before trusting the page: unfinished, damaged, shortened, unconfined.
        started: UTC.
        minutes: Wall-clock minutes of all sessions.
        agent: The agent's kind.
        models: Model by role.
        sandbox: The sandbox in a line.
        progress: What goes on now; None where nothing does.
        epochs: The curves' figures.
        stopped: The epoch after which training stopped before the last one it was given, and why; None where it ran to
            its end or goes on.
        splits: Accuracy and cost before and after; the test only once its seal was opened.
        usage: What was used, by role.
        sections: The text report, for what no chart shows.
        charts: Vega-Lite specifications by name: "loss", "accuracy", "cost", "tokens".
        functions: Names in the best set.
        known: Whether anything of the run could be read; if not, all but the id, state, headline and notices is empty.
    """

    run: str
    state: State
    headline: str
    notices: tuple[str, ...] = ()
    started: datetime | None = None
    minutes: float = 0.0
    agent: str = ""
    models: dict[str, str] = Field(default_factory=dict)
    sandbox: str = ""
    progress: Progress | None = None
    epochs: tuple[EpochFigures, ...] = ()
    stopped: str | None = None
    splits: tuple[SplitFigures, ...] = ()
    usage: dict[str, Usage] = Field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    charts: dict[str, Chart] = Field(default_factory=dict)
    functions: tuple[str, ...] = ()
    known: bool = True
    schema_version: int = SCHEMA_VERSION
