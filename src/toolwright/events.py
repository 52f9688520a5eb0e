"""What happens in a run, as typed values: the one source of whatever shows or keeps it."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from toolwright.base import Frozen
from toolwright.functions import Function
from toolwright.messages import Usage
from toolwright.provider_events import ModelRetried, PaceWaited, ProviderPaused, ProviderResumed
from toolwright.tasks import Task, TaskSet
from toolwright.trajectories import EndReason, OutcomeStatus


class RunStarted(Frozen):
    """A training begins, with the functions in `start`."""

    kind: Literal["run_started"] = "run_started"
    run: str
    train: int
    validation: int
    test: int
    epochs: int
    sandbox: str
    agent: str
    models: dict[str, str]
    start: tuple[Function, ...] = ()


class TaskSetGiven(Frozen):
    """What a split's tasks are, whoever reads them; where their files lie is left out.

    The sealed test's are told when it is opened.
    """

    kind: Literal["task_set_given"] = "task_set_given"
    split: str
    name: str
    tasks: tuple[Task, ...]


class SandboxStarted(Frozen):
    """The sandbox is ready, nothing has run in it yet: its kind, and what confines learned code in it.

    `report` is a `toolwright.sandbox.Report` as JSON, null for a sandbox of one's own that gives none.
    """

    kind: Literal["sandbox_started"] = "sandbox_started"
    sandbox: str
    report: dict[str, JsonValue] | None = None


class BatchDrawn(Frozen):
    """The training tasks an epoch works on, by id; epoch 0, the starting set's evaluation, has those of epoch 1."""

    kind: Literal["batch_drawn"] = "batch_drawn"
    epoch: int
    tasks: tuple[str, ...]


class EvaluationStarted(Frozen):
    """An evaluation begins: `rollouts` of them, on one split with one set of parameters."""

    kind: Literal["evaluation_started"] = "evaluation_started"
    epoch: int
    split: str
    parameters: str
    rollouts: int


class RolloutFinished(Frozen):
    """One rollout ended; `score` is None where it has none and is tried again. `seconds` has its waits in it."""

    kind: Literal["rollout_finished"] = "rollout_finished"
    split: str
    parameters: str
    task: str
    repeat: int
    score: float | None
    end: EndReason
    calls: int
    error: str = ""
    usage: Usage = Field(default_factory=Usage)
    seconds: float = 0.0


class RaceStopped(Frozen):
    """A candidate's evaluation was stopped: whatever the rest had scored, the gate could not have accepted it.

    `saved` counts the rollouts that did not come to their end; requests of theirs that were under way are paid for.
    """

    kind: Literal["race_stopped"] = "race_stopped"
    epoch: int
    split: str
    run: int
    saved: int
    reason: str


class EvaluationFinished(Frozen):
    """An evaluation ended."""

    kind: Literal["evaluation_finished"] = "evaluation_finished"
    epoch: int
    split: str
    parameters: str
    mean: float
    scored: int
    rollouts: int
    usage: Usage


class StepStarted(Frozen):
    """A conversation with the optimizer begins."""

    kind: Literal["step_started"] = "step_started"
    epoch: int
    proposal: int = 0
    parameters: str
    history: str


class TriedCall(Frozen):
    """A call that admission made of a proposed function.

    Attributes:
        of: One of the action's examples, or a call of a task that was solved.
        call: The call, as text.
        status: What came of it.
        returned: What it returned, or the error; as text, shortened.
        wanted: What the example states or the solved task's call returned; "" where the example states nothing.
        seconds: Wall-clock time of the call; 0 where it was refused unrun.
    """

    of: Literal["example", "past call"]
    call: str
    status: OutcomeStatus
    returned: str
    wanted: str = ""
    seconds: float = 0.0


class ActionAdmitted(Frozen):
    """An action passed admission and is in the candidate.

    `proposed` is the function as it entered, None where one was removed; `tried` are the calls admission made of it.
    """

    kind: Literal["action_admitted"] = "action_admitted"
    epoch: int
    proposal: int = 0
    action: str
    function: str
    reason: str
    notes: tuple[str, ...] = ()
    proposed: Function | None = None
    tried: tuple[TriedCall, ...] = ()


class ActionRefused(Frozen):
    """An action did not pass admission; the optimizer was told why in `reason`, having stated `stated` as its own.

    `proposed` is the function as written, None where it was none or could not be read.
    """

    kind: Literal["action_refused"] = "action_refused"
    epoch: int
    proposal: int = 0
    action: str
    function: str
    reason: str
    stated: str = ""
    proposed: Function | None = None
    tried: tuple[TriedCall, ...] = ()


