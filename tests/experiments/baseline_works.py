"""Cells of the baselines on small arithmetic, with a scripted model that knows its part by what it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from support import ScriptedModel, StubSandbox
from toolwright.config.schema import Config
from toolwright.experiments.matrix import Method
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellKey
from toolwright.messages import AssistantMessage, ModelRequest
from toolwright.parts import Parts
from toolwright.protocols import CallSite, Sandbox
from toolwright.tasks import Task, TaskSet
from toolwright.training.trainer import Splits
from toolwright.trajectories import Outcome

Part = Callable[[str, int], str]
"""What is said to the task's text; the number is of the request in its conversation, from 0."""


class Broken(BaseException):
    """The process ends here, as far as a test goes."""


def percent(number: int) -> Task:
    """A task whose answer is 13 * number."""
    return Task(
        id=f"percent-{number}", question=f"A shop: what is 13 percent of {number * 100}?", target=str(number * 13)
    )


def apart(number: int) -> Task:
    """A task of another kind, whose answer is number + 1."""
    return Task(id=f"apart-{number}", question=f"Fence posts: {number} gaps need how many posts?", target=number + 1)


TRAIN = TaskSet(name="train", tasks=(percent(3), apart(41), percent(5), apart(7)))
TEST = TaskSet(name="test", tasks=(percent(8), apart(20)))


class Running(StubSandbox):
    """A real sandbox that is running already and goes on after a stage."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.kind, self._sandbox = sandbox.kind, sandbox

    async def call(self, *given: Any, **named: Any) -> Outcome:
        return await self._sandbox.call(*given, **named)

    def session(self, *given: Any, **named: Any) -> Any:
        return self._sandbox.session(*given, **named)


@dataclass(frozen=True)
class ScriptedWork(CellWork):
    """A cell whose models are scripted ones: by the name the configuration has for them, or else the one."""

    model: ScriptedModel = field(default_factory=lambda: ScriptedModel([]))
    named: Mapping[str, ScriptedModel] = field(default_factory=dict[str, ScriptedModel])

    def parts(self) -> Parts:
        parts = super().parts()
        return replace(
            parts, models={role: self.named.get(spec.model, self.model) for role, spec in parts.specs.items()}
        )


def cell(
    kind: Any,
    folder: Path,
    model: ScriptedModel,
    sandbox: Sandbox,
    *,
    splits: Splits | None = None,
    options: Mapping[str, Any] | None = None,
    named: Mapping[str, ScriptedModel] | None = None,
    **config: Any,
) -> ScriptedWork:
    """A cell of a method's kind; one task at a time, so that what is broken off has all its replies in the journal."""
    given: dict[str, Any] = {
        "models": {"agent": {"model": "scripted", "attempts": 1}},
        "scorer": "numeric",
        "training": {"at_once": 1},
        "run": {"folder": str(folder)},
    }
    return ScriptedWork(
        key=CellKey(domain="sums", agent="plain", model="scripted", method="baseline"),
        digest="d",
        method=Method(kind=kind, options=dict(options or {})),
        config=Config.model_validate({**given, **config}),
        base=Path(),
        splits=splits or Splits(train=TRAIN, test=TEST),
        others={},
        sandbox=Running(sandbox),
        model=model,
        named=named or {},
    )


def playing(*parts: tuple[str, Part], fails_at: int | None = None) -> ScriptedModel:
    """A model that knows each request by a text in its last message; one may be where the process ends."""
    asked = [0]

    def answer(site: CallSite, request: ModelRequest) -> str:
        asked[0] += 1
        if asked[0] - 1 == fails_at:
            raise Broken
        said = request.messages[-1].text
        turn = sum(isinstance(message, AssistantMessage) for message in request.messages)
        for marker, part in parts:
            if marker in said:
                return part(site.task, turn)
        raise AssertionError(f"nobody expected: {said}")

    return ScriptedModel(answer)


def answered(model: ScriptedModel) -> list[tuple[str, str]]:
    """What a model was asked: where, and what."""
    return [(site.key, request.digest) for site, request in model.requests]


def read_by(model: ScriptedModel) -> str:
    """All that its requests say, the model's own words apart."""
    return "\n".join(
        message.text
        for _, request in model.requests
        for message in request.messages
        if not isinstance(message, AssistantMessage)
    )


def asked_of(model: ScriptedModel, task: str) -> list[str]:
    """The messages to the model in a task's requests, in order: the last of each."""
    return [request.messages[-1].text for site, request in model.requests if site.task == task]


def python(code: str) -> str:
    """A reply with code."""
    return f"Here it is:\n```python\n{code}\n```\nThat is all."


def boxed(answer: object) -> str:
    """A reply with an answer."""
    return f"So it is \\boxed{{{answer}}}."


def number_of(task: str) -> int:
    """The number that a task is made of, by its id."""
    return int(task.rpartition("-")[2])
