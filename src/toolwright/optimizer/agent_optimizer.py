"""AgentOptimizer: a step as one conversation, one action a reply, each checked before it counts.

Example:
    optimizer = AgentOptimizer(model, sandbox, events, journal=journal)
    candidate = (await optimizer.step(context)).candidate

Source: paper, Algorithm 1.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from toolwright.optimizer.actions import ACTIONS
from toolwright.optimizer.admission import Admission
from toolwright.optimizer.code_tool import CODE_CALLS, code_spec
from toolwright.optimizer.conversation import Conversation
from toolwright.optimizer.history import History
from toolwright.optimizer.interpreter import TaskInterpreter
from toolwright.optimizer.step import StepContext, StepResult
from toolwright.optimizer.step_prompt import step_prompt
from toolwright.optimizer.step_prompt import system_prompt as instructions
from toolwright.optimizer.talk import PROMPT_TOKENS, Asked, Talks
from toolwright.protocols import EventSink, Journal, Model, Sandbox

MAX_ACTIONS: Final = 3
"""The paper's MAX_NUM (appendix G)."""


class AgentOptimizer:
    """Asks a model for actions, admits or refuses each, and returns the candidate.

    Steps may be made at once. A prompt that is too long for the model is halved, also for the steps that follow.

    Args:
        model: The optimizer's model.
        sandbox: Where proposed functions are tried and the optimizer's code runs.
        events: Is told what happens.
        journal: Keeps what came of all that runs in the sandbox.
        max_actions: Admitted actions a step.
        prompt_tokens: The budget of a step's prompt, in tokens of 4 characters.
        show_targets: Whether the model sees the training tasks' targets.
        show_credit: Whether it is told how each function was used, and how it went with and without it.
        run_code: Whether it may run code on the training tasks before it proposes.
        try_examples: Whether an action's examples, and a revision's past calls, are run before it is admitted.
        taken: Names no function may have: the user's tools' and the interpreter's.
        system_prompt: Instructions in the place of the built-in ones.
    """

    def __init__(
        self,
        model: Model,
        sandbox: Sandbox,
        events: EventSink,
        *,
        journal: Journal,
        max_actions: int = MAX_ACTIONS,
        prompt_tokens: int = PROMPT_TOKENS,
        show_targets: bool = True,
        show_credit: bool = True,
        run_code: bool = True,
        try_examples: bool = True,
        taken: Collection[str] = (),
        system_prompt: str = "",
    ) -> None:
        self._sandbox, self._events, self._journal = sandbox, events, journal
        self._max_actions, self._taken = max_actions, taken
        self._show_targets, self._show_credit, self._try_examples = show_targets, show_credit, try_examples
        self._code_calls = CODE_CALLS if run_code else 0
        asked = Asked(
            system=system_prompt or instructions(self._code_calls, try_examples=try_examples),
            tools=(*ACTIONS, code_spec(show_targets=show_targets)) if run_code else ACTIONS,
            prompt=self._prompt,
        )
        self._talks = Talks(model, events, asked, tokens=prompt_tokens)

    async def step(self, context: StepContext) -> StepResult:
        """One conversation: incumbent → candidate.

        Raises:
            ModelError: The model failed for good.
            SandboxError: The sandbox itself failed.
        """
        return await self._talks.step(context, self._conversation)

    def _prompt(self, context: StepContext, tokens: int) -> tuple[str, History]:
        return step_prompt(
            context,
            self._sandbox.packages(),
            tokens=tokens,
            actions=self._max_actions,
            limits=self._sandbox.allowance(),
            show_targets=self._show_targets,
            show_credit=self._show_credit,
            try_examples=self._try_examples,
            code_calls=self._code_calls,
        )

    @asynccontextmanager
    async def _conversation(self, context: StepContext) -> AsyncGenerator[Conversation]:
        admission = Admission(
            allowed=self._sandbox.packages(),
            taken=self._taken,
            tasks=context.shown,
            evaluation=context.evaluation,
            incumbent=context.incumbent,
            try_examples=self._try_examples,
        )
        async with AsyncExitStack() as stack:
            interpreter = None
            if self._code_calls:
                one = TaskInterpreter(self._sandbox, self._journal, context, show_targets=self._show_targets)
                interpreter = await stack.enter_async_context(one)
            yield Conversation(
                context,
                admission,
                sandbox=self._sandbox,
                journal=self._journal,
                events=self._events,
                interpreter=interpreter,
                max_actions=self._max_actions,
            )
