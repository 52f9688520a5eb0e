"""The front door: a Trainer from strings or objects, with a synchronous face.

Example:
    trainer = Trainer("openai:gpt-5-mini", optimizer_model="openai:gpt-5", scorer="numeric")
    result = trainer.fit(read_tasks("train.jsonl"), test=read_tasks("test.jsonl"))
    result.save("learned")
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Unpack

from toolwright.agents.selection import offer_all
from toolwright.agents.tools import Tool
from toolwright.config.arguments import checked, limits_of, training_of
from toolwright.config.keywords import TrainingOptions
from toolwright.config.sandboxes import default_sandbox
from toolwright.config.schema import Agent as AgentOptions
from toolwright.config.schema import Config, Kind, OptimizerOptions
from toolwright.config.schema import Reader as ReaderOptions
from toolwright.config.shortcuts import agent_of, as_agent, as_scorer, reader_of, scorer_of
from toolwright.errors import ConfigError
from toolwright.evaluations import Evaluation
from toolwright.events import RunFinished, RunStarted, TestOpened, Warned
from toolwright.functions import FunctionSet
from toolwright.machine import Machine, new_run, running
from toolwright.messages import Usage
from toolwright.models.ledger import Limits
from toolwright.models.spec import ModelSpec
from toolwright.origin import digests_of, sampling
from toolwright.parameters import Parameters
from toolwright.parts import Parts, check_targets, checked_gate, described, parts_of
from toolwright.protocols import Agent, EventSink, Gate, Model, Role, Sandbox, Scorer, Selector
from toolwright.recordings import Recording
from toolwright.resuming import READ_BEFORE, check_same, check_sealed, is_final, kept_result
from toolwright.runs.folder import RunFolder
from toolwright.runs.keeper import FolderKeeper
from toolwright.runs.listing import find_run
from toolwright.runs.sessions import SessionKind
from toolwright.sandbox import WARNING
from toolwright.sync import run_sync
from toolwright.tasks import TaskSet, check_disjoint
from toolwright.trackers import Tracker
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
        ConfigError: The path is none, or there is no such reader or option.
        DataError: The data are wrong; the message names the file and the line or field.
    """
    if not isinstance(path, str | Path):  # pyright: ignore[reportUnnecessaryIsInstance] - what a notebook may hold
        raise ConfigError(f"read_tasks: {path!r:.80} is no path; name one file or folder")
    table = {"reader": reader or Path(path).suffix.removeprefix("."), "path": str(path), **options}
    return reader_of(checked(ReaderOptions, table, "read_tasks"), Path(), "read_tasks").read()


