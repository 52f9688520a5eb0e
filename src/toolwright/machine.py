"""A training's parts put together and opened: the run folder, both models and the sandbox, closed with the context."""

import os
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryDirectory

from toolwright.agents.rollout import INTERPRETER
from toolwright.agents.tools import Tool
from toolwright.errors import ConfigError
from toolwright.events import Event, SandboxStarted, Warned
from toolwright.models.door import open_door
from toolwright.models.endpoint import Endpoints
from toolwright.models.ledger import Ledger
from toolwright.models.prices import check_price, price_of
from toolwright.models.providers import KEYS, check_spec
from toolwright.models.spec import REPLAY, ModelSpec
from toolwright.optimizer.agent_optimizer import AgentOptimizer
from toolwright.optimizer.one_shot import OneShotOptimizer
from toolwright.optimizer.step import Optimizer
from toolwright.origin import sampled_agent
from toolwright.parts import Parts, check_names, check_targets, recording_of
from toolwright.protocols import EventSink, Journal, Model, Role, Sandbox
from toolwright.runs.folder import Origin, RunFolder
from toolwright.runs.sessions import SessionKind
from toolwright.runs.watched import WatchedJournal
from toolwright.sandbox import DEFAULT_PACKAGES, Report
from toolwright.sandbox.forked import ForkedSandbox
from toolwright.tasks import TaskSet
from toolwright.trackers.tracker import Guarded, Tracker
from toolwright.training.evaluate import Evaluator
from toolwright.training.rollouts import Rollouts


class Fanout:
    """Tells several sinks, in order."""

    def __init__(self, sinks: Sequence[EventSink] = ()) -> None:
        self._sinks = list(sinks)

    def add(self, sink: EventSink) -> None:
        """Tells one more from now on."""
        self._sinks.append(sink)

    def emit(self, event: Event) -> None:
        """Tells each."""
        for sink in self._sinks:
            sink.emit(event)


@dataclass(frozen=True)
class Machine:
    """What a training runs on.

    Attributes:
        folder: The run's folder.
        events: Tells the run's store and everybody else.
        ledger: The run's budget.
        evaluator: Runs and scores the agent.
        optimizer: Proposes candidates.
        confinement: What confines learned code; None where a sandbox of the user's own does not say.
    """

    folder: RunFolder
    events: EventSink
    ledger: Ledger
    evaluator: Evaluator
    optimizer: Optimizer
    confinement: Report | None


def check_parts(parts: Parts, *, keyless: Callable[[ConfigError], None] | None = None) -> None:
    """Checks what can be wrong with parts without opening any: names, models' settings and keys, prices under a limit.

    Args:
        parts: The parts.
        keyless: Is told of a key that is not set, where that is no error: nobody is to be asked.

    Raises:
        ConfigError: As the message says.
    """
    check_names(parts)
    for role, spec in parts.specs.items():
        if parts.models.get(role) is None:
            try:
                check_spec(spec, role)
            except ConfigError as error:
                if keyless is None or not _about_key(error, spec):
                    raise
                keyless(error)
            if not spec.model.startswith(REPLAY):
                check_price(price_of(spec), spec, role, parts.limits)


def _about_key(error: ConfigError, spec: ModelSpec) -> bool:
    """Whether what is wrong is that the variable of the model's key is not set."""
    variable = spec.api_key_env or KEYS.get(spec.model.partition(":")[0], "")
    return bool(variable) and not os.environ.get(variable) and f"export {variable}=" in str(error)


@asynccontextmanager
async def running(
    parts: Parts, run: AbstractContextManager[RunFolder], digests: Mapping[str, str]
) -> AsyncGenerator[Machine]:
    """Opens everything; what can be wrong without a request, the sandbox included, is said before a folder is made.

    Args:
        parts: What it is made of.
        run: Opens the run's folder (`new_run`, or one that is open already).
        digests: What `origin.digests_of` says of it; of a run that goes on, what the run says.
    """
    check_parts(parts)
    recording = parts.recording or recording_of(parts.specs)
    async with parts.sandbox as sandbox:
        with run as folder, _told(parts.events, folder) as (watching, events):
            journal = WatchedJournal(folder.store, watching)
            ledger = Ledger(parts.limits, events=events)
            endpoints = Endpoints()

            def door(role: Role) -> AbstractAsyncContextManager[Model]:
                return open_door(
                    parts.specs[role],
                    role,
                    journal=journal,
                    ledger=ledger,
                    events=events,
                    model=parts.models.get(role),
                    recording=recording,
                    endpoints=endpoints,
                )

            async with door("agent") as agent_model, door("optimizer") as optimizer_model:
                asked = agent_model if parts.asks == "agent" else optimizer_model
                confinement = sandbox.report() if isinstance(sandbox, ForkedSandbox) else None
                events.emit(_sandbox_started(sandbox.kind, confinement))
                for doubt in _doubts(parts.tools, sandbox):
                    events.emit(Warned(text=doubt))
                yield Machine(
                    folder=folder,
                    events=events,
                    ledger=ledger,
                    evaluator=_evaluator(parts, asked, sandbox, (journal, events), digests),
                    optimizer=_optimizer(parts, optimizer_model, sandbox, journal, events),
                    confinement=confinement,
                )


