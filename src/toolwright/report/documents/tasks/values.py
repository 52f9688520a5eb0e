"""Tasks x evaluations, and what was said about each: the documents `tasks` and `trajectories/EVENT/PART`."""

from pydantic import Field, JsonValue

from toolwright.base import Frozen
from toolwright.messages import Message, Usage
from toolwright.trajectories import Call, EndReason


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
    """Tasks x evaluations: columns in the order of the run, rows in task order, split by split.

    `fault` says why there is nothing here where that is not known: the run's record of it cannot be read.
    """

    columns: tuple[Column, ...]
    tasks: tuple[TaskRow, ...]
    fault: str = ""


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
