"""What a configuration may say: a frozen value, every key with its default; unknown keys are errors."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from toolwright.base import Frozen
from toolwright.config.values import Answer, Freeze, Names, Strict, kind_only, model_only, strictly
from toolwright.models.ledger import Limits
from toolwright.models.spec import TOLD, ModelSpec
from toolwright.protocols import Role
from toolwright.sandbox import DEFAULT_PACKAGES
from toolwright.sandbox import Limits as CallLimits
from toolwright.sandbox.container.engine import DEFAULT_IMAGE


class Kind(Frozen):
    """A kind by name with options of its own, which the named thing checks itself."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str

    @property
    def options(self) -> dict[str, Any]:
        """Everything beside the kind."""
        return dict(self.model_extra or {})


class Agent(Strict):
    """The agent.

    Attributes:
        kind: "function_calling", "react", or "module:Class" for one of your own.
        answer: Where the answer is in the last reply: "boxed", "final_answer", "last_line", "regex:…", or a list.
        interpreter: Whether the agent may run Python code; with it, function calling is the paper's GPT-4+ agent.
        system_prompt: Instructions in the place of the built-in ones.
        result_characters: How much of one result the model reads.
        turns: Requests a task may take.
        calls: Calls a task may take.
        tools: Your own Python callables, "module:function" or a list, offered beside the functions.
    """

    kind: str = "function_calling"
    answer: Answer = None
    interpreter: bool = False
    system_prompt: str = ""
    result_characters: int = Field(default=4_000, ge=100)
    turns: int = Field(default=12, ge=1)
    calls: int = Field(default=40, ge=0)
    tools: Names = ()


class Models(Frozen):
    """The two roles' models; the optimizer's is the agent's where it is not named."""

    agent: Annotated[ModelSpec, BeforeValidator(model_only)]
    optimizer: Annotated[ModelSpec | None, BeforeValidator(model_only)] = None

    def by_role(self) -> dict[Role, ModelSpec]:
        """The specification of each role's model."""
        return {"agent": self.agent, "optimizer": self.optimizer or self.agent}


class Split(Strict):
    """Sizes of disjoint task sets drawn from `tasks.source` by a seeded shuffle; 0 is no such set."""

    train: int = Field(ge=1)
    validation: int = Field(default=0, ge=0)
    test: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0)


class Reader(Frozen):
    """A reader by name with options of its own, which the reader checks itself."""

    model_config = ConfigDict(extra="allow", frozen=True)

    reader: str

    @property
    def options(self) -> dict[str, Any]:
        """Everything beside the reader's name."""
        return dict(self.model_extra or {})


class Tasks(Frozen):
    """Where the tasks are: `train` (and `validation`, `test`), or one `source` and how to `split` it."""

    train: Reader | None = None
    validation: Reader | None = None
    test: Reader | None = None
    source: Reader | None = None
    split: Split | None = None


class OptimizerOptions(Strict):
    """The optimizer.

    Attributes:
        actions: Admitted actions a step.
        prompt_tokens: The budget of a step's prompt, in tokens of 4 characters.
        show_targets: Whether the optimizer sees the training tasks' targets.
        run_code: Whether it may run code on the training tasks and what happened on them, before it proposes.
        update: "progressive" acts on the functions step by step (the paper); "one_shot" writes the whole set anew in
            one reply (the paper's ablation), where `actions` and `run_code` have no effect.
        credit: Whether it is told how each function was used, and how the tasks with and without it went.
        try_examples: Whether a function's examples, and a revision's past calls, are run before it is admitted;
            otherwise the checks of its source decide alone.
        system_prompt: Instructions in the place of the built-in ones.
    """

    actions: int = Field(default=3, ge=1)
    prompt_tokens: int = Field(default=24_000, ge=2_000)
    show_targets: bool = True
    run_code: bool = True
    update: Literal["progressive", "one_shot"] = "progressive"
    credit: bool = True
    try_examples: bool = True
    system_prompt: str = ""