@contextmanager
def _told(sinks: Sequence[EventSink | Tracker], folder: RunFolder) -> Generator[tuple[EventSink, EventSink]]:
    """All who watch the run, and these after its store; trackers are closed with the context."""
    with ExitStack() as trackers:
        watching = Fanout()
        events = Fanout((folder.store, watching))

        def warn(text: str) -> None:
            events.emit(Warned(text=text))

        for sink in sinks:
            tracked = isinstance(sink, Tracker)
            watching.add(trackers.enter_context(Guarded(sink, folder, warn)) if tracked else sink)
        yield watching, events


def _doubts(tools: Sequence[Tool], sandbox: Sandbox) -> list[str]:
    """What is likely not meant: tools that tell a model too little, packages of the user's that are missing."""
    told = [f"agent.tools: {tool.name} {tool.doubt}" for tool in tools if tool.doubt]
    faults = sandbox.faults() if isinstance(sandbox, ForkedSandbox) else {}
    missing = sorted(set(faults) - set(DEFAULT_PACKAGES))
    return told + [
        f"sandbox.packages: {name} does not import, so functions cannot use it: {faults[name]}" for name in missing
    ]


def _sandbox_started(kind: str, report: Report | None) -> SandboxStarted:
    return SandboxStarted(sandbox=kind, report=report.model_dump(mode="json") if report is not None else None)


def _evaluator(
    parts: Parts, model: Model, sandbox: Sandbox, run: tuple[Journal, EventSink], digests: Mapping[str, str]
) -> Evaluator:
    journal, events = run
    rollouts = Rollouts(
        parts.agent,
        parts.scorer,
        model=model,
        sandbox=sandbox,
        journal=journal,
        tools=parts.tools,
        select=parts.select,
        limits=parts.rollout,
        role=parts.asks,
        agent_digest=sampled_agent(digests),
        scorer_digest=digests["scorer"],
    )
    return Evaluator(rollouts, events, repeats=parts.training.repeats, at_once=parts.training.at_once)


def _optimizer(parts: Parts, model: Model, sandbox: Sandbox, journal: Journal, events: EventSink) -> Optimizer:
    options, taken = parts.optimizer, [*(tool.name for tool in parts.tools), INTERPRETER.name]
    progressive = partial(AgentOptimizer, max_actions=options.actions, run_code=options.run_code)
    made = OneShotOptimizer if options.update == "one_shot" else progressive
    return made(
        model,
        sandbox,
        events,
        journal=journal,
        prompt_tokens=options.prompt_tokens,
        show_targets=options.show_targets,
        show_credit=options.credit,
        try_examples=options.try_examples,
        taken=taken,
        system_prompt=options.system_prompt,
    )


@contextmanager
def new_run(
    parts: Parts, digests: Mapping[str, str], session: SessionKind = "training", *, test: TaskSet | None = None
) -> Generator[RunFolder]:
    """A new run's folder; one that is thrown away where none is kept.

    Args:
        parts: What the run is made of.
        digests: What `origin.digests_of` says of it.
        session: What is done in it first.
        test: Its sealed test, None where it has none.

    Raises:
        DataError: Its scorer cannot score a task of the sealed test; said before anything is paid for.
    """
    check_targets(parts.scorer, test=test)
    sealed = {task.content_digest for task in test.tasks} if test is not None else set[str]()
    origin = Origin(folder=parts.folder, digests=dict(digests), sealed=tuple(sorted(sealed)))
    if parts.runs is not None:
        with RunFolder.create(parts.runs, parts.name or None, parts.config, origin, session) as folder:
            yield folder
        return
    with (
        TemporaryDirectory(prefix="toolwright-") as scratch,
        RunFolder.create(scratch, "run", parts.config, origin, session) as folder,
    ):
        yield folder
