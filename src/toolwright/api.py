"""The front door: a Trainer from strings or objects, with a synchronous face.

Example:
    trainer = Trainer("openai:gpt-5-mini", optimizer_model="openai:gpt-5", scorer="numeric")
    result = trainer.fit(read_tasks("train.jsonl"), test=read_tasks("test.jsonl"))
    result.save("learned")
"""

from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import JsonValue

from toolwright.agents.rollout import INTERPRETER, RolloutLimits
from toolwright.agents.selection import offer_all
from toolwright.agents.tools import Tool
from toolwright.config.schema import Agent as AgentOptions
from toolwright.config.schema import Config, Kind, OptimizerOptions, Training
from toolwright.config.schema import Reader as ReaderOptions
from toolwright.config.shortcuts import agent_of, as_scorer, reader_of, sandbox_of, scorer_of, splits_of, tools_of
from toolwright.errors import ConfigError
from toolwright.evaluations import Evaluation
from toolwright.events import Event, RunFinished, RunStarted
from toolwright.functions import FunctionSet
from toolwright.models.door import open_door
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.providers import check_spec
from toolwright.models.spec import REPLAY, ModelSpec
from toolwright.optimizer.agent_optimizer import AgentOptimizer
from toolwright.parameters import Parameters
from toolwright.protocols import Agent, EventSink, Gate, Model, Role, Sandbox, Scorer, Selector
from toolwright.recordings import Recording
from toolwright.runs.folder import RunFolder
from toolwright.sandbox import ProcessSandbox
from toolwright.sync import run_sync
from toolwright.tasks import TaskSet, check_disjoint
from toolwright.training.evaluate import Evaluator
from toolwright.training.gate import StrictImprovement
from toolwright.training.result import TrainingResult
from toolwright.training.trainer import Schedule, Splits, TrainingLoop

if TYPE_CHECKING:
    from pydantic_ai.models import Model as LibraryModel

    AnyModel = str | ModelSpec | LibraryModel | Model


def read_tasks(path: Path | str, reader: str = "", **options: Any) -> TaskSet:  # noqa: ANN401 - the reader's own options
    """Reads a task set.

    Args:
        path: The file or folder.
        reader: "jsonl", "csv", "math", "tabmwp", "gsm8k" or "gaia"; by the file's suffix where it is empty.
        **options: The reader's own, `columns` say.

    Raises:
        ConfigError: There is no such reader or option.
        DataError: The data are wrong; the message names the file and the line or field.
    """
    table = {"reader": reader or Path(path).suffix.removeprefix("."), "path": str(path), **options}
    return reader_of(ReaderOptions.model_validate(table), Path(), "read_tasks").read()


@dataclass(frozen=True)
class Parts:
    """Everything a training is made of, as objects; what `Trainer` and a config file both come down to."""

    agent: Agent
    scorer: Scorer
    specs: dict[Role, ModelSpec]
    models: "dict[Role, LibraryModel | Model | None]" = field(default_factory=dict[Role, Any])
    start: Parameters = field(default_factory=Parameters)
    tools: Sequence[Tool] = ()
    select: Selector = offer_all
    sandbox: Sandbox = field(default_factory=ProcessSandbox)
    gate: Gate = field(default_factory=StrictImprovement)
    limits: Limits = field(default_factory=Limits)
    rollout: RolloutLimits = field(default_factory=RolloutLimits)
    training: Training = field(default_factory=Training)
    optimizer: OptimizerOptions = field(default_factory=OptimizerOptions)
    runs: Path | None = None
    name: str = ""
    config: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    events: Sequence[EventSink] = ()
    recording: Recording | None = None