class HistoryShortened(Frozen):
    """The optimizer's prompt did not fit its model and is sent again within `tokens`."""

    kind: Literal["history_shortened"] = "history_shortened"
    epoch: int
    proposal: int = 0
    tokens: int
    reason: str


class CodeRun(Frozen):
    """The optimizer ran code on the training tasks; `error` says what went wrong, where something did."""

    kind: Literal["code_run"] = "code_run"
    epoch: int
    proposal: int = 0
    status: str
    error: str = ""


class StepFinished(Frozen):
    """A conversation with the optimizer ended, for the reason given in `end`."""

    kind: Literal["step_finished"] = "step_finished"
    epoch: int
    proposal: int = 0
    candidate: str
    actions: int
    refused: int
    end: str


class ProposalsScreened(Frozen):
    """Several proposals of one epoch were tried on a minibatch of the training tasks; the best goes on.

    `scores` has a mean for each distinct proposal, by its digest; `requests` is what the minibatch took.
    """

    kind: Literal["proposals_screened"] = "proposals_screened"
    epoch: int
    tasks: int
    scores: dict[str, float]
    chosen: str
    requests: int


class GateDecided(Frozen):
    """The gate looked at an epoch's candidate.

    A rejected one is rolled back; an undecided one is evaluated again with more repeats, until the last look.
    """

    kind: Literal["gate_decided"] = "gate_decided"
    epoch: int
    decision: Literal["accept", "reject", "undecided"]
    reason: str
    incumbent: float
    candidate: float
    p_value: float | None = None
    level: float | None = None
    noise: float | None = None
    repeats: int = 1


class EpochFinished(Frozen):
    """An epoch ended, with losses on train: the candidate's, None where there was none; `best` the incumbent's then."""

    kind: Literal["epoch_finished"] = "epoch_finished"
    epoch: int
    loss: float | None
    best: float
    accepted: bool
    without_acceptance: int


class ModelReplied(Frozen):
    """A model answered a request just now; `seconds` from asking to the answer, pacing and retries included.

    Told to whoever watches and not kept: the run has the reply itself. Nor is it told of a reply read from the run.
    """

    kind: Literal["model_replied"] = "model_replied"
    role: str
    purpose: str
    parameters: str
    task: str
    repeat: int
    turn: int
    model: str
    finish: str
    usage: Usage
    seconds: float


class CallFinished(Frozen):
    """A call of learned code or of a user's tool ended just now; told and kept as a reply is (`ModelReplied`)."""

    kind: Literal["call_finished"] = "call_finished"
    role: str
    purpose: str
    parameters: str
    task: str
    repeat: int
    turn: int
    index: int
    name: str
    status: OutcomeStatus
    error: str
    seconds: float


class TestOpened(Frozen):
    """The sealed test is read; `times` counts this reading, and one after the first was forced."""

    __test__ = False  # no test of pytest's

    kind: Literal["test_opened"] = "test_opened"
    times: int
    forced: bool


class BudgetAnnounced(Frozen):
    """A share of a limit of the budget is used: `limit` is its name, `of` the limit itself, in its own unit."""

    kind: Literal["budget_announced"] = "budget_announced"
    limit: str
    share: float = Field(gt=0, lt=1)
    of: float


class Warned(Frozen):
    """Something the user should know that stops nothing."""

    kind: Literal["warned"] = "warned"
    text: str


class RunFinished(Frozen):
    """A training ended: `why` in a word, `end` in a sentence."""

    kind: Literal["run_finished"] = "run_finished"
    why: str = ""
    end: str
    best: str
    functions: tuple[str, ...]
    usage: dict[str, Usage]


Event = Annotated[
    RunStarted
    | TaskSetGiven
    | SandboxStarted
    | BatchDrawn
    | EvaluationStarted
    | RolloutFinished
    | RaceStopped
    | EvaluationFinished
    | StepStarted
    | HistoryShortened
    | CodeRun
    | ActionAdmitted
    | ActionRefused
    | StepFinished
    | ProposalsScreened
    | GateDecided
    | EpochFinished
    | ModelReplied
    | CallFinished
    | ModelRetried
    | ProviderPaused
    | ProviderResumed
    | PaceWaited
    | BudgetAnnounced
    | TestOpened
    | Warned
    | RunFinished,
    Field(discriminator="kind"),
]


def task_set_given(split: str, tasks: TaskSet) -> TaskSetGiven:
    """A split's tasks as an event; the paths of their files, which are this machine's, are blank."""
    return TaskSetGiven(split=split, name=tasks.name, tasks=tuple(map(_without_paths, tasks.tasks)))


def _without_paths(task: Task) -> Task:
    files = tuple(file.model_copy(update={"path": ""}) for file in task.files)
    return task.model_copy(update={"files": files}) if files else task
