"""Makes admissions and tells what became of a call."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from support import sums
from toolwright.evaluations import Evaluation
from toolwright.messages import ToolCall
from toolwright.optimizer.actions import Change, Terminate, parse_action
from toolwright.optimizer.admission import Admission, Admitted, Refused
from toolwright.parameters import Parameters
from toolwright.protocols import Sandbox
from toolwright.tasks import TaskSet

NOTHING = Parameters()


@dataclass(frozen=True)
class Admitting:
    """An admission with the sandbox it uses."""

    admission: Admission
    sandbox: Sandbox

    async def admit(self, action: Change, candidate: Parameters) -> Admitted | Refused:
        return await self.admission.admit(action, candidate, self.sandbox)


def admission(
    sandbox: Sandbox,
    incumbent: Parameters = NOTHING,
    evaluation: Evaluation | None = None,
    tasks: TaskSet | None = None,
    taken: Collection[str] = (),
) -> Admitting:
    tasks = tasks or sums(2)
    evaluation = evaluation or Evaluation(parameters=incumbent.digest, tasks=tasks.digest, split="train", results=())
    made = Admission(allowed=("math", "decimal"), taken=taken, tasks=tasks, evaluation=evaluation, incumbent=incumbent)
    return Admitting(made, sandbox)


def call(name: str, arguments: dict[str, Any] | str) -> ToolCall:
    return ToolCall(id="c", name=name, arguments=arguments if isinstance(arguments, str) else json.dumps(arguments))


async def admit(
    one: Admitting, name: str, arguments: dict[str, Any] | str, candidate: Parameters = NOTHING
) -> Admitted | Refused:
    action = parse_action(call(name, arguments))
    assert not isinstance(action, Terminate)
    return await one.admit(action, candidate)


async def refusal(one: Admitting, name: str, arguments: dict[str, Any] | str, candidate: Parameters = NOTHING) -> str:
    """Why the action was refused."""
    verdict = await admit(one, name, arguments, candidate)
    assert isinstance(verdict, Refused), verdict
    return verdict.reason
