"""What the page of a run shows, as documents: frozen values, each a JSON document with a name of its own.

A page fetches them by name: from itself where it is a file, from the server where it is live. The large ones (what was
said about a task, what the optimizer was asked) are documents of their own, so that they are read when they are opened.

    overview                  Overview
    functions                 FunctionsDocument
    tasks                     TasksDocument
    optimizer                 OptimizerDocument
    trajectories/EVENT/PART   TrajectoriesDocument, a part of one evaluation's rollouts
    steps/EPOCH-PROPOSAL      StepDocument
    comparison                Comparison, in the place of all others where several runs are shown
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, JsonValue

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.events import TriedCall
from toolwright.messages import Message, Usage
from toolwright.report.figures import SplitFigures
from toolwright.report.sections import Section
from toolwright.training.intervals import Interval
from toolwright.training.result import Decision
from toolwright.trajectories import Call, EndReason

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
        actions: Actions admitted.
        refused: Actions refused.
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
        ordinal: The run's last event; grows with everything that happens.
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
    ordinal: int = 0
    schema_version: int = SCHEMA_VERSION


Happened = Literal["start", "added", "revised", "removed", "refused"]
CameTo = Literal["kept", "rolled back", "refused", "pending", "not chosen"]


class Version(Frozen):
    """One thing that happened to a function.

    Attributes:
        epoch: When; 0 is the starting set.
        proposal: Which of the epoch's proposals.
        happened: What the action did, or that it was refused.
        action: The action's name, such as "revise_function".
        came_to: Whether it stayed: "pending" before the gate has decided, "not chosen" where screening took another
            proposal.
        reason: Why, as the optimizer stated it.
        refusal: Why it was refused, "" where it was not.
        description: What the agent is told of it.
        arguments: Meaning by parameter.
        packages: Modules it imports.
        source: Lines of highlighted source: (class, text) pairs, the classes Pygments' short names; none of a removal.
        diff: Against the version it took the place of: (kind, text) lines, kind "+", "-", " " or "@".
        tried: The calls admission made of it.
        complexity: Cyclomatic complexity of its most complex function (radon), None where it cannot be read.
        lines: Lines of code.
        missing: Why its source cannot be shown, "" where it can, or where there is none.
    """

    epoch: int
    proposal: int = 0
    happened: Happened
    action: str = ""
    came_to: CameTo
    reason: str = ""
    refusal: str = ""
    description: str = ""
    arguments: dict[str, str] = Field(default_factory=dict)
    packages: tuple[str, ...] = ()
    source: tuple[tuple[tuple[str, str], ...], ...] = ()
    diff: tuple[tuple[str, str], ...] = ()
    tried: tuple[TriedCall, ...] = ()
    complexity: int | None = None
    lines: int = 0
    missing: str = ""


class Use(Frozen):
    """A function's use in one evaluation (paper, Tables 5 and 6); observational: agents call what a task needs.

    Attributes:
        epoch: The evaluation's.
        split: The evaluation's.
        calls: Calls made.
        errors: Calls without a result.
        used: Rollouts that called it.
        offered: Rollouts that were offered it.
        used_score: Mean score of those that called it; None where none did.
        unused_score: Mean score of those offered it that did not.
        seconds: Mean wall-clock time of a call; None where there was none.
    """

    epoch: int
    split: str
    calls: int
    errors: int
    used: int
    offered: int
    used_score: float | None
    unused_score: float | None
    seconds: float | None


class FunctionHistory(Frozen):
    """All that happened to the functions of one name.

    Attributes:
        name: The name.
        state: Whether it is in the best set now, was there and left, or never was.
        versions: What happened, in order.
        use: Its use, in the order of the evaluations.
    """

    name: str
    state: Literal["in use", "removed", "never kept"]
    versions: tuple[Version, ...]
    use: tuple[Use, ...] = ()


class FunctionsDocument(Frozen):
    """The function set over time: the names in the order in which they came, and how many epochs the run has.

    `notices` say what is missing: sources an older version did not keep, folders that cannot be read, what was cut.
    """

    functions: tuple[FunctionHistory, ...]
    epochs: tuple[int, ...]
    notices: tuple[str, ...] = ()


class Column(Frozen):
    """One evaluation: a column of the heat map.

    Attributes:
        event: The evaluation's own number, the EVENT of its trajectories' documents.
        epoch: Its epoch.
        split: Its split.
        decision: What the gate made of these parameters; "" where it has not decided.
        parameters: Their digest.
        mean: Its mean score.
        parts: How many documents its trajectories have.
        stopped: Why a race stopped it, "" where none did.
        missing: Why its trajectories cannot be shown, "" where they can.
    """

    event: int
    epoch: int
    split: str
    decision: str = ""
    parameters: str
    mean: float
    parts: int
    stopped: str = ""
    missing: str = ""


class Cell(Frozen):
    """One task in one evaluation.

    Attributes:
        score: Mean over the repeats; None where none has a score.
        part: The document with its trajectories, from 0.
        calls: Calls made, over all repeats.
        end: How the last repeat ended.
    """

    score: float | None
    part: int = 0
    calls: int = 0
    end: EndReason = "answer"


class TaskRow(Frozen):
    """One task across the evaluations.

    Attributes:
        id: The task's id.
        split: Its split.
        question: What is asked, shortened; "" where the run does not hold it.
        target: What was to be answered, as text, shortened.
        cells: By the place of a column among `TasksDocument.columns`; a column that lacks the task is absent.
    """

    id: str
    split: str
    question: str = ""
    target: str = ""
    cells: dict[int, Cell]


class TasksDocument(Frozen):
    """Tasks x evaluations: columns in the order of the run, rows in task order, split by split."""

    columns: tuple[Column, ...]
    tasks: tuple[TaskRow, ...]


class RolloutView(Frozen):
    """One rollout as it is shown; `shortened` says what was cut out of it, "" where nothing was.

    `question` and `target` are the task's, in full unless shortened; `details` are the scorer's.
    """

    task: str
    repeat: int
    question: str = ""
    target: JsonValue = None
    messages: tuple[Message, ...]
    calls: tuple[Call, ...]
    offered: tuple[str, ...] = ()
    answer: str | None
    end: EndReason
    error: str = ""
    usage: Usage
    seconds: float
    score: float | None
    why: str = ""
    details: dict[str, JsonValue] = Field(default_factory=dict)
    shortened: str = ""


class TrajectoriesDocument(Frozen):
    """A part of one evaluation's rollouts."""

    rollouts: tuple[RolloutView, ...]