class Trainer:
    """Trains an agent's functions.

    Args:
        model: The agent's model: "openai:…", "anthropic:…", a ModelSpec (for base_url, settings, price), or a model of
            pydantic-ai's.
        optimizer_model: The optimizer's; the agent's where it is None.
        agent: "function_calling", "react", or an object with `name` and `async run(task, rollout)`.
        scorer: "exact", "choice", "numeric", "math", "gaia", "tabmwp", "reasoning-gym", a callable
            (task, answer) -> score, sync or async, or a scorer object.
        functions: What to start from: a FunctionSet, or the folder of one.
        tools: Your own callables, offered beside the functions, never learned.
        select: Which functions are offered for a task; all of them by default.
        sandbox: Where functions run; by default the `process` kind, which contains crashes, not malice.
        gate: Decides on candidates; strict improvement of the mean score by default.
        limits: The budget.
        epochs: Steps of the optimizer at the most.
        patience: Epochs in a row without acceptance that end the training.
        actions: Admitted actions a step.
        repeats: Samples of each task in an evaluation.
        runs: The folder runs are kept in; None keeps nothing.
        events: Are told what happens.

    Raises:
        ConfigError: An argument is wrong; the message names it and the remedy.
        FunctionError: The folder of functions is wrong.
    """

    def __init__(
        self,
        model: "AnyModel",
        *,
        optimizer_model: "AnyModel | None" = None,
        agent: str | Agent = "function_calling",
        scorer: str | Scorer | Callable[..., Any] = "exact",
        functions: FunctionSet | Path | str | None = None,
        tools: Sequence[Callable[..., Any]] = (),
        select: Selector = offer_all,
        sandbox: Sandbox | None = None,
        gate: Gate | None = None,
        limits: Limits | None = None,
        epochs: int = 10,
        patience: int = 3,
        actions: int = 3,
        repeats: int = 1,
        runs: Path | str | None = "runs",
        events: Sequence[EventSink] = (),
    ) -> None:
        named = {"agent": model, "optimizer": model if optimizer_model is None else optimizer_model}
        self.parts = Parts(
            agent=agent_of(AgentOptions(kind=agent), Path()) if isinstance(agent, str) else agent,
            scorer=scorer_of(Kind(kind=scorer), Path()) if isinstance(scorer, str) else as_scorer(scorer),
            specs={cast("Role", role): _spec(given) for role, given in named.items()},
            models={cast("Role", role): _object(given) for role, given in named.items()},
            start=Parameters(functions=_functions(functions)),
            tools=[Tool(tool) for tool in tools],
            select=select,
            sandbox=sandbox or ProcessSandbox(),
            gate=gate or StrictImprovement(),
            limits=limits or Limits(),
            training=Training(epochs=epochs, patience=patience, repeats=repeats),
            optimizer=OptimizerOptions(actions=actions),
            runs=Path(runs) if runs is not None else None,
            events=events,
        )

    @classmethod
    def from_config(
        cls,
        config: Config,
        folder: Path | str = ".",
        events: Sequence[EventSink] = (),
        *,
        recording: Recording | None = None,
    ) -> "Trainer":
        """A trainer from a configuration.

        Args:
            config: The configuration.
            folder: What its paths are relative to: the config file's folder.
            events: Are told what happens.
            recording: Replies to use before a model is asked.

        Raises:
            ConfigError: A key is wrong; the message names it and the remedy.
        """
        trainer = cls.__new__(cls)
        trainer.parts = _parts(config, Path(folder), events, recording)
        return trainer

    def fit(self, train: TaskSet, validation: TaskSet | None = None, test: TaskSet | None = None) -> TrainingResult:
        """Trains; also inside a running event loop (a notebook), on a thread of its own.

        Args:
            train: What the optimizer learns from.
            validation: What the gate decides on; `train` where it is None.
            test: Sealed until the end, then read once: before and after.

        Returns:
            The best parameters and how they came about.

        Raises:
            ToolwrightError: As the message says; what was journalled in the run folder stays.
        """
        return run_sync(self.afit(train, validation, test))

    async def afit(
        self, train: TaskSet, validation: TaskSet | None = None, test: TaskSet | None = None
    ) -> TrainingResult:
        """`fit` for a running event loop."""
        check_disjoint(train=train, validation=validation, test=test)
        splits = Splits(train=train, validation=validation, test=test)
        async with self._running() as (folder, events, ledger, evaluator, optimizer):
            events.emit(self._started(folder, splits))
            loop = TrainingLoop(
                evaluator,
                optimizer,
                self.parts.gate,
                ledger,
                events,
                schedule=Schedule(epochs=self.parts.training.epochs, patience=self.parts.training.patience),
                keeper=_FolderKeeper(folder),
            )
            result = await loop.run(self.parts.start, splits)
            kept = result.model_copy(update={"folder": str(folder.path) if self.parts.runs is not None else ""})
            folder.save_best(kept.best)
            folder.write_summary(kept.model_dump(mode="json"))
            events.emit(
                RunFinished(end=kept.end_text, best=kept.best.digest, functions=kept.functions.names, usage=kept.usage)
            )
            return kept

    def evaluate(self, tasks: TaskSet, split: str = "evaluation") -> Evaluation:
        """Runs and scores the agent with the starting functions on any task set; nothing is learned."""
        return run_sync(self.aevaluate(tasks, split))

    async def aevaluate(self, tasks: TaskSet, split: str = "evaluation") -> Evaluation:
        """`evaluate` for a running event loop."""
        async with self._running() as (_, _, _, evaluator, _):
            return await evaluator.evaluate(self.parts.start, tasks, split)

    @asynccontextmanager
    async def _running(self) -> "AsyncGenerator[tuple[RunFolder, Fanout, Ledger, Evaluator, AgentOptimizer]]":
        """Opens the run folder, the models and the sandbox, and puts the machine together."""
        parts = self.parts
        _check_names(parts)
        for role, spec in parts.specs.items():
            if parts.models.get(role) is None:
                check_spec(spec, role)
        recording = parts.recording or _recording(parts.specs)
        with _folder(parts) as folder:
            events = Fanout((folder.store, *parts.events))
            ledger = Ledger(parts.limits)
            async with (
                parts.sandbox as sandbox,
                self._door("agent", folder, ledger, events, recording) as agent_model,
                self._door("optimizer", folder, ledger, events, recording) as optimizer_model,
            ):
                evaluator = Evaluator(
                    parts.agent,
                    parts.scorer,
                    model=agent_model,
                    sandbox=sandbox,
                    journal=folder.store,
                    events=events,
                    tools=parts.tools,
                    select=parts.select,
                    limits=parts.rollout,
                    repeats=parts.training.repeats,
                    at_once=parts.training.at_once,
                )
                optimizer = AgentOptimizer(
                    optimizer_model,
                    sandbox,
                    events,
                    max_actions=parts.optimizer.actions,
                    prompt_tokens=parts.optimizer.prompt_tokens,
                    show_targets=parts.optimizer.show_targets,
                    taken=[*(tool.name for tool in parts.tools), INTERPRETER.name],
                    system_prompt=parts.optimizer.system_prompt,
                )
                yield folder, events, ledger, evaluator, optimizer

    def _door(
        self, role: Role, folder: RunFolder, ledger: Ledger, events: EventSink, recording: Recording | None
    ) -> Any:  # noqa: ANN401 - an async context manager of a Model
        return open_door(
            self.parts.specs[role],
            role,
            journal=folder.store,
            ledger=ledger,
            events=events,
            model=self.parts.models.get(role),
            recording=recording,
        )

    def _started(self, folder: RunFolder, splits: Splits) -> RunStarted:
        return RunStarted(
            run=folder.id,
            train=len(splits.train),
            validation=len(splits.validation) if splits.validation else 0,
            test=len(splits.test) if splits.test else 0,
            epochs=self.parts.training.epochs,
            sandbox=self.parts.sandbox.kind,
            agent=self.parts.agent.name,
            models={role: spec.model for role, spec in self.parts.specs.items()},
        )


