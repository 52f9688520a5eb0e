"""What the tests of several rooms share: scripted models, a sandbox that is none, and makers of tasks and functions."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import JsonValue

from toolwright.evaluations import Evaluation, Result, Score
from toolwright.events import Event
from toolwright.functions import Example, Function, FunctionSet
from toolwright.messages import AssistantMessage, ModelRequest, Reply, ToolCall, ToolMessage, Usage
from toolwright.parameters import Parameters
from toolwright.protocols import CallSite, CodeSession, SampleKey
from toolwright.tasks import Task, TaskFile, TaskSet
from toolwright.trajectories import Outcome, Trajectory

Said = AssistantMessage | str | Exception
Answer = Callable[[CallSite, ModelRequest], Said]
E_ = TypeVar("E_", bound=Event)


def says(text: str = "", **calls: Mapping[str, Any] | str) -> AssistantMessage:
    """A reply in words, with one call a keyword: the arguments as a mapping, or as the text a model wrote."""
    return calling(*calls.items(), text=text)


def calling(*calls: tuple[str, Mapping[str, Any] | str], text: str = "") -> AssistantMessage:
    """A reply with calls, of which several may have one name."""
    made = [
        ToolCall(id=f"c{n}", name=name, arguments=given if isinstance(given, str) else json.dumps(given))
        for n, (name, given) in enumerate(calls)
    ]
    return AssistantMessage(text=text, calls=tuple(made))


class ScriptedModel:
    """A model that answers by a function of the request, or from a list, and remembers what it was asked.

    An exception in the place of an answer is raised.
    """

    def __init__(self, script: Answer | Sequence[Said]) -> None:
        self.requests: list[tuple[CallSite, ModelRequest]] = []
        self._answer = script if callable(script) else _in_order(script)

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        self.requests.append((site, request))
        await asyncio.sleep(0)
        said = self._answer(site, request)
        if isinstance(said, Exception):
            raise said
        message = AssistantMessage(text=said) if isinstance(said, str) else said
        return Reply(message=message, usage=Usage(requests=1, input_tokens=10, output_tokens=2), finish="stop")

    @property
    def last(self) -> ModelRequest:
        return self.requests[-1][1]

    def read(self, turn: int = -1) -> str:
        """The text of the last message of a request."""
        return self.requests[turn][1].messages[-1].text

    def offered(self, turn: int = -1) -> list[str]:
        """The names of the tools of a request."""
        return [tool.name for tool in self.requests[turn][1].tools]


def _in_order(script: Sequence[Said]) -> Answer:
    left: Iterator[Said] = iter(script)
    return lambda _site, _request: next(left)


def results_of(request: ModelRequest) -> list[str]:
    """The texts of the results at the end of a conversation."""
    texts: list[str] = []
    for message in reversed(request.messages):
        if not isinstance(message, ToolMessage):
            break
        texts.insert(0, message.text)
    return texts


class MemoryJournal:
    """A journal that lasts as long as its test."""

    def __init__(self) -> None:
        self.outcomes: dict[tuple[str, int], Outcome] = {}
        self.replies: dict[str, Reply] = {}
        self.results: dict[str, Result] = {}
        self.unanswered: list[tuple[CallSite, Usage]] = []

    def reply(self, site: CallSite, request: ModelRequest) -> Reply | None:
        return self.replies.get(site.key)

    def keep_reply(self, site: CallSite, request: ModelRequest, reply: Reply) -> None:
        assert site.key not in self.replies
        self.replies[site.key] = reply

    def keep_usage(self, site: CallSite, usage: Usage) -> None:
        self.unanswered.append((site, usage))

    def outcome(self, site: CallSite, index: int) -> Outcome | None:
        return self.outcomes.get((site.key, index))

    def keep_outcome(self, site: CallSite, index: int, name: str, outcome: Outcome) -> None:
        assert (site.key, index) not in self.outcomes
        self.outcomes[site.key, index] = outcome

    def result(self, key: SampleKey) -> Result | None:
        return self.results.get(key.key)

    def keep_result(self, key: SampleKey, result: Result) -> None:
        assert key.key not in self.results
        self.results[key.key] = result


class Events:
    """Remembers what happened."""

    def __init__(self) -> None:
        self.seen: list[Event] = []

    def emit(self, event: Event) -> None:
        self.seen.append(event)

    def of(self, kind: type[E_]) -> list[E_]:
        return [event for event in self.seen if isinstance(event, kind)]


Runs = Callable[[Function, dict[str, JsonValue]], Outcome]


def _returns_one(function: Function, arguments: dict[str, JsonValue]) -> Outcome:
    return Outcome(status="ok", result=1)


class StubSandbox:
    """Answers calls by a function of the test's; nothing is started, nothing of a source is run."""

    kind = "stub"

    def __init__(self, answer: Runs | None = None) -> None:
        self._answer: Runs = answer or _returns_one
        self.calls: list[tuple[str, dict[str, JsonValue]]] = []
        self.callers: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    async def call(
        self,
        function: Function,
        arguments: dict[str, JsonValue],
        files: Sequence[TaskFile] = (),
        *,
        caller: str = "",
    ) -> Outcome:
        self.calls.append((function.name, arguments))
        self.callers.append(caller)
        return self._answer(function, arguments)

    @asynccontextmanager
    async def session(self, files: Sequence[TaskFile] = (), *, caller: str = "") -> AsyncGenerator[CodeSession]:
        raise NotImplementedError
        yield

    def allowance(self) -> str:
        return "1 second."

    def packages(self) -> dict[str, str]:
        return {"math": "", "decimal": "", "sympy": "1.14"}