class StepSummary(Frozen):
    """One conversation with the optimizer; `name` is its document's."""

    name: str
    epoch: int
    proposal: int
    replies: int
    actions: int
    refused: int
    end: str
    came_to: str
    left_out: str
    usage: Usage


class OptimizerDocument(Frozen):
    """Every step; `left_out` of each says what of the history its prompt had no room for."""

    steps: tuple[StepSummary, ...]


class Said(Frozen):
    """One thing in a step's conversation, in order; `note` says what came of it where that is no message.

    Attributes:
        message: What was said.
        usage: What the request took, for a reply.
        model: Who replied.
    """

    message: Message
    usage: Usage | None = None
    model: str = ""


class StepDocument(Frozen):
    """One step in full."""

    name: str
    said: tuple[Said, ...]
    events: tuple[dict[str, JsonValue], ...] = ()
    shortened: str = ""


class RunOfMany(Frozen):
    """One of several runs: its overview without its charts and sections."""

    run: str
    overview: Overview


class TransferCell(Frozen):
    """One function set on one task set: the mean score with its interval, and over how many rollouts."""

    functions: str
    tasks: str
    score: Interval
    rollouts: int
    file: str


class Comparison(Frozen):
    """Several runs beside each other, and where there are evaluations, functions x tasks (domain transfer).

    Attributes:
        runs: In the order they were named.
        charts: Vega-Lite specifications: "accuracy", "cost", "transfer".
        sections: Final figures as tables.
        transfer: The cells of the transfer matrix.
        notices: As in an overview.
    """

    runs: tuple[RunOfMany, ...]
    charts: dict[str, Chart] = Field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    transfer: tuple[TransferCell, ...] = ()
    notices: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