class Training(Strict):
    """The training.

    Attributes:
        epochs: Steps of the optimizer at the most.
        patience: Epochs in a row without acceptance that end the training.
        repeats: Samples of each task in an evaluation.
        at_once: Tasks under way at once.
        gate: "strict" accepts a better mean score (the paper), "paired" what a paired test over tasks and repeats calls
            better; "auto" is paired where there is a validation set, else strict. "always" accepts every candidate,
            runs all epochs and keeps the last set (the paper's ablation without roll-back and early stop).
        ties: What the strict gate does where candidate and incumbent are equally good.
        level: Chance to accept a candidate that is no better, at the most, for one decision of the paired gate.
        level_per_run: The same for the whole training; none by default.
        max_repeats: Samples of each task the paired gate may buy while it is undecided.
        objective: "score", or "score_then_cost" to accept also what scores no worse and costs less.
        margin: How much worse a cheaper candidate may score, 0 to 1: 0.02 are two points.
        cost: What it must save: tokens, requests or seconds a task.
        saving: The share of it that it must save, 0 to 1.
        race: Whether a candidate is given up as soon as it cannot be accepted any more.
        proposals: Candidates an epoch, asked for in parallel and screened on a minibatch.
        screen: Training tasks of that minibatch.
        batch: Training tasks an epoch works on, drawn anew for each; 0 for all of them.
        history: What the optimizer reads: "batch" what the epoch's tasks showed, "running" also the last conversation
            on every task of earlier batches, as far as there is room.
        seed: Another one draws other batches and minibatches from the same training tasks; an experiment gives each
            cell's own.
    """

    epochs: int = Field(default=10, ge=0)
    patience: int = Field(default=3, ge=1)
    repeats: int = Field(default=1, ge=1)
    at_once: int = Field(default=256, ge=1)
    gate: Literal["auto", "strict", "paired", "always"] = "auto"
    ties: Literal["reject", "accept"] = "reject"
    level: float = Field(default=0.1, ge=0.002, lt=1)
    level_per_run: float | None = Field(default=None, gt=0, lt=1)
    max_repeats: int = Field(default=5, ge=1)
    objective: Literal["score", "score_then_cost"] = "score"
    margin: float = Field(default=0.02, ge=0, lt=1)
    cost: Literal["tokens", "requests", "seconds"] = "tokens"
    saving: float = Field(default=0.1, gt=0, lt=1)
    race: bool = False
    proposals: int = Field(default=1, ge=1)
    screen: int = Field(default=10, ge=1)
    batch: int = Field(default=0, ge=0)
    history: Literal["batch", "running"] = "batch"
    seed: int = Field(default=0, ge=0)


def _never_unconfined(value: object) -> object:
    """Nobody is to lose the walls with a file: who wants none says so, each time."""
    if value in ("unconfined", "process"):
        raise PydanticCustomError(
            TOLD,
            "no configuration can ask for an unconfined sandbox; leave `kind` out for a confined one, or say "
            "`--sandbox unconfined` on the command line (in Python: sandbox=UnconfinedSandbox())",
        )
    return value


class ContainerOptions(Frozen):
    """The `container` kind's own options.

    Attributes:
        image: An image with Python and the packages functions may import; it is never pulled.
        engine: "podman" or "docker"; "" for the first of them that works.
        runtime: Another runtime than the engine's own, such as "runsc" (gVisor).
    """

    image: str = DEFAULT_IMAGE
    engine: Literal["", "podman", "docker"] = ""
    runtime: str = ""


class SandboxOptions(Frozen):
    """The sandbox.

    Attributes:
        kind: "confined" or "container"; "" for confined on Linux, container elsewhere.
        packages: What functions may import; nothing is ever installed.
        python: The interpreter functions run on, "" for Toolwright's own; in a container, one of the image.
        limits: What one call may use.
        container: Options of the container kind.
    """

    kind: Annotated[Literal["", "confined", "container"], BeforeValidator(_never_unconfined)] = ""
    packages: Names = tuple(DEFAULT_PACKAGES)
    python: str = ""
    limits: Annotated[CallLimits, strictly(CallLimits)] = Field(default_factory=CallLimits)
    container: ContainerOptions = Field(default_factory=ContainerOptions)


class Functions(Frozen):
    """The functions to start from.

    Attributes:
        start: A folder of functions, "" for none.
        freeze: Names of those training must leave as they are; true for all.
    """

    start: str = ""
    freeze: Freeze = ()


class Run(Frozen):
    """Where runs are kept and followed.

    Attributes:
        folder: The folder they are kept in.
        name: What this one is called, "" for a name made of the time.
        trackers: Who follows it: "mlflow", "opentelemetry", "module:Class" of one's own, or a table with the kind's
            options.
    """

    folder: str = "runs"
    name: str = ""
    trackers: tuple[Annotated[Kind, BeforeValidator(kind_only)], ...] = ()


class Config(Frozen):
    """A whole configuration, one table of the TOML file an attribute."""

    preset: Literal["", "paper"] = ""
    agent: Annotated[Agent, BeforeValidator(kind_only)] = Field(default_factory=Agent)
    models: Models
    tasks: Tasks = Field(default_factory=Tasks)
    scorer: Annotated[Kind, BeforeValidator(kind_only)] = Field(default_factory=lambda: Kind(kind="exact"))
    optimizer: OptimizerOptions = Field(default_factory=OptimizerOptions)
    training: Training = Field(default_factory=Training)
    limits: Annotated[Limits, strictly(Limits)] = Field(default_factory=Limits)
    sandbox: SandboxOptions = Field(default_factory=SandboxOptions)
    functions: Functions = Field(default_factory=Functions)
    run: Run = Field(default_factory=Run)

    def with_model(self, model: str) -> "Config":
        """The config with both roles asking one model, settings and prices kept ("replay:FILE", say)."""
        roles = {role: spec.model_copy(update={"model": model}) for role, spec in self.models.by_role().items()}
        return self.model_copy(update={"models": Models.model_validate(roles)})


PRESETS: Final[Mapping[str, Mapping[str, Mapping[str, JsonValue]]]] = {
    "": {},
    "paper": {"training": {"epochs": 10, "patience": 10}, "optimizer": {"actions": 3}},
}
"""Defaults by preset; what the file says itself wins. "paper" is appendix G."""
