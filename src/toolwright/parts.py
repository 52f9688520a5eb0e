"""What a training is made of, as objects: what `Trainer`'s arguments and a config file both come down to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import JsonValue

from toolwright.agents.rollout import RolloutLimits
from toolwright.agents.selection import offer_all
from toolwright.agents.tools import Tool
from toolwright.config.sandboxes import default_sandbox, sandbox_of
from toolwright.config.schema import Config, OptimizerOptions, Training
from toolwright.config.shortcuts import agent_of, scorer_of, tools_of, trackers_of
from toolwright.errors import ConfigError, DataError, FunctionError
from toolwright.functions import FunctionSet
from toolwright.models.ledger import Limits
from toolwright.models.spec import REPLAY, ModelSpec
from toolwright.parameters import Parameters
from toolwright.protocols import Agent, EventSink, Gate, Model, Role, Sandbox, Scorer, Selector, TaskChecker
from toolwright.recordings import Recording
from toolwright.tasks import Task, TaskSet
from toolwright.trackers import Tracker
from toolwright.training.batches import check_batches
from toolwright.training.gates import check_enough, gate_of
from toolwright.training.trainer import Splits

if TYPE_CHECKING:
    from pydantic_ai.models import Model as LibraryModel

_LISTED: Final = 20
"""Tasks that cannot be scored that a message names."""


@dataclass(frozen=True)
class Parts:
    """Everything a training is made of, but its task sets.

    Attributes:
        asks: Whose model the agent asks, and for whom that counts: "optimizer" where it makes functions for another.
        gate: One of the user's own; None for the one that `training` names.
        runs: Where runs are kept; None keeps nothing.
        folder: What paths in `config` are relative to, absolute; "" where there are none.
        made_of: The options "agent" and "scorer" were made of, where they came from a configuration.
        config: What a run keeps of all this, keys still in it.
        events: Who is told what happens.
    """

    agent: Agent
    scorer: Scorer
    specs: dict[Role, ModelSpec]
    models: "dict[Role, LibraryModel | Model | None]" = field(default_factory=dict[Role, Any])
    asks: Role = "agent"
    start: Parameters = field(default_factory=Parameters)
    tools: Sequence[Tool] = ()
    select: Selector = offer_all
    sandbox: Sandbox = field(default_factory=default_sandbox)
    gate: Gate | None = None
    limits: Limits = field(default_factory=Limits)
    rollout: RolloutLimits = field(default_factory=RolloutLimits)
    training: Training = field(default_factory=Training)
    optimizer: OptimizerOptions = field(default_factory=OptimizerOptions)
    runs: Path | None = None
    name: str = ""
    folder: str = ""
    made_of: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    config: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    events: Sequence[EventSink | Tracker] = ()
    recording: Recording | None = None


def parts_of(
    config: Config,
    folder: Path,
    events: Sequence[EventSink | Tracker] = (),
    recording: Recording | None = None,
    sandbox: Sandbox | None = None,
) -> Parts:
    """The parts a configuration names; its paths are relative to `folder`, and a sandbox given stands for its own."""
    sandbox = sandbox or sandbox_of(config.sandbox, folder)
    return Parts(
        agent=agent_of(config.agent, folder),
        scorer=scorer_of(config.scorer, folder),
        specs=specs_of(config, folder),
        start=Parameters(functions=starting_functions(config, folder)),
        tools=tools_of(config.agent.tools, folder),
        sandbox=sandbox,
        limits=config.limits,
        rollout=RolloutLimits(turns=config.agent.turns, calls=config.agent.calls),
        training=config.training,
        optimizer=config.optimizer,
        runs=Path(config.run.folder),
        name=config.run.name,
        folder=str(folder.resolve()),
        made_of=_made_of(config),
        config=_kept(config, sandbox),
        events=(*events, *trackers_of(config.run.trackers, folder)),
        recording=recording,
    )


def _kept(config: Config, sandbox: Sandbox) -> dict[str, JsonValue]:
    """The configuration as a run keeps it: with the kind of sandbox that is really used."""
    data = config.model_dump(mode="json")
    return {**data, "sandbox": {**data["sandbox"], "kind": sandbox.kind}}


def _made_of(config: Config) -> dict[str, JsonValue]:
    """The options of agent and scorer that their objects do not tell; limits and tools are parts of their own."""
    agent = config.agent.model_dump(mode="json", exclude={"turns", "calls", "tools"})
    return {"agent": agent, "scorer": config.scorer.model_dump(mode="json")}


def described(parts: Parts) -> dict[str, JsonValue]:
    """What a run folder keeps of parts that came as objects, as near to a configuration as objects can be told."""
    return {
        "agent": {"kind": parts.agent.name, "tools": [tool.name for tool in parts.tools]},
        "models": {role: spec.model_dump(mode="json") for role, spec in parts.specs.items()},
        "scorer": {"kind": parts.scorer.name},
        "optimizer": parts.optimizer.model_dump(mode="json"),
        "training": parts.training.model_dump(mode="json"),
        "limits": parts.limits.model_dump(mode="json"),
        "sandbox": {"kind": parts.sandbox.kind},
        "functions": {"start": list(parts.start.functions.names), "digest": parts.start.digest},
    }


def checked_gate(training: Training, splits: Splits, own: Gate | None = None) -> Gate:
    """The gate of a training, found able to accept something on its tasks: said before anything is paid for.

    Args:
        training: The options.
        splits: The task sets.
        own: A gate of the user's own, in the place of the one that the options name.

    Raises:
        ConfigError: An option is out of its range, no such batches can be drawn, or there are too few tasks for the
            gate to accept anything.
    """
    gate = gate_for(training, splits, own)
    if training.epochs:
        check_enough(gate, *gate_reads(training, splits))
    return gate


def gate_for(training: Training, splits: Splits, own: Gate | None = None) -> Gate:
    """The gate of a training, whether or not it could accept anything on so few tasks.

    Raises:
        ConfigError: An option is out of its range, or no such batches can be drawn.
    """
    check_batches(splits.train, training.batch, training.history)
    return _named(training, validated=splits.validation is not None) if own is None else own


def gate_reads(training: Training, splits: Splits) -> tuple[int, str]:
    """How many tasks the gate reads at a time, and what a message calls them."""
    if training.batch and splits.validation is None:
        return training.batch, "batch"
    return len(splits.gated), splits.gated_as


def _named(training: Training, *, validated: bool) -> Gate:
    return gate_of(
        has_validation=validated,
        gate=training.gate,
        ties=training.ties,
        level=training.level,
        level_per_run=training.level_per_run,
        epochs=training.epochs,
        repeats=training.repeats,
        max_repeats=training.max_repeats,
        objective=training.objective,
        margin=training.margin,
        cost=training.cost,
        saving=training.saving,
    )


def specs_of(config: Config, folder: Path) -> dict[Role, ModelSpec]:
    """The specification of each role's model; the file of "replay:FILE" is relative to `folder`."""
    return {role: _found(spec, folder) for role, spec in config.models.by_role().items()}