class EvaluationWithUse(NamedTuple):
    """An evaluation and what it took: scored rollouts the run knew already, those run now, and what these used."""

    evaluation: Evaluation
    read: int
    run: int
    used: Usage


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
        gate: Decides on candidates: "strict" (a better mean score), "paired" (a paired test over tasks and repeats),
            "auto" (paired where there is a validation set, else strict), "always" (all are accepted), or an object.
        limits: The budget: Limits, or the same as a mapping, {"dollars": 5.0} say.
        actions: Admitted actions a step.
        runs: The folder runs are kept in; None keeps nothing.
        events: Are told what happens: sinks, and trackers such as MLflow's.
        **training: epochs, patience, repeats and the other keys of a configuration's table [training].

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
        tools: Sequence[Callable[..., Any]] | Callable[..., Any] = (),
        select: Selector = offer_all,
        sandbox: Sandbox | None = None,
        gate: Gate | Literal["auto", "strict", "paired", "always"] = "auto",
        limits: Limits | Mapping[str, float] | None = None,
        actions: int = 3,
        runs: Path | str | None = "runs",
        events: Sequence[EventSink | Tracker] = (),
        **training: Unpack[TrainingOptions],
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
            tools=[Tool(tool) for tool in ([tools] if callable(tools) else tools)],
            select=select,
            sandbox=sandbox or default_sandbox(),
            gate=None if isinstance(gate, str) else gate,
            limits=limits_of(limits),
            training=training_of({**training, **({"gate": gate} if isinstance(gate, str) else {})}, Trainer),
            optimizer=checked(OptimizerOptions, {"actions": actions}),
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
        events: Sequence[EventSink | Tracker] = (),
        *,
        recording: Recording | None = None,
        sandbox: Sandbox | None = None,
    ) -> "Trainer":
        """A trainer from a configuration.

        Args:
            config: The configuration.
            folder: What its paths are relative to: the config file's folder.
            events: Are told what happens: sinks, and trackers such as MLflow's.
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

    def fit(
        self,
        train: TaskSet,
        validation: TaskSet | None = None,
        test: TaskSet | None = None,
        *,
        resume: Path | str | None = None,
    ) -> TrainingResult:
        """Trains; also inside a running event loop (a notebook), on a thread of its own.

        Args:
            train: What the optimizer learns from.
            validation: What the gate decides on; `train` where it is None.
            test: Sealed until the end, then read once: before and after.
            resume: A run to go on with, by its folder, its id, or "last": nothing that was answered is asked again. One
                that came to its end is not trained again, its result is returned.

        Returns:
            The best parameters and how they came about.

        Raises:
            RunError: The run was started with something else (the message says what changed), another process writes
                to it, or it is damaged.
            ToolwrightError: As the message says; what was journalled in the run folder stays.
        """
        return run_sync(self.afit(train, validation, test, resume=resume))

    async def afit(
        self,
        train: TaskSet,
        validation: TaskSet | None = None,
        test: TaskSet | None = None,
        *,
        resume: Path | str | None = None,
    ) -> TrainingResult:
        """`fit` for a running event loop."""
        for name, tasks in (("train", train), ("validation", validation), ("test", test)):
            _check_tasks(name, tasks, optional=name != "train")
        check_disjoint(train=train, validation=validation, test=test)
        splits = Splits(train=train, validation=validation, test=test)
        digests = digests_of(self.parts, splits)
        if resume is not None:
            return await self._resumed(resume, splits, digests)
        check_targets(self.parts.scorer, train=train, validation=validation, test=test)
        gate = checked_gate(self.parts.training, splits, self.parts.gate)  # before anything is paid for
        async with running(self.parts, new_run(self.parts, digests, test=test), digests) as machine:
            return await self._trained(machine, splits, gate)

    async def _resumed(self, run: Path | str, splits: Splits, digests: dict[str, str]) -> TrainingResult:
        """Goes on with a run, or returns what it came to."""
        with self._opened(run) as folder:
            changed = check_same(folder, digests, self.parts)
            kept = kept_result(folder)
            if kept is not None and is_final(kept, tested=splits.test is not None):
                return kept
            result = None if kept is None or is_final(kept) else kept  # of one without its test nothing more is learned
            gate = checked_gate(self.parts.training, splits, self.parts.gate)  # a finished run needs no gate any more
            opened = folder.store.tests_opened
            async with running(self.parts, nullcontext(folder), folder.origin.digests) as machine:
                machine.ledger.restore(folder.store.usage(), folder.store.minutes)
                if changed:
                    text = "; ".join(map(str, changed))
                    machine.events.emit(Warned(text=f"the run goes on with other settings: {text}"))
                if result is not None and opened:
                    machine.events.emit(Warned(text=READ_BEFORE.format(end=result.end)))
                return await self._trained(machine, splits, gate, tests_opened=opened if result is not None else 0)

    async def _trained(self, machine: Machine, splits: Splits, gate: Gate, *, tests_opened: int = 0) -> TrainingResult:
        folder = machine.folder
        machine.events.emit(self._started(folder, splits))
        for event in splits.given():
            machine.events.emit(event)
        loop = TrainingLoop(
            machine.evaluator,
            machine.optimizer,
            gate,
            machine.ledger,
            machine.events,
            schedule=Schedule(**self.parts.training.model_dump(include=set(Schedule.model_fields))),
            keeper=FolderKeeper(folder),
            tests_opened=tests_opened,
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
        folder.write_summary(kept.model_dump(mode="json"), kept.exact())
        machine.events.emit(
            RunFinished(
                why=kept.end,
                end=kept.end_text,
                best=kept.best.digest,
                functions=kept.functions.names,
                usage=kept.usage,
            )
        )
        return kept

    def evaluate(
        self, tasks: TaskSet, split: str = "evaluation", *, run: Path | str | None = None, force: bool = False
    ) -> Evaluation:
        """Runs and scores the agent with the starting functions on any task set; nothing is learned.

        Args:
            tasks: The tasks.
            split: What they are for, in a word; the evaluation and its events say it.
            run: A run to read from what it knows already, by its folder, its id, or "last"; what it does not know is
                asked for and kept in it. A sample is known by parameters, agent, scorer, task and repeat.
            force: Whether to read that run's sealed test once more, which then is marked in it.

        Raises:
            RunError: A task is one of the run's sealed test and `force` is not given; or the run cannot be written.
            ToolwrightError: As the message says.
        """
        return run_sync(self.aevaluate(tasks, split, run=run, force=force))

    async def aevaluate(
        self, tasks: TaskSet, split: str = "evaluation", *, run: Path | str | None = None, force: bool = False
    ) -> Evaluation:
        """`evaluate` for a running event loop."""
        return (await self.aevaluate_with_use(tasks, split, run=run, force=force)).evaluation

    async def aevaluate_with_use(
        self, tasks: TaskSet, split: str = "evaluation", *, run: Path | str | None = None, force: bool = False
    ) -> EvaluationWithUse:
        """`aevaluate`, and what it took."""
        digests = digests_of(self.parts, Splits(train=tasks))
        check_targets(self.parts.scorer, **{split: tasks})
        if run is None:
            async with running(self.parts, new_run(self.parts, digests, "evaluation"), digests) as machine:
                return await self._evaluated(machine, tasks, split, split)
        with self._opened(run, "evaluation") as folder:
            opens = check_sealed(folder, tasks, force=force)
            async with running(self.parts, nullcontext(folder), digests) as machine:
                if opens:
                    machine.events.emit(TestOpened(times=folder.store.tests_opened + 1, forced=True))
                return await self._evaluated(machine, tasks, split, f"{split} {sampling(digests, tasks)}")

    async def _evaluated(self, machine: Machine, tasks: TaskSet, split: str, purpose: str) -> EvaluationWithUse:
        found = await machine.evaluator.evaluate(self.parts.start, tasks, purpose)
        scored, run = sum(result.score is not None for result in found.results), machine.folder.store.scored
        return EvaluationWithUse(found.model_copy(update={"split": split}), scored - run, run, machine.ledger.total)

    def _opened(self, run: Path | str, session: SessionKind = "training") -> RunFolder:
        return RunFolder.open(find_run(self.parts.runs or Path("runs"), str(run)), session)

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
            start=self.parts.start.functions.functions,
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
    if not hasattr(given, "request"):
        raise ConfigError(f'model: {given!r:.80} is none; name one, for instance Trainer("openai:gpt-5-mini")')
    return ModelSpec(model=str(getattr(given, "model_name", type(given).__name__)))


def _object(given: "AnyModel") -> "LibraryModel | Model | None":
    return None if isinstance(given, str | ModelSpec) else given


def _check_tasks(name: str, tasks: object, *, optional: bool) -> None:
    if not isinstance(tasks, TaskSet) and not (optional and tasks is None):
        raise ConfigError(f"{name}: {tasks!r:.80} is no TaskSet; read one with read_tasks(…)")
