"""The rollout an agent works through: it asks the model, makes the calls, holds the limits and records everything."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Final, Self

from pydantic import Field, JsonValue

from toolwright.agents.tools import Tool
from toolwright.base import Frozen
from toolwright.errors import RequestRefused, ToolwrightError, leaf_of
from toolwright.functions import FunctionSet
from toolwright.messages import AssistantMessage, Message, ModelRequest, ToolCall, ToolSpec, Usage
from toolwright.protocols import CallSite, CodeSession, Journal, Model, Sandbox
from toolwright.sandbox.arguments import argument_fault
from toolwright.tasks import Task
from toolwright.trajectories import Call, CallKind, EndReason, Outcome, Trajectory

INTERPRETER: Final = ToolSpec(
    name="python",
    description=(
        "Runs Python code and returns what it prints and the value of its last expression. "
        "Variables stay between calls."
    ),
    parameters={
        "type": "object",
        "properties": {"code": {"type": "string", "description": "The code to run."}},
        "required": ["code"],
        "additionalProperties": False,
    },
)
"""The code interpreter as an agent may offer it to its model."""


class RolloutLimits(Frozen):
    """What one rollout may use.

    Attributes:
        turns: Requests to the model.
        calls: Calls of functions, tools and code together.
    """

    turns: int = Field(default=12, ge=1)
    calls: int = Field(default=40, ge=0)


class LimitReached(Exception):  # noqa: N818 - an end, not a fault
    """A rollout's own limit ended it."""

    def __init__(self, end: EndReason, text: str) -> None:
        super().__init__(text)
        self.end: EndReason = end


