"""A run's events as spans; each is put under the one it belongs to, which is made with the first thing under it."""

from functools import singledispatchmethod
from typing import Final

from opentelemetry import context
from opentelemetry.trace import Tracer

from toolwright.events import (
    CallFinished,
    EpochFinished,
    EvaluationFinished,
    EvaluationStarted,
    Event,
    ModelReplied,
    RolloutFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    TestOpened,
)
from toolwright.protocols import epoch_of
from toolwright.runs.folder import RunFolder
from toolwright.trackers.genai import agent, agent_of, chat, tool, workflow
from toolwright.trackers.spans import Attributes, Branch, Clock

NS: Final = 1_000_000_000

Subject = tuple[str, str]
"""An evaluation under way: its split and its parameters' digest."""


class ToldSpans:
    """An event sink that makes spans.

    Args:
        tracer: Makes them.
        run: Which run it is, and what its models are.
    """

    def __init__(self, tracer: Tracer, run: RunFolder) -> None:
        self._tracer, self._run, self._clock = tracer, run, Clock()
        self._context = context.get_current()
        self._agent = agent_of(run.config)
        self._root: Branch | None = None
        self._epoch: tuple[int, Branch] | None = None
        self._evaluations: dict[Subject, Branch] = {}
        self._steps: dict[tuple[int, int], Branch] = {}
        self._rollouts: dict[tuple[Subject, str, int], Branch] = {}

    def emit(self, event: Event) -> None:
        """Begins, makes or ends spans."""
        self._take(event)

    def close(self, error: str = "") -> None:
        """Ends all that is open, innermost first; `error` says in a word what broke the session off."""
        now = self._clock.now()
        epoch = [] if self._epoch is None else [self._epoch[1]]
        root = [] if self._root is None else [self._root]
        for branch in (*self._rollouts.values(), *self._evaluations.values(), *self._steps.values(), *epoch, *root):
            branch.end(now, error=error)

    @singledispatchmethod
    def _take(self, event: Event) -> None:
        """What makes no span."""

    @_take.register
    def _(self, event: RunStarted) -> None:
        said = {"toolwright.run": event.run, "toolwright.tasks.train": event.train}
        self._root = self._branch(*workflow("training", said), parent=None)
        self._begin_epoch(0)

    @_take.register
    def _(self, event: StepStarted) -> None:
        if self._epoch is None or self._epoch[0] != event.epoch:
            self._end_epoch({})
            self._begin_epoch(event.epoch)
        name, said = agent("optimizer", {"toolwright.epoch": event.epoch, "toolwright.proposal": event.proposal})
        self._steps[event.epoch, event.proposal] = self._branch(name, said, parent=self._around)

    @_take.register
    def _(self, event: StepFinished) -> None:
        said: Attributes = {
            "toolwright.actions.admitted": event.actions,
            "toolwright.actions.refused": event.refused,
            "toolwright.end": event.end,
        }
        self._end(self._steps.pop((event.epoch, event.proposal), None), said)

    @_take.register
    def _(self, event: EvaluationStarted) -> None:
        said: Attributes = {
            "toolwright.split": event.split,
            "toolwright.epoch": event.epoch,
            "toolwright.parameters": event.parameters,
        }
        branch = self._branch(f"evaluate {event.split}", said, parent=self._around)
        self._evaluations[event.split, event.parameters] = branch

    @_take.register
    def _(self, event: EvaluationFinished) -> None:
        """Ends the evaluation, and the rollouts that a lost race left in it."""
        subject = (event.split, event.parameters)
        for key in [key for key in self._rollouts if key[0] == subject]:
            self._end(self._rollouts.pop(key), {"toolwright.end": "stopped"})
        said: Attributes = {"toolwright.mean": event.mean, "toolwright.scored": event.scored}
        self._end(self._evaluations.pop(subject, None), said)

    @_take.register
    def _(self, event: RolloutFinished) -> None:
        branch = self._rollouts.pop(((event.split, event.parameters), event.task, event.repeat), None)
        said = {"toolwright.end": event.end, **({} if event.score is None else {"toolwright.score": event.score})}
        self._end(branch, said, "" if event.end == "answer" else event.end)

    @_take.register
    def _(self, event: EpochFinished) -> None:
        said = {"toolwright.accepted": event.accepted, "toolwright.best_loss": event.best}
        self._end_epoch(said if event.loss is None else {**said, "toolwright.loss": event.loss})

    @_take.register
    def _(self, _event: TestOpened) -> None:
        """The sealed test belongs to no epoch."""
        self._end_epoch({})

    @_take.register
    def _(self, event: ModelReplied) -> None:
        now = self._clock.now()
        begun = now - int(event.seconds * NS)
        name, said = chat(event, self._run.config)
        if (parent := self._asking(event, begun)) is not None:
            parent.leaf(name, begun=begun, ended=now, attributes=said, client=True)

    @_take.register
    def _(self, event: CallFinished) -> None:
        now = self._clock.now()
        begun = now - int(event.seconds * NS)
        name, said = tool(event)
        if (parent := self._asking(event, begun)) is not None:
            parent.leaf(
                name, begun=begun, ended=now, attributes=said, error="" if event.status == "ok" else event.status
            )

    def _asking(self, event: ModelReplied | CallFinished, begun: int) -> Branch | None:
        """The rollout or step an event belongs to; a rollout begins with the first that is told of it."""
        if event.role == "optimizer":
            epoch = epoch_of(event.purpose)
            return None if epoch is None else self._steps.get((epoch, event.repeat))
        key = ((event.purpose, event.parameters), event.task, event.repeat)
        if key not in self._rollouts:
            name, said = agent(self._agent, {"toolwright.task": event.task, "toolwright.repeat": event.repeat})
            parent = self._evaluations.get(key[0], self._root)
            self._rollouts[key] = self._branch(name, said, parent=parent, begun=begun)
        return self._rollouts[key]

    @property
    def _around(self) -> Branch | None:
        """The epoch under way, else the training, None where nothing is trained."""
        return self._root if self._epoch is None else self._epoch[1]

    def _branch(self, name: str, said: Attributes, *, parent: Branch | None, begun: int | None = None) -> Branch:
        at = self._clock.now() if begun is None else begun
        return Branch(self._tracer, name, begun=at, parent=parent, context=self._context, attributes=said)

    def _end(self, branch: Branch | None, said: Attributes, error: str = "") -> None:
        if branch is not None:
            branch.end(self._clock.now(), said, error)

    def _begin_epoch(self, number: int) -> None:
        branch = self._branch(f"epoch {number}", {"toolwright.epoch": number}, parent=self._root)
        self._epoch = (number, branch)

    def _end_epoch(self, said: Attributes) -> None:
        if self._epoch is not None:
            self._end(self._epoch[1], said)
        self._epoch = None
