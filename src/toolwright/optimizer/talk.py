"""A step's talk with the optimizer's model, turn by turn, its prompt shortened where the model has no room for it.

Example:
    talks = Talks(model, events, Asked(system="…", tools=ACTIONS, prompt=prompt), tokens=24_000)
    result = await talks.step(context, answering)  # `answering` opens what takes the model's replies
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, NamedTuple, Protocol

from toolwright.errors import ContextTooLong, RequestRefused
from toolwright.events import HistoryShortened, StepFinished, StepStarted
from toolwright.messages import AssistantMessage, Message, ModelRequest, SystemMessage, ToolSpec, UserMessage
from toolwright.optimizer.budget_text import tokens_of
from toolwright.optimizer.history import History
from toolwright.optimizer.step import StepContext, StepEnd, StepResult
from toolwright.protocols import CallSite, EventSink, Model, step_purpose

PROMPT_TOKENS: Final = 24_000
FEWEST_TOKENS: Final = 2_000
"""What a step's prompt is shortened to at the most."""


class Asked(NamedTuple):
    """What an optimizer's model is asked: instructions, tools, and a step's prompt within so many tokens."""

    system: str
    tools: tuple[ToolSpec, ...]
    prompt: Callable[[StepContext, int], tuple[str, History]]


class Answering(Protocol):
    """Takes the model's replies in one step; `end` is why the step is over, None while it is not."""

    end: StepEnd | None

    async def take(self, site: CallSite, reply: AssistantMessage) -> Sequence[Message]:
        """Takes the site's reply; what it returns goes back to the model."""
        ...

    def refused_by_provider(self, reason: str) -> None:
        """Ends the step with what was admitted so far."""
        ...

    def result(self) -> StepResult:
        """What the step gives, as far as it came."""
        ...


class Talks:
    """Holds the talks of an optimizer's steps, which may be made at once.

    A prompt that is too long for the model is halved, also for the steps that follow.

    Args:
        model: The optimizer's model.
        events: Is told what happens.
        asked: What it is asked.
        tokens: The budget of a step's prompt, in tokens of 4 characters.
    """

    def __init__(self, model: Model, events: EventSink, asked: Asked, *, tokens: int) -> None:
        self._model, self._events, self._asked = model, events, asked
        self._full_tokens = self._tokens = tokens
        self._begun = (0, tokens)  # the epoch under way and the budget all its steps begin with

    async def step(
        self, context: StepContext, answering: Callable[[StepContext], AbstractAsyncContextManager[Answering]]
    ) -> StepResult:
        """One talk: incumbent → candidate.

        Raises:
            ModelError: The model failed for good.
            SandboxError: The sandbox itself failed.
        """
        if self._begun[0] != context.epoch:
            self._begun = (context.epoch, self._tokens)
        tokens = self._begun[1]
        prompt, history = self._asked.prompt(context, tokens)
        self._events.emit(
            StepStarted(
                epoch=context.epoch,
                proposal=context.proposal,
                parameters=context.incumbent.digest,
                history=history.left_out,
            )
        )
        async with answering(context) as taking:
            await self._talk(context, taking, prompt, tokens)
        result = taking.result()
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

    async def _talk(self, context: StepContext, taking: Answering, prompt: str, tokens: int) -> None:
        """Asks until the step is over; a first request that is too long is asked again with a shorter history."""
        talk: list[Message] = []
        turn = 0
        while taking.end is None:
            site = self._site(context, tokens, turn)
            messages = (SystemMessage(text=self._asked.system), UserMessage(text=prompt), *talk)
            try:
                reply = await self._model.request(site, ModelRequest(messages=messages, tools=self._asked.tools))
            except ContextTooLong as error:
                if tokens > FEWEST_TOKENS:
                    tokens = self._shorten(context, min(tokens, tokens_of(prompt)), error)
                elif not turn:
                    taking.refused_by_provider(str(error))
                if turn:  # what was admitted so far is the candidate; the next epoch's steps leave more room
                    taking.end = "context"
                else:
                    prompt, _ = self._asked.prompt(context, tokens)
                continue
            except RequestRefused as error:
                taking.refused_by_provider(str(error))
                continue
            talk += [reply.message, *await taking.take(site, reply.message)]
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
