"""The seams: one protocol a decision. A user's own implementation is passed as an object.

Example of an agent of one's own:
    class Echo:
        name = "echo"

        async def run(self, task: Task, rollout: Rollout) -> str | None:
            reply = await rollout.ask((UserMessage(text=task.text),))
            return reply.text
"""

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import Final, Literal, Protocol, Self, runtime_checkable

from pydantic import JsonValue

from toolwright.base import Frozen, digest_of_model
from toolwright.evaluations import Evaluation, Result, Score
from toolwright.events import Event
from toolwright.functions import Function, FunctionSet
from toolwright.messages import AssistantMessage, Message, ModelRequest, Reply, ToolCall, ToolSpec, Usage
from toolwright.parameters import Parameters
from toolwright.tasks import Task, TaskFile, TaskSet
from toolwright.trajectories import Outcome, Trajectory

Role = Literal["agent", "optimizer"]

_STEP: Final = re.compile(r"step (\d+)(?: within \d+ tokens)?")


class CallSite(Frozen):
    """The one place in a run a request comes from; replies and outcomes are journalled under it.

    Attributes:
        role: Which model is asked.
        purpose: What for: a task set's split ("train", "validation", "test") or an optimizer's step ("step 3").
        parameters: Digest of the parameters at work.
        task: The task's id, "" for the optimizer.
        repeat: Which sample of the task, from 0.
        turn: Which request of the conversation, from 0.
    """

    role: Role
    purpose: str
    parameters: str
    task: str = ""
    repeat: int = 0
    turn: int = 0

    @cached_property
    def key(self) -> str:
        """The site's digest, its key in a journal."""
        return digest_of_model(self)


def step_purpose(epoch: int, within: int | None = None) -> str:
    """What an optimizer's request is for; `within` is the budget of its prompt in tokens, where it was shortened."""
    return f"step {epoch}" if within is None else f"step {epoch} within {within} tokens"


def epoch_of(purpose: str) -> int | None:
    """The epoch of a step's purpose, None where it is another's: an optimizer of one's own may say what it likes."""
    step = _STEP.fullmatch(purpose)
    return int(step[1]) if step else None


class SampleKey(Frozen):
    """What one scored rollout is a sample of: whoever asks for the same again reads it, and asks no model.

    Attributes:
        parameters: Digest of the parameters at work.
        agent: Digest of the agent: its kind and options, its model and settings, the tools.
        scorer: Digest of the scorer.
        task: Digest of the task.
        repeat: Which sample, from 0; repeats are separate samples.
    """

    parameters: str
    agent: str
    scorer: str
    task: str
    repeat: int = 0

    @cached_property
    def key(self) -> str:
        """The sample's digest, its key in a journal."""
        return digest_of_model(self)


class Model(Protocol):
    """A door to a language model."""

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Asks the model.

        Raises:
            ModelError: The provider failed for good.
            BudgetReached: A limit was reached before the request was sent.
        """
        ...


class Journal(Protocol):
    """Keeps replies and outcomes by call site, so that a run that goes on repeats nothing."""

    def reply(self, site: CallSite, request: ModelRequest) -> Reply | None:
        """The reply kept for the site, None where there is none; RunError where it answered another request."""
        ...

    def keep_reply(self, site: CallSite, request: ModelRequest, reply: Reply) -> None:
        """Keeps a reply, with its event, before it is used."""
        ...

    def keep_usage(self, site: CallSite, usage: Usage) -> None:
        """Keeps what a request used that brought no reply to keep: an empty one, or one that nobody waited for."""
        ...

    def outcome(self, site: CallSite, index: int) -> Outcome | None:
        """The outcome kept for the site's call of that index, from 0."""
        ...

    def keep_outcome(self, site: CallSite, index: int, name: str, outcome: Outcome) -> None:
        """Keeps a call's outcome before it is used."""
        ...

    def result(self, key: SampleKey) -> Result | None:
        """The scored rollout kept for a sample, None where there is none."""
        ...

    def keep_result(self, key: SampleKey, result: Result) -> None:
        """Keeps a scored rollout before it is used."""
        ...


class EventSink(Protocol):
    """Something that is told what happens in a run."""

    def emit(self, event: Event) -> None:
        """Takes one event; must not block for long."""
        ...


class Keeper(Protocol):
    """Keeps what a training arrives at."""

    def keep_evaluation(self, evaluation: Evaluation, epoch: int) -> None:
        """Keeps an evaluation every rollout of which has a score."""
        ...

    def evaluation(self, epoch: int, parameters: Parameters, tasks: TaskSet, split: str) -> Evaluation | None:
        """The evaluation kept of that epoch and subject, None where there is none."""
        ...

    def keep_accepted(self, epoch: int, parameters: Parameters) -> None:
        """Keeps accepted parameters; the starting ones are epoch 0's."""
        ...


