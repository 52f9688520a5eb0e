"""What an experiment came to: one record a cell, and all of them in one results file; frozen values with a version.

Example:
    results = Results.model_validate_json(Path("results.json").read_bytes())
    record = results.cells[0]
    print(record.key.id, record.test.after.mean if record.test else record.reason)
"""

import math
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation
from toolwright.experiments.matrix import Experiment
from toolwright.messages import Usage

RESULTS_VERSION = 2
"""The version of a results file."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A score, or a mean or share of them: 0 to 1."""

Time = Annotated[float, Field(ge=0, allow_inf_nan=False)]

Count = Annotated[int, Field(ge=0)]

Status = Literal["done", "incomplete", "failed"]
"""Incomplete: ended by the provider or the budget, and it can go on. Failed: by an error, and it is tried again."""


class CellKey(Frozen):
    """Which cell; the parts are names of the experiment's axes."""

    domain: str
    agent: str
    model: str
    method: str
    seed: int = 0

    @property
    def id(self) -> str:
        """The parts in one text, which names the cell's folder and stands in messages."""
        return f"{self.domain}/{self.agent}/{self.model}/{self.method}/{self.seed}"


class Scores(Frozen):
    """One evaluation.

    Attributes:
        by_task: The scores, 0 to 1, of each task's repeats, by task id in task order.
        usage: What its requests used.
        seconds: Its rollouts' times together.
    """

    by_task: dict[str, Annotated[tuple[Share, ...], Field(min_length=1)]]
    usage: Usage = Field(default_factory=Usage)
    seconds: Time = 0.0

    @property
    def mean(self) -> float:
        """The mean over tasks of each one's mean over its repeats; 0 where there are none."""
        means = [math.fsum(scores) / len(scores) for scores in self.by_task.values()]
        return math.fsum(means) / len(means) if means else 0.0

    @classmethod
    def of(cls, evaluation: Evaluation) -> "Scores":
        """The scores of a complete evaluation."""
        return cls(
            by_task={task: tuple(scores) for task, scores in evaluation.scores_by_task().items()},
            usage=evaluation.usage,
            seconds=math.fsum(result.trajectory.seconds for result in evaluation.results),
        )


class Pair(Frozen):
    """A split before and after, on the same samples; a method that learns nothing has no before."""

    before: Scores | None = None
    after: Scores


class Point(Frozen):
    """One epoch of a training.

    Attributes:
        epoch: From 0, the starting set.
        decision: "start", "accept", "reject", "undecided" or "none".
        train: The candidate's mean score on the train tasks of this epoch; None where there was no candidate.
        best: The best accepted set's, after this epoch.
        test: Where the cell's curve was read, the mean score on the test tasks of what this epoch proposed; None where
            it proposed nothing.
        functions: How many functions that set has.
        prompt_tokens: The longest prompt of the optimizer's in this epoch.
        requests: Requests of both roles in this epoch.
        examples: Train rollouts, tasks x repeats, that this epoch's candidate was judged on; 0 where there was none.
    """

    epoch: Count
    decision: str
    train: Share | None = None
    best: Share | None = None
    test: Share | None = None
    functions: Count = 0
    prompt_tokens: Count = 0
    requests: Count = 0
    examples: Count = 0


class LearnedFunction(Frozen):
    """One function of the final set; complexity is cyclomatic, None where it cannot be read."""

    name: str
    lines: Count
    complexity: Count | None


class EpochCalls(Frozen):
    """Calls of learned functions in the evaluation of an epoch's set on the train tasks."""

    epoch: Count
    successful: Count
    failed: Count


class FunctionFigures(Frozen):
    """What was learned, as in the paper's Tables 5 and 6.

    Attributes:
        functions: The final set.
        calls: By epoch with a candidate, in order.
        most_used: Successful calls by function in the final set's evaluations, most used first.
        tasks_using: The share of test tasks in which a function was called successfully; None where none were read.
    """

    functions: tuple[LearnedFunction, ...] = ()
    calls: tuple[EpochCalls, ...] = ()
    most_used: tuple[tuple[str, Count], ...] = ()
    tasks_using: Share | None = None


