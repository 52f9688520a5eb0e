"""The front door: a Trainer from strings or objects, with a synchronous face.

Example:
    trainer = Trainer("openai:gpt-5-mini", optimizer_model="openai:gpt-5", scorer="numeric")
    result = trainer.fit(read_tasks("train.jsonl"), test=read_tasks("test.jsonl"))
    result.save("learned")
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from toolwright.agents.selection import offer_all
from toolwright.agents.tools import Tool
from toolwright.config.sandboxes import default_sandbox
from toolwright.config.schema import Agent as AgentOptions
from toolwright.config.schema import Config, Kind, OptimizerOptions, Training
from toolwright.config.schema import Reader as ReaderOptions
from toolwright.config.shortcuts import agent_of, as_agent, as_scorer, reader_of, scorer_of, splits_of
from toolwright.errors import ConfigError
from toolwright.evaluations import Evaluation
from toolwright.events import RunFinished, RunStarted
from toolwright.functions import FunctionSet
from toolwright.machine import running
from toolwright.models.ledger import Limits
from toolwright.models.spec import ModelSpec
from toolwright.parameters import Parameters
from toolwright.parts import Parts, described, parts_of
from toolwright.protocols import Agent, EventSink, Gate, Model, Role, Sandbox, Scorer, Selector
from toolwright.recordings import Recording
from toolwright.runs.folder import RunFolder
from toolwright.sandbox import WARNING
from toolwright.sync import run_sync
from toolwright.tasks import TaskSet, check_disjoint
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
        sandbox: Where functions run; confined by default (on Linux; elsewhere in a container). Learned code runs
            unprotected in an `UnconfinedSandbox()` of `toolwright.sandbox` alone.
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
        named: dict[Role, AnyModel] = {
            "agent": model,
            "optimizer": model if optimizer_model is None else optimizer_model,
        }
        parts = Parts(
            agent=agent_of(AgentOptions(kind=agent), Path()) if isinstance(agent, str) else as_agent(agent),
            scorer=scorer_of(Kind(kind=scorer), Path()) if isinstance(scorer, str) else as_scorer(scorer),
            specs={role: _spec(given) for role, given in named.items()},
            models={role: _object(given) for role, given in named.items()},
            start=Parameters(functions=_functions(functions)),
            tools=[Tool(tool) for tool in tools],
            select=select,
            sandbox=sandbox or default_sandbox(),
            gate=gate or StrictImprovement(),
            limits=limits or Limits(),
            training=_checked(Training, epochs=epochs, patience=patience, repeats=repeats),
            optimizer=_checked(OptimizerOptions, actions=actions),
            runs=Path(runs) if runs is not None else None,
            events=events,
        )
        if parts.sandbox.kind == "unconfined":
            warnings.warn(WARNING, stacklevel=2)
        self.parts = replace(parts, config=described(parts))

    @classmethod
    def from_config(
        cls,
        config: Config,
        folder: Path | str = ".",
        events: Sequence[EventSink] = (),
        *,
        recording: Recording | None = None,
        sandbox: Sandbox | None = None,
    ) -> "Trainer":
        """A trainer from a configuration.

        Args:
            config: The configuration.
            folder: What its paths are relative to: the config file's folder.
            events: Are told what happens.
            recording: Replies to use before a model is asked.
            sandbox: Where functions run, in the place of the one the configuration names.

        Raises:
            ConfigError: A key is wrong; the message names it and the remedy.
        """
        return cls.of(parts_of(config, Path(folder), events, recording, sandbox))

    @classmethod
    def of(cls, parts: Parts) -> "Trainer":
        """A trainer of given parts."""
        trainer = cls.__new__(cls)
        trainer.parts = parts
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
        for name, tasks in (("train", train), ("validation", validation), ("test", test)):
            _check_tasks(name, tasks, optional=name != "train")
        check_disjoint(train=train, validation=validation, test=test)
        splits = Splits(train=train, validation=validation, test=test)
        async with running(self.parts) as machine:
            folder = machine.folder
            machine.events.emit(self._started(folder, splits))
            loop = TrainingLoop(
                machine.evaluator,
                machine.optimizer,
                self.parts.gate,
                machine.ledger,
                machine.events,
                schedule=Schedule(epochs=self.parts.training.epochs, patience=self.parts.training.patience),
                keeper=_FolderKeeper(folder),
            )
            result = await loop.run(self.parts.start, splits)
            kept = result.model_copy(
                update={
                    "folder": str(folder.path) if self.parts.runs is not None else "",
                    "sandbox": self.parts.sandbox.kind,
                    "confinement": machine.confinement,
                }
            )
            folder.save_best(kept.best)
            folder.write_summary(kept.model_dump(mode="json"))
            machine.events.emit(
                RunFinished(end=kept.end_text, best=kept.best.digest, functions=kept.functions.names, usage=kept.usage)
            )
            return kept

    def evaluate(self, tasks: TaskSet, split: str = "evaluation") -> Evaluation:
        """Runs and scores the agent with the starting functions on any task set; nothing is learned."""
        return run_sync(self.aevaluate(tasks, split))

    async def aevaluate(self, tasks: TaskSet, split: str = "evaluation") -> Evaluation:
        """`evaluate` for a running event loop."""
        async with running(self.parts) as machine:
            return await machine.evaluator.evaluate(self.parts.start, tasks, split)

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


def _functions(given: FunctionSet | Path | str | None) -> FunctionSet:
    if isinstance(given, FunctionSet):
        return given
    return FunctionSet() if given is None else FunctionSet.load(given)


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


T = TypeVar("T", bound=BaseModel)


def _checked(kind: type[T], **values: object) -> T:
    """Options from arguments; a ConfigError names the one that is wrong."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise ConfigError(f"{fault['loc'][0]}: {fault['msg']}, not {fault['input']!r:.80}") from None


def _check_tasks(name: str, tasks: object, *, optional: bool) -> None:
    if not isinstance(tasks, TaskSet) and not (optional and tasks is None):
        raise ConfigError(f"{name}: {tasks!r:.80} is no TaskSet; read one with read_tasks(…)")


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
    config: Config,
    folder: Path | str = ".",
    events: Sequence[EventSink] = (),
    *,
    recording: Recording | None = None,
    sandbox: Sandbox | None = None,
) -> TrainingResult:
    """Trains on the task sets a configuration names; the arguments are those of `Trainer.from_config`."""
    trainer = Trainer.from_config(config, folder, events, recording=recording, sandbox=sandbox)
    splits = splits_of(config.tasks, Path(folder))
    return trainer.fit(splits.train, splits.validation, splits.test)