def _found(spec: ModelSpec, folder: Path) -> ModelSpec:
    if not spec.model.startswith(REPLAY):
        return spec
    return spec.model_copy(update={"model": f"{REPLAY}{folder / spec.model.removeprefix(REPLAY)}"})


def starting_functions(config: Config, folder: Path) -> FunctionSet:
    """The functions a configuration starts from, frozen where it says so.

    Raises:
        FunctionError: The folder is wrong.
        ConfigError: What is to be frozen is not there.
    """
    start, freeze = config.functions.start, config.functions.freeze
    functions = FunctionSet.load(folder / start) if start else FunctionSet()
    if isinstance(freeze, bool):
        return functions.freeze() if freeze else functions
    if freeze and not start:
        raise ConfigError(
            f"functions.freeze: {freeze[0]!r} cannot be frozen, as the training starts without functions; name the "
            "folder that it is in as functions.start"
        )
    try:
        return functions.freeze(*freeze) if freeze else functions
    except FunctionError as error:
        raise ConfigError(f"functions.freeze, in {start}: {error}") from None


def check_names(parts: Parts) -> None:
    """Checks that no two things on offer have one name; raises ConfigError, as no model could tell them apart."""
    names = [*parts.start.functions.names, *(tool.name for tool in parts.tools)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"tools: {twice[0]!r} is also the name of another tool or function; rename one")


def _unfit(scorer: TaskChecker, task: Task) -> str:
    try:
        return scorer.unfit(task)
    except Exception as error:  # noqa: BLE001 - a scorer is anybody's code
        return f"the scorer's `unfit` raised {type(error).__name__}: {error}"


def check_targets(scorer: Scorer, /, **sets: TaskSet | None) -> None:
    """Checks that every task can be scored, before one is run: the sealed test is read when all is paid for.

    Raises:
        DataError: Some cannot; the message names each, with what is wrong.
    """
    if not isinstance(scorer, TaskChecker):
        return
    found = [
        f"{name}, task {task.id!r} of {tasks.name}: {why}"
        for name, tasks in sets.items()
        if tasks is not None
        for task in tasks.tasks
        if (why := _unfit(scorer, task))
    ]
    if found:
        more = f"\n  and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        listed = "".join(f"\n  {line}" for line in found[:_LISTED])
        raise DataError(
            f"scorer {scorer.name!r} cannot score {len(found)} of the tasks, whatever the answer:{listed}{more}\n"
            "Mend or take out these rows, or name another scorer."
        )


def recording_of(specs: dict[Role, ModelSpec]) -> Recording | None:
    """The recording that "replay:FILE" names, read once for both roles."""
    files = {spec.model.removeprefix(REPLAY) for spec in specs.values() if spec.model.startswith(REPLAY)}
    if len(files) > 1:
        raise ConfigError(f"models: both roles must replay one recording, not {' and '.join(sorted(files))}")
    return Recording.read(files.pop()) if files else None
