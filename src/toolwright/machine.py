"""A training's parts put together and opened: the run folder, both models and the sandbox, closed with the context."""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from toolwright.agents.rollout import INTERPRETER
from toolwright.events import Event, SandboxStarted
from toolwright.models.door import open_door
from toolwright.models.ledger import Ledger
from toolwright.models.providers import check_spec
from toolwright.optimizer.agent_optimizer import AgentOptimizer
from toolwright.parts import Parts, check_names, recording_of
from toolwright.protocols import EventSink, Model, Role, Sandbox
from toolwright.runs.folder import RunFolder
from toolwright.sandbox import Report
from toolwright.sandbox.forked import ForkedSandbox
from toolwright.training.evaluate import Evaluator


class Fanout:
    """Tells several sinks, in order."""

    def __init__(self, sinks: Sequence[EventSink]) -> None:
        self._sinks = tuple(sinks)

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
    optimizer: AgentOptimizer
    confinement: Report | None


@asynccontextmanager
async def running(parts: Parts) -> AsyncGenerator[Machine]:
    """Opens everything; what can be wrong without a request, the sandbox included, is said before a folder is made."""
    check_names(parts)
    for role, spec in parts.specs.items():
        if parts.models.get(role) is None:
            check_spec(spec, role)
    recording = parts.recording or recording_of(parts.specs)
    async with parts.sandbox as sandbox:
        with _folder(parts) as folder:
            events = Fanout((folder.store, *parts.events))
            ledger = Ledger(parts.limits)

            def door(role: Role) -> AbstractAsyncContextManager[Model]:
                return open_door(
                    parts.specs[role],
                    role,
                    journal=folder.store,
                    ledger=ledger,
                    events=events,
                    model=parts.models.get(role),
                    recording=recording,
                )

            async with door("agent") as agent_model, door("optimizer") as optimizer_model:
                confinement = sandbox.report() if isinstance(sandbox, ForkedSandbox) else None
                events.emit(_sandbox_started(sandbox.kind, confinement))
                yield Machine(
                    folder=folder,
                    events=events,
                    ledger=ledger,
                    evaluator=_evaluator(parts, agent_model, sandbox, folder, events),
                    optimizer=_optimizer(parts, optimizer_model, sandbox, events),
                    confinement=confinement,
                )


def _sandbox_started(kind: str, report: Report | None) -> SandboxStarted:
    return SandboxStarted(sandbox=kind, report=report.model_dump(mode="json") if report is not None else None)


def _evaluator(parts: Parts, model: Model, sandbox: Sandbox, folder: RunFolder, events: EventSink) -> Evaluator:
    return Evaluator(
        parts.agent,
        parts.scorer,
        model=model,
        sandbox=sandbox,
        journal=folder.store,
        events=events,
        tools=parts.tools,
        select=parts.select,
        limits=parts.rollout,
        repeats=parts.training.repeats,
        at_once=parts.training.at_once,
    )


def _optimizer(parts: Parts, model: Model, sandbox: Sandbox, events: EventSink) -> AgentOptimizer:
    return AgentOptimizer(
        model,
        sandbox,
        events,
        max_actions=parts.optimizer.actions,
        prompt_tokens=parts.optimizer.prompt_tokens,
        show_targets=parts.optimizer.show_targets,
        taken=[*(tool.name for tool in parts.tools), INTERPRETER.name],
        system_prompt=parts.optimizer.system_prompt,
    )


@contextmanager
def _folder(parts: Parts) -> Generator[RunFolder]:
    """The run's folder; one that is thrown away where none is kept."""
    if parts.runs is not None:
        with RunFolder.create(parts.runs, parts.name or None, parts.config) as folder:
            yield folder
        return
    with TemporaryDirectory(prefix="toolwright-") as scratch, RunFolder.create(scratch, "run", parts.config) as folder:
        yield folder