class CellRecord(Frozen):
    """What one cell came to.

    Attributes:
        key: Which cell.
        digest: Of all that it was made of: configuration, method and tasks.
        sources: Where its tasks are from that are on the hub, with the commit that was read: "hub:OWNER/NAME@COMMIT/…"
            by what the domain reads it as, "source", "train" or "test"; empty for tasks from files.
        status: How it ended, whatever was read beside it; of what is not done, only `reason` and what is there counts.
        reason: Why it ended, in a sentence.
        train, validation, test: The splits; None where there is none, or where it was not read.
        transfer: The learned functions on other domains' test tasks, by domain, as far as they were read.
        curve: Whether what every epoch proposed was read on the test tasks.
        unread: Why readings beside the training that were wanted are missing, in a sentence; "" where none is.
        points: Epoch by epoch; empty for a method without epochs.
        functions: What was learned; None for a method that learns no functions.
        usage: What it took, by role; a curve's and a transfer's evaluations are not in it but in `measuring`.
        measuring: What was used for curve and transfer alone.
        minutes: Wall-clock time of all its sessions, without those measurements.
        measuring_minutes: What those took.
        substitutes: Where a baseline could not be had as published, what stands for it; named in its tables.
        folder: Its runs' folder, relative to the results file.
        toolwright: The version that kept this record.
    """

    key: CellKey
    digest: str
    sources: dict[str, str] = Field(default_factory=dict)
    status: Status = "done"
    reason: str = ""
    train: Pair | None = None
    validation: Pair | None = None
    test: Pair | None = None
    transfer: dict[str, Scores] = Field(default_factory=dict)
    curve: bool = False
    unread: str = ""
    points: tuple[Point, ...] = ()
    functions: FunctionFigures | None = None
    usage: dict[str, Usage] = Field(default_factory=dict)
    measuring: Usage = Field(default_factory=Usage)
    minutes: Time = 0.0
    measuring_minutes: Time = 0.0
    substitutes: tuple[str, ...] = ()
    folder: str = ""
    toolwright: str = ""


class Results(Frozen):
    """A results file: the experiment, what each cell came to, and what made it; tables need nothing else."""

    schema_version: int = RESULTS_VERSION
    experiment: Experiment
    cells: tuple[CellRecord, ...] = ()
    toolwright: str = ""

    @field_validator("cells")
    @classmethod
    def _are_the_matrixs(cls, cells: tuple[CellRecord, ...], info: ValidationInfo) -> tuple[CellRecord, ...]:
        """Refuses a cell that is there twice, or that the experiment has not: a table would draw either."""
        experiment: Experiment | None = info.data.get("experiment")  # None where that is wrong itself
        seen: set[CellKey] = set()
        for place, key in enumerate(cell.key for cell in cells):
            if key in seen:
                raise _wrong_cell(place, key, "is there twice")
            if experiment is not None and not _has(experiment, key):
                raise _wrong_cell(place, key, "is none of the experiment's")
            seen.add(key)
        return cells


def _wrong_cell(place: int, key: CellKey, what: str) -> PydanticCustomError:
    return PydanticCustomError("cell", "{place}: {cell} {what}", {"place": place, "cell": key.id, "what": what})


def _has(experiment: Experiment, key: CellKey) -> bool:
    """Whether a cell's parts are names of the axes, and its seed is the experiment's or a table's."""
    return (
        key.domain in experiment.domains
        and key.agent in experiment.agents
        and key.model in experiment.models
        and key.method in experiment.methods
        and any(key.seed in seeds for seeds in (experiment.seeds, *(table.seeds for table in experiment.tables)))
    )