def sums(count: int, start: int = 0, name: str = "sums") -> TaskSet:
    """Tasks to add two numbers, with targets."""
    return TaskSet(
        name=name,
        tasks=tuple(
            Task(id=f"t{n}", question=f"Add {n * 37} and {n * 91}.", target=str(n * 128))
            for n in range(start, start + count)
        ),
    )


ADD_CODE = "def add(a: int, b: int) -> int:\n    return a + b\n"


def function(name: str, source: str, **fields: Any) -> Function:
    return Function(name=name, source=source, **fields)


def add() -> Function:
    return function("add", ADD_CODE, description="The sum.", arguments={"a": "one", "b": "two"})


def having(*functions: Function) -> Parameters:
    return Parameters(functions=FunctionSet(functions=functions))


def proposal(name: str, code: str, *examples: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """The arguments of an add_function or revise_function call; its parameters' meanings are read from the code."""
    try:
        names = list(Function(name=name, source=code).signature.properties)
    except Exception:  # noqa: BLE001 - a test's broken code has no parameters to name
        names = []
    return {
        "name": name,
        "description": f"What {name} does.",
        "arguments": dict.fromkeys(names, "an argument"),
        "code": code,
        "examples": [*examples],
        "reason": "The conversations call for it.",
        **changes,
    }


def rolled(task: Task, score: float | None, **fields: Any) -> Result:
    """A result of a rollout that nobody made."""
    trajectory = Trajectory.model_validate({"task_id": task.id, "repeat": 0, "parameters": "p", **fields})
    return Result(trajectory=trajectory, score=None if score is None else Score(value=score))


def evaluation(tasks: TaskSet, scores: Sequence[float], parameters: str = "p", split: str = "train") -> Evaluation:
    results = [rolled(task, score, parameters=parameters) for task, score in zip(tasks.tasks, scores, strict=True)]
    return Evaluation(parameters=parameters, tasks=tasks.digest, split=split, results=tuple(results))


def example(result: JsonValue = None, *, stated: bool = True, **arguments: JsonValue) -> Example:
    return Example(arguments=arguments, result=result, stated=stated)


TIMES = {"seconds", "selftest_seconds", "minutes", "time", "folder", "run"}


def strip_times(value: JsonValue) -> JsonValue:
    """A JSON value without what differs between two equal runs: times, and the run's name and folder."""
    if isinstance(value, dict):
        return {key: strip_times(item) for key, item in value.items() if key not in TIMES}
    return [strip_times(item) for item in value] if isinstance(value, list) else value


SNAPSHOTS = Path(__file__).parent / "snapshots"


def check_snapshot(name: str, text: str) -> None:
    """Compares a text exactly with its file; UPDATE_SNAPSHOTS=1 writes the file anew, for git to show."""
    file, content = SNAPSHOTS / f"{name}.txt", text + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOTS.mkdir(exist_ok=True)
        file.write_bytes(content.encode())
    assert file.is_file(), f"{file} is missing: look at the text, then run with UPDATE_SNAPSHOTS=1"
    assert content == file.read_bytes().decode(), (
        f"{name} has changed: run with UPDATE_SNAPSHOTS=1 and look at the diff"
    )