class RecordingRollout:
    """One rollout of one task; an async context manager.

    Args:
        task: The task; its target and metadata are taken out before anything else sees it.
        site: The call site of its first request.
        offered: The functions on offer.
        model: The agent's model.
        sandbox: Where functions and code run.
        journal: Where outcomes are kept.
        tools: The user's tools.
        limits: What it may use.

    Attributes:
        fault: The first fault that is not the agent's (an outage, the budget, the sandbox), None where there was none.
    """

    def __init__(
        self,
        task: Task,
        site: CallSite,
        offered: FunctionSet,
        *,
        model: Model,
        sandbox: Sandbox,
        journal: Journal,
        tools: Sequence[Tool] = (),
        limits: RolloutLimits | None = None,
    ) -> None:
        self.task = without_target(task)
        self._site = site
        self._offered = offered
        self._model, self._sandbox, self._journal = model, sandbox, journal
        self._tools = {tool.name: tool for tool in tools}
        self._limits = limits or RolloutLimits()
        self._turn = 0
        self._here = site.model_copy(update={"turn": -1})  # of the last request: calls are made after it
        self._extra: frozenset[str] = frozenset()
        self._messages: tuple[Message, ...] = ()
        self._calls: list[Call] = []
        self._begun = self._begun_here = 0
        self._usage = Usage()
        self.fault: ToolwrightError | None = None
        self._open = AsyncExitStack()
        self._session: CodeSession | None = None
        self._cells: list[str] = []
        self._cell_lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._open.aclose()

    def specs(self) -> tuple[ToolSpec, ...]:
        """What may be called: the offered functions, then the user's tools."""
        return (*self._offered.schemas(), *(tool.spec for tool in self._tools.values()))

    async def ask(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> AssistantMessage:
        """One request to the agent's model with the whole conversation so far."""
        if self._turn >= self._limits.turns:
            raise LimitReached("turn_limit", f"the limit of {self._limits.turns} turns is reached")
        site = self._site.model_copy(update={"turn": self._turn})
        with self._noting_faults():
            reply = await self._model.request(site, ModelRequest(messages=tuple(messages), tools=tuple(tools)))
        self._turn, self._here = self._turn + 1, site
        self._begun_here = 0
        self._extra = frozenset(tool.name for tool in tools)
        self._usage += reply.usage
        self._remember((*messages, reply.message))
        return reply.message

    def _remember(self, conversation: tuple[Message, ...]) -> None:
        """Keeps the conversation; one that begins otherwise than the last is kept after it."""
        goes_on = conversation[:2] == self._messages[:2] or not self._messages
        self._messages = conversation if goes_on else (*self._messages, *conversation)

    async def call(self, calls: Sequence[ToolCall]) -> tuple[Outcome, ...]:
        """Runs calls together and returns their outcomes in the same order; a failing call raises nothing."""
        first = self._begin(len(calls))
        with self._noting_faults():
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(first + i, call)) for i, call in enumerate(calls)]
        made = [task.result() for task in tasks]
        self._calls += made
        return tuple(call.outcome for call in made)

    async def run_code(self, code: str) -> Outcome:
        """Runs a cell in the rollout's code interpreter."""
        with self._noting_faults():
            call = await self._one_code(self._begin(1), code)
        self._calls.append(call)
        return call.outcome

    @contextmanager
    def _noting_faults(self) -> Generator[None]:
        """Remembers the first fault that is not the agent's, also where the agent catches and hides it."""
        try:
            yield
        except Exception as error:
            leaf = leaf_of(error)
            if isinstance(leaf, ToolwrightError) and not isinstance(leaf, RequestRefused):
                self.fault = self.fault or leaf
            raise

    def _begin(self, count: int) -> int:
        """Reserves places for calls before they run, as an agent may start several groups; returns the first."""
        if self._begun + count > self._limits.calls:
            raise LimitReached("call_limit", f"the limit of {self._limits.calls} calls is reached")
        first = self._begun_here
        self._begun += count
        self._begun_here += count
        return first

    async def _one(self, index: int, call: ToolCall) -> Call:
        kind = self._kind(call.name)
        try:
            arguments = call.parsed()
        except ValueError as error:
            refused = Outcome(status="refused", error=f"{error}; send them again as one JSON object")
            return self._call(index, kind, call.name, None, refused)
        if (fault := self._fault(kind, call.name, arguments)) is not None:
            return self._call(index, kind, call.name, arguments, Outcome(status="refused", error=fault))
        if kind == "code":
            return await self._one_code(index, str(arguments["code"]))
        return await self._kept(index, kind, call.name, arguments)

    async def _kept(self, index: int, kind: CallKind, name: str, arguments: dict[str, JsonValue]) -> Call:
        """The journalled outcome where there is one, else the outcome of the call made now."""
        outcome = self._journal.outcome(self._here, index)
        if outcome is None:
            if kind == "tool":
                outcome = await self._tools[name].run(arguments)
            else:
                outcome = await self._sandbox.call(
                    self._offered.get(name), arguments, self.task.files, caller=self._caller
                )
            self._journal.keep_outcome(self._here, index, name, outcome)
        return self._call(index, kind, name, arguments, outcome)

    async def _one_code(self, index: int, code: str) -> Call:
        async with self._cell_lock:
            outcome = self._journal.outcome(self._here, index)
            self._cells.append(code)
            if outcome is None:
                outcome = await self._run_cells()
                self._journal.keep_outcome(self._here, index, INTERPRETER.name, outcome)
        return self._call(index, "code", INTERPRETER.name, {"code": code}, outcome)

    async def _run_cells(self) -> Outcome:
        """Runs the newest cell; cells whose outcomes came from a journal run first, to rebuild the state."""
        if self._session is None:
            self._session = await self._open.enter_async_context(
                self._sandbox.session(self.task.files, caller=self._caller)
            )
            for cell in self._cells[:-1]:
                await self._session.run(cell)
        return await self._session.run(self._cells[-1])

    @property
    def _caller(self) -> str:
        """As whom the sandbox knows this rollout, so that no other has to wait for all its calls."""
        return f"{self.task.id} {self._site.repeat}"

    def _kind(self, name: str) -> CallKind:
        if name in self._offered:
            return "function"
        if name in self._tools:
            return "tool"
        return "code" if name == INTERPRETER.name and name in self._extra else "unknown"

    def _fault(self, kind: CallKind, name: str, arguments: dict[str, JsonValue]) -> str | None:
        if kind == "unknown":
            names = [spec.name for spec in self.specs()] + sorted(self._extra & {INTERPRETER.name})
            return f"there is no function {name!r}; there are: {', '.join(names) or 'none'}"
        if kind == "tool":
            return None
        spec = INTERPRETER if kind == "code" else self._offered.get(name).spec
        return argument_fault(spec.parameters, arguments)

    def _call(
        self, index: int, kind: CallKind, name: str, arguments: dict[str, JsonValue] | None, outcome: Outcome
    ) -> Call:
        return Call(turn=self._turn - 1, index=index, kind=kind, name=name, arguments=arguments, outcome=outcome)

    def trajectory(self, answer: str | None, end: EndReason, error: str = "") -> Trajectory:
        """The record of what happened so far, ended as said."""
        return Trajectory(
            task_id=self.task.id,
            repeat=self._site.repeat,
            parameters=self._site.parameters,
            offered=self._offered.names,
            tools=tuple(self._tools),
            messages=self._messages,
            calls=tuple(sorted(self._calls, key=lambda call: (call.turn, call.index))),
            answer=answer,
            end=end,
            error=error,
            usage=self._usage,
        )


def without_target(task: Task) -> Task:
    """The task as an agent may know it: no target, no metadata."""
    return task.model_copy(update={"target": None, "metadata": {}})