class Fanout:
    """Tells several sinks, in order."""

    def __init__(self, sinks: Sequence[EventSink]) -> None:
        self._sinks = tuple(sinks)

    def emit(self, event: Event) -> None:
        """Tells each."""
        for sink in self._sinks:
            sink.emit(event)


class _FolderKeeper:
    """Keeps evaluations in the run's store, and accepted functions in its folder."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def keep_evaluation(self, evaluation: Evaluation, epoch: int) -> None:
        self._folder.store.keep_evaluation(evaluation, epoch)

    def keep_accepted(self, epoch: int, parameters: Parameters) -> None:
        self._folder.save_accepted(epoch, parameters)
        self._folder.save_best(parameters)


def train_from_config(
    config: Config, folder: Path | str = ".", events: Sequence[EventSink] = (), *, recording: Recording | None = None
) -> TrainingResult:
    """Trains on the task sets a configuration names; paths in it are relative to `folder`."""
    trainer = Trainer.from_config(config, folder, events, recording=recording)
    splits = splits_of(config.tasks, Path(folder))
    return trainer.fit(splits.train, splits.validation, splits.test)


def _parts(config: Config, folder: Path, events: Sequence[EventSink], recording: Recording | None) -> Parts:
    specs: dict[Literal["agent", "optimizer"], ModelSpec] = config.models.by_role()
    return Parts(
        agent=agent_of(config.agent, folder),
        scorer=scorer_of(config.scorer, folder),
        specs=specs,
        start=Parameters(functions=starting_functions(config, folder)),
        tools=tools_of(config.agent.tools, folder),
        sandbox=sandbox_of(config.sandbox),
        gate=StrictImprovement(config.training.ties),
        limits=config.limits,
        rollout=RolloutLimits(turns=config.agent.turns, calls=config.agent.calls),
        training=config.training,
        optimizer=config.optimizer,
        runs=Path(config.run.folder),
        name=config.run.name,
        config=config.model_dump(mode="json"),
        events=events,
        recording=recording,
    )


def starting_functions(config: Config, folder: Path) -> FunctionSet:
    """The functions a configuration starts from, frozen where it says so; raises FunctionError where they are wrong."""
    if not config.functions.start:
        return FunctionSet()
    functions = FunctionSet.load(folder / config.functions.start)
    if config.functions.freeze is True:
        return functions.freeze()
    return functions.freeze(*config.functions.freeze) if config.functions.freeze else functions


def _functions(given: FunctionSet | Path | str | None) -> FunctionSet:
    if isinstance(given, FunctionSet):
        return given
    return FunctionSet() if given is None else FunctionSet.load(given)


def _check_names(parts: Parts) -> None:
    """A model could not tell two things of one name apart."""
    names = [*parts.start.functions.names, *(tool.name for tool in parts.tools)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"tools: {twice[0]!r} is also the name of another tool or function; rename one")


def _spec(given: "AnyModel") -> ModelSpec:
    if isinstance(given, ModelSpec):
        return given
    if isinstance(given, str):
        if not given:
            raise ConfigError('model: name one, for instance Trainer("openai:gpt-5-mini")')
        return ModelSpec(model=given)
    return ModelSpec(model=str(getattr(given, "model_name", type(given).__name__)))


def _object(given: "AnyModel") -> "LibraryModel | Model | None":
    return None if isinstance(given, str | ModelSpec) else given


def _recording(specs: dict[Role, ModelSpec]) -> Recording | None:
    """The recording that "replay:FILE" names, read once for both roles."""
    files = {spec.model.removeprefix(REPLAY) for spec in specs.values() if spec.model.startswith(REPLAY)}
    if len(files) > 1:
        raise ConfigError(f"models: both roles must replay one recording, not {' and '.join(sorted(files))}")
    return Recording.read(files.pop()) if files else None


@contextmanager
def _folder(parts: Parts) -> Generator[RunFolder]:
    """The run's folder; one that is thrown away where none is kept."""
    if parts.runs is not None:
        with RunFolder.create(parts.runs, parts.name or None, parts.config) as folder:
            yield folder
        return
    with TemporaryDirectory(prefix="toolwright-") as scratch, RunFolder.create(scratch, "run", parts.config) as folder:
        yield folder


def without_runs(trainer: Trainer) -> Trainer:
    """The same trainer, keeping nothing on disk."""
    copy = Trainer.__new__(Trainer)
    copy.parts = replace(trainer.parts, runs=None)
    return copy


def starting_from(trainer: Trainer, functions: FunctionSet) -> Trainer:
    """The same trainer, starting from other functions."""
    copy = Trainer.__new__(Trainer)
    copy.parts = replace(trainer.parts, start=Parameters(functions=functions))
    return copy
