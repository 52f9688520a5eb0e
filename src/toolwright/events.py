"""What happens in a run, as typed values: the one source of whatever shows or keeps it."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from toolwright.base import Frozen
from toolwright.messages import Usage
from toolwright.trajectories import EndReason


class RunStarted(Frozen):
    """A training begins."""

    kind: Literal["run_started"] = "run_started"
    run: str
    train: int
    validation: int
    test: int
    epochs: int
    sandbox: str
    agent: str
    models: dict[str, str]


class SandboxStarted(Frozen):
    """The sandbox is ready, nothing has run in it yet: its kind, and what confines learned code in it.

    `report` is a `toolwright.sandbox.Report` as JSON, null for a sandbox of one's own that gives none.
    """

    kind: Literal["sandbox_started"] = "sandbox_started"
    sandbox: str
    report: dict[str, JsonValue] | None = None


class EvaluationStarted(Frozen):
    """An evaluation begins: `rollouts` of them, on one split with one set of parameters."""

    kind: Literal["evaluation_started"] = "evaluation_started"
    epoch: int
    split: str
    parameters: str
    rollouts: int


class RolloutFinished(Frozen):
    """One rollout ended; `score` is None where it has none and is tried again."""

    kind: Literal["rollout_finished"] = "rollout_finished"
    split: str
    parameters: str
    task: str
    repeat: int
    score: float | None
    end: EndReason
    calls: int
    error: str = ""


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
    parameters: str
    history: str


class ActionAdmitted(Frozen):
    """An action passed admission and is in the candidate."""

    kind: Literal["action_admitted"] = "action_admitted"
    epoch: int
    action: str
    function: str
    reason: str
    notes: tuple[str, ...] = ()


class ActionRefused(Frozen):
    """An action did not pass admission; the optimizer was told why."""

    kind: Literal["action_refused"] = "action_refused"
    epoch: int
    action: str
    function: str
    reason: str


class StepFinished(Frozen):
    """A conversation with the optimizer ended, for the reason given in `end`."""

    kind: Literal["step_finished"] = "step_finished"
    epoch: int
    candidate: str
    actions: int
    refused: int
    end: str


class GateDecided(Frozen):
    """The gate decided on an epoch's candidate; a rejected one is rolled back."""

    kind: Literal["gate_decided"] = "gate_decided"
    epoch: int
    decision: Literal["accept", "reject", "undecided"]
    reason: str
    incumbent: float
    candidate: float


class EpochFinished(Frozen):
    """An epoch ended. `loss` is the candidate's, None where there was none; `best` is the incumbent's after it."""

    kind: Literal["epoch_finished"] = "epoch_finished"
    epoch: int
    loss: float | None
    best: float
    accepted: bool
    without_acceptance: int


class ModelRetried(Frozen):
    """A request to a model failed and is tried again after `wait` seconds."""

    kind: Literal["model_retried"] = "model_retried"
    role: str
    attempt: int
    fault: str
    wait: float


class Warned(Frozen):
    """Something the user should know that stops nothing."""

    kind: Literal["warned"] = "warned"
    text: str


class RunFinished(Frozen):
    """A training ended, for the reason given in `end`."""

    kind: Literal["run_finished"] = "run_finished"
    end: str
    best: str
    functions: tuple[str, ...]
    usage: dict[str, Usage]


Event = Annotated[
    RunStarted
    | SandboxStarted
    | EvaluationStarted
    | RolloutFinished
    | EvaluationFinished
    | StepStarted
    | ActionAdmitted
    | ActionRefused
    | StepFinished
    | GateDecided
    | EpochFinished
    | ModelRetried
    | Warned
    | RunFinished,
    Field(discriminator="kind"),
]
