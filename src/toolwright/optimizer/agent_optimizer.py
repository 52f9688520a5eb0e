"""AgentOptimizer: a step as one conversation, one action a reply, each checked before it counts.

Example:
    optimizer = AgentOptimizer(model, sandbox, events, journal=journal)
    candidate = (await optimizer.step(context)).candidate

Source: paper, Algorithm 1.
"""

from collections.abc import Collection
from contextlib import AsyncExitStack
from typing import Final

from toolwright.errors import ContextTooLong, RequestRefused
from toolwright.events import HistoryShortened, StepFinished, StepStarted
from toolwright.messages import Message, ModelRequest, SystemMessage, UserMessage
from toolwright.optimizer.actions import ACTIONS
from toolwright.optimizer.admission import Admission
from toolwright.optimizer.budget_text import tokens_of
from toolwright.optimizer.code_tool import CODE_CALLS, code_spec
from toolwright.optimizer.conversation import Conversation
from toolwright.optimizer.history import History
from toolwright.optimizer.interpreter import TaskInterpreter
from toolwright.optimizer.step import StepContext, StepResult
from toolwright.optimizer.step_prompt import step_prompt
from toolwright.optimizer.step_prompt import system_prompt as instructions
from toolwright.protocols import CallSite, EventSink, Journal, Model, Sandbox, step_purpose

MAX_ACTIONS: Final = 3
"""The paper's MAX_NUM (appendix G)."""

PROMPT_TOKENS: Final = 24_000
FEWEST_TOKENS: Final = 2_000
"""What a step's prompt is shortened to at the most."""


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
        run_code: Whether it may run code on the training tasks before it proposes.
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
        run_code: bool = True,
        taken: Collection[str] = (),
        system_prompt: str = "",
    ) -> None:
        self._model, self._sandbox, self._events, self._journal = model, sandbox, events, journal
        self._max_actions, self._show_targets, self._taken = max_actions, show_targets, taken
        self._full_tokens = self._tokens = prompt_tokens
        self._begun = (0, prompt_tokens)  # the epoch under way and the budget all its steps begin with
        self._code_calls = CODE_CALLS if run_code else 0
        self._tools = (*ACTIONS, code_spec(show_targets=show_targets)) if run_code else ACTIONS
        self._system = system_prompt or instructions(self._code_calls)

    async def step(self, context: StepContext) -> StepResult:
        """One conversation: incumbent → candidate.

        Raises:
            ModelError: The model failed for good.
            SandboxError: The sandbox itself failed.
        """
        if self._begun[0] != context.epoch:
            self._begun = (context.epoch, self._tokens)
        tokens = self._begun[1]
        prompt, history = self._prompt(context, tokens)
        self._events.emit(
            StepStarted(
                epoch=context.epoch,
                proposal=context.proposal,
                parameters=context.incumbent.digest,
                history=history.left_out,
            )
        )
        async with AsyncExitStack() as stack:
            interpreter = None
            if self._code_calls:
                one = TaskInterpreter(self._sandbox, self._journal, context, show_targets=self._show_targets)
                interpreter = await stack.enter_async_context(one)
            conversation = self._conversation(context, interpreter)
            await self._talk(context, conversation, prompt, tokens)
        result = conversation.result()
        self._events.emit(
            StepFinished(
                epoch=context.epoch,
                proposal=context.proposal,
                candidate=result.candidate.digest,
                actions=len(result.actions),
                refused=len(result.refused),
                end=result.end,
            )
        )
        return result

    def _prompt(self, context: StepContext, tokens: int) -> tuple[str, History]:
        return step_prompt(
            context,
            self._sandbox.packages(),
            tokens=tokens,
            actions=self._max_actions,
            limits=self._sandbox.allowance(),
            show_targets=self._show_targets,
            code_calls=self._code_calls,
        )

    def _conversation(self, context: StepContext, interpreter: TaskInterpreter | None) -> Conversation:
        admission = Admission(
            allowed=self._sandbox.packages(),
            taken=self._taken,
            tasks=context.tasks,
            evaluation=context.evaluation,
            incumbent=context.incumbent,
        )
        return Conversation(
            context,
            admission,
            sandbox=self._sandbox,
            journal=self._journal,
            events=self._events,
            interpreter=interpreter,
            max_actions=self._max_actions,
        )

    async def _talk(self, context: StepContext, conversation: Conversation, prompt: str, tokens: int) -> None:
        """Asks until the step is over; a first request that is too long is asked again with a shorter history."""
        talk: list[Message] = []
        turn = 0
        while conversation.end is None:
            site = self._site(context, tokens, turn)
            messages = (SystemMessage(text=self._system), UserMessage(text=prompt), *talk)
            try:
                reply = await self._model.request(site, ModelRequest(messages=messages, tools=self._tools))
            except ContextTooLong as error:
                if tokens > FEWEST_TOKENS:
                    tokens = self._shorten(context, min(tokens, tokens_of(prompt)), error)
                elif not turn:
                    conversation.refused_by_provider(str(error))
                if turn:  # what was admitted so far is the candidate; the next epoch's steps leave more room
                    conversation.end = "context"
                else:
                    prompt, _ = self._prompt(context, tokens)
                continue
            except RequestRefused as error:
                conversation.refused_by_provider(str(error))
                continue
            talk += [reply.message, *await conversation.take(site, reply.message)]
            turn += 1

    def _site(self, context: StepContext, tokens: int, turn: int) -> CallSite:
        """A turn's call site; a prompt of another length is asked elsewhere."""
        return CallSite(
            role="optimizer",
            purpose=step_purpose(context.epoch, None if tokens == self._full_tokens else tokens),
            parameters=context.incumbent.digest,
            repeat=context.proposal,
            turn=turn,
        )

    def _shorten(self, context: StepContext, taken: int, error: ContextTooLong) -> int:
        """Half of the tokens the prompt took; later steps keep to it."""
        tokens = max(FEWEST_TOKENS, taken // 2)
        self._tokens = min(self._tokens, tokens)
        self._events.emit(
            HistoryShortened(epoch=context.epoch, proposal=context.proposal, tokens=tokens, reason=str(error))
        )
        return tokens
