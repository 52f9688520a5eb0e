"""Makes steps that can be made again from the journal."""

from collections.abc import Sequence
from typing import Any

from contexts import context

from support import Answer, Events, MemoryJournal, Said, ScriptedModel, says
from toolwright.messages import ToolMessage
from toolwright.optimizer.agent_optimizer import AgentOptimizer
from toolwright.optimizer.one_shot import OneShotOptimizer
from toolwright.optimizer.step import StepContext, StepResult
from toolwright.protocols import Sandbox

END = says(terminate={"reason": "done"})


class Stepper:
    """An optimizer on a journal of its own, which a second one can be given."""

    def __init__(
        self,
        script: Answer | Sequence[Said],
        sandbox: Sandbox,
        journal: MemoryJournal | None = None,
        made: type[AgentOptimizer | OneShotOptimizer] = AgentOptimizer,
        **options: Any,
    ) -> None:
        self.model, self.events = ScriptedModel(script), Events()
        self.journal = journal or MemoryJournal()
        self.optimizer = made(self.model, sandbox, self.events, journal=self.journal, **options)

    async def step(self, given_context: StepContext | None = None) -> StepResult:
        return await self.optimizer.step(given_context or context())

    @property
    def told(self) -> list[str]:
        """What the model was told after each of its replies but the last."""
        return [message.text for message in self.model.last.messages if isinstance(message, ToolMessage)]


def one_shot(
    script: Answer | Sequence[Said], sandbox: Sandbox, journal: MemoryJournal | None = None, **options: Any
) -> Stepper:
    """An optimizer that writes whole sets."""
    return Stepper(script, sandbox, journal, OneShotOptimizer, **options)


def whole(*functions: Any) -> Said:
    """A reply with a whole set."""
    return says(write_functions={"functions": [*functions]})


def code(text: str) -> Said:
    return says(run_code={"code": text})