class CodeSession(Protocol):
    """A code interpreter: cells share one state."""

    async def run(self, code: str) -> Outcome:
        """Runs one cell; the result is the last expression's value, what was printed is in `stdout`."""
        ...


class Calls(Protocol):
    """What runs functions, each call by itself."""

    async def call(
        self,
        function: Function,
        arguments: dict[str, JsonValue],
        files: Sequence[TaskFile] = (),
        *,
        caller: str = "",
    ) -> Outcome:
        """Runs one function in a process of its own; no state survives the call.

        Args:
            function: The function.
            arguments: Its arguments by name.
            files: What it can read, in its working folder.
            caller: For whom, such as one rollout: where several callers wait they are served in turn, and the calls of
                one caller wait behind one another.

        Raises:
            SandboxError: The sandbox itself failed; the call has no outcome.
        """
        ...


@runtime_checkable
class Sandbox(Calls, Protocol):
    """Where learned code runs; an async context manager that starts and stops it."""

    kind: str
    """The kind's name, as the terminal, the run and the report say it."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *error: object) -> None: ...

    def session(self, files: Sequence[TaskFile] = (), *, caller: str = "") -> AbstractAsyncContextManager[CodeSession]:
        """A code interpreter with a process of its own, gone when the context ends; its cells count as `caller`'s."""
        ...

    def allowance(self) -> str:
        """What one call may use, in a sentence for whoever writes functions; the same on every machine."""
        ...

    def packages(self) -> dict[str, str]:
        """What functions can import: version by top-level module, "" for the standard library."""
        ...


class Rollout(Protocol):
    """What an agent works through. It records everything, so the trajectory is the rollout's, not the agent's."""

    @property
    def task(self) -> Task:
        """The task at hand, its target and metadata left out."""
        ...

    def specs(self) -> tuple[ToolSpec, ...]:
        """What may be called: the offered functions, then the user's tools."""
        ...

    async def ask(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> AssistantMessage:
        """One request to the agent's model with the whole conversation so far."""
        ...

    async def call(self, calls: Sequence[ToolCall]) -> tuple[Outcome, ...]:
        """Runs calls together and returns their outcomes in the same order; a failing call raises nothing."""
        ...

    async def run_code(self, code: str) -> Outcome:
        """Runs a cell in the rollout's code interpreter."""
        ...


class Agent(Protocol):
    """Answers one task."""

    name: str

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """Returns the answer, None where there is none. What it raises ends this rollout only, with score 0."""
        ...


class Selector(Protocol):
    """Decides which functions an agent is offered for a task."""

    def __call__(self, task: Task, parameters: Parameters) -> FunctionSet:
        """The functions to offer; the task comes without its target."""
        ...


class Scorer(Protocol):
    """Judges an answer."""

    name: str

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """Scores one trajectory, 0 to 1.

        An answer it raises on scores 0, with a warning, a DataError or ConfigError included; any other ToolwrightError
        says that nothing can be scored and ends the run, or leaves the sealed test unread where that had begun; one
        of a model that the scorer asks (ModelError, BudgetReached) ends the run, which can go on.
        """
        ...


@runtime_checkable
class TaskChecker(Protocol):
    """A scorer that knows before anybody answers which tasks it cannot score; all built-in ones do, others may."""

    def unfit(self, task: Task) -> str:
        """Why a task cannot be scored, whatever the answer; "" where it can. Pure."""
        ...


class Reader(Protocol):
    """Reads a task set from where it lies."""

    def read(self) -> TaskSet:
        """Reads the tasks.

        Raises:
            DataError: The data are wrong; the message names the file and the line or field.
        """
        ...


class Verdict(Frozen):
    """A gate's decision.

    Attributes:
        decision: "undecided" asks for more samples, where `repeats` says how many; without, it counts as rejected.
        reason: Why, in a sentence.
        p_value: What the test gave, None where none was made.
        level: The level it was held against.
        noise: The incumbent's noise floor: the run-to-run standard deviation of its mean score, None where one repeat
            of each task cannot tell.
        repeats: How many repeats of every task both evaluations should have for the next look.
    """

    decision: Literal["accept", "reject", "undecided"]
    reason: str
    p_value: float | None = None
    level: float | None = None
    noise: float | None = None
    repeats: int | None = None


class Gate(Protocol):
    """Decides on a candidate's evaluation against the incumbent's; pure, and no better score makes it decide worse."""

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        """Accept, reject or undecided; both evaluations are complete and of the same tasks and repeats."""
        ...
