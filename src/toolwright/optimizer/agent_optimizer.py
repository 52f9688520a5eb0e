"""AgentOptimizer: a step as one conversation, one action a reply, each checked before it counts.

Source: paper, Algorithm 1.
"""

from collections.abc import Collection, Sequence
from typing import Final

from toolwright.events import ActionAdmitted, ActionRefused, StepFinished, StepStarted
from toolwright.messages import (
    AssistantMessage,
    Message,
    ModelRequest,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from toolwright.optimizer.actions import ACTIONS, Change, RemoveFunction, Terminate, parse_action
from toolwright.optimizer.admission import Admission, Admitted, Refused
from toolwright.optimizer.step import ProposedAction, StepContext, StepEnd, StepResult
from toolwright.optimizer.step_prompt import step_prompt
from toolwright.parameters import Parameters
from toolwright.prompt_files import read_prompt
from toolwright.protocols import CallSite, EventSink, Model, Sandbox

MAX_ACTIONS: Final = 3
"""The paper's MAX_NUM (appendix G)."""

REFUSALS: Final = 3
"""Refusals in a row that end a step."""

PROMPT_TOKENS: Final = 24_000
ONE_ONLY: Final = "Not looked at: one action a reply. Send it again if it is still wanted."
NO_CALL: Final = (
    "That holds no action. Reply with a call of exactly one of: "
    "add_function, revise_function, remove_function, terminate."
)


class AgentOptimizer:
    """Asks a model for actions, admits or refuses each, and returns the candidate.

    Args:
        model: The optimizer's model.
        sandbox: Where proposed functions are tried.
        events: Is told what happens.
        max_actions: Admitted actions a step.
        prompt_tokens: The budget of a step's prompt, in tokens of 4 characters.
        show_targets: Whether the model sees the training tasks' targets.
        taken: Names no function may have: the user's tools' and the interpreter's.
        system_prompt: Instructions in the place of the built-in ones.
    """

    def __init__(
        self,
        model: Model,
        sandbox: Sandbox,
        events: EventSink,
        *,
        max_actions: int = MAX_ACTIONS,
        prompt_tokens: int = PROMPT_TOKENS,
        show_targets: bool = True,
        taken: Collection[str] = (),
        system_prompt: str = "",
    ) -> None:
        self._model, self._sandbox, self._events = model, sandbox, events
        self._max_actions, self._prompt_tokens, self._show_targets = max_actions, prompt_tokens, show_targets
        self._taken = taken
        self._system = system_prompt or read_prompt("toolwright.optimizer", "system").template

    async def step(self, context: StepContext) -> StepResult:
        """One conversation: incumbent → candidate."""
        packages = self._sandbox.packages()
        prompt, history = step_prompt(
            context,
            packages,
            tokens=self._prompt_tokens,
            actions=self._max_actions,
            limits=self._sandbox.allowance(),
            show_targets=self._show_targets,
        )
        self._events.emit(
            StepStarted(epoch=context.epoch, parameters=context.incumbent.digest, history=history.left_out)
        )
        admission = Admission(
            self._sandbox,
            allowed=packages,
            taken=self._taken,
            tasks=context.tasks,
            evaluation=context.evaluation,
            incumbent=context.incumbent,
        )
        conversation = _Conversation(context, admission, self._events, self._max_actions)
        messages: list[Message] = [SystemMessage(text=self._system), UserMessage(text=prompt)]
        turn = 0
        while conversation.end is None:
            site = CallSite(
                role="optimizer", purpose=f"step {context.epoch}", parameters=context.incumbent.digest, turn=turn
            )
            reply = await self._model.request(site, ModelRequest(messages=tuple(messages), tools=ACTIONS))
            messages += [reply.message, *await conversation.take(reply.message)]
            turn += 1
        result = conversation.result()
        self._events.emit(
            StepFinished(
                epoch=context.epoch,
                candidate=result.candidate.digest,
                actions=len(result.actions),
                refused=len(result.refused),
                end=result.end,
            )
        )
        return result


class _Conversation:
    """The state of one step: the candidate, what was admitted and refused, and whether it is over."""

    def __init__(self, context: StepContext, admission: Admission, events: EventSink, max_actions: int) -> None:
        self._epoch, self._admission, self._events, self._max_actions = context.epoch, admission, events, max_actions
        self._candidate: Parameters = context.incumbent
        self._actions: list[ProposedAction] = []
        self._refused: list[ProposedAction] = []
        self._in_a_row = 0
        self.end: StepEnd | None = None

    def result(self) -> StepResult:
        return StepResult(
            candidate=self._candidate,
            actions=tuple(self._actions),
            refused=tuple(self._refused),
            end=self.end or "terminated",
        )

    async def take(self, reply: AssistantMessage) -> Sequence[Message]:
        """Takes the first call of a reply; what it returns goes back to the model."""
        if not reply.calls:
            return self._without_call(reply.text)
        first, *others = reply.calls
        messages: list[Message] = [self._answer(first, await self._act(first))]
        for call in others:
            self._refuse(call.name, call, ONE_ONLY)
            messages.append(self._answer(call, ONE_ONLY))
        return messages

    def _without_call(self, text: str) -> Sequence[Message]:
        """A reply in words: "TERMINATE" ends the step as in the paper, anything else is asked for a call."""
        if "TERMINATE" in text:
            self.end = "terminated"
            return ()
        self._count_refusal()
        self._record(self._refused, ActionRefused(epoch=self._epoch, action="none", function="", reason=NO_CALL))
        return (UserMessage(text=NO_CALL),)

    async def _act(self, call: ToolCall) -> str:
        try:
            action = parse_action(call)
        except ValueError as error:
            self._count_refusal()
            return self._refuse(call.name, call, str(error))
        if isinstance(action, Terminate):
            self.end = "terminated"
            return "The round has ended."
        verdict = await self._admission.admit(action, self._candidate)
        if isinstance(verdict, Refused):
            self._count_refusal()
            return self._refuse(call.name, call, verdict.reason)
        return self._admit(action, verdict)

    def _admit(self, action: Change, verdict: Admitted) -> str:
        self._candidate = verdict.parameters
        self._in_a_row = 0
        self._record(
            self._actions,
            ActionAdmitted(
                epoch=self._epoch,
                action=action.kind,
                function=action.name,
                reason=action.reason,
                notes=verdict.notes,
            ),
        )
        left = self._max_actions - len(self._actions)
        if left == 0:
            self.end = "max_actions"
        shown = "".join(f"\n- {note}" for note in verdict.notes)
        done = "Removed." if isinstance(action, RemoveFunction) else f"Admitted. Its examples:{shown}"
        now = ", ".join(self._candidate.functions.names) or "none"
        return f"{done}\nThe functions are now: {now}. Actions left in this round: {left}."

    def _count_refusal(self) -> None:
        self._in_a_row += 1
        if self._in_a_row >= REFUSALS:
            self.end = "refusals"

    def _refuse(self, action: str, call: ToolCall, reason: str) -> str:
        self._record(
            self._refused,
            ActionRefused(epoch=self._epoch, action=action[:80], function=_named(call), reason=reason),
        )
        return f"Refused: {reason}\nNo action is used up; {REFUSALS} refusals in a row end the round."

    def _record(self, record: list[ProposedAction], event: ActionAdmitted | ActionRefused) -> None:
        record.append(ProposedAction(action=event.action, function=event.function, reason=event.reason))
        self._events.emit(event)

    @staticmethod
    def _answer(call: ToolCall, text: str) -> ToolMessage:
        return ToolMessage(call_id=call.id, name=call.name, text=text)


def _named(call: ToolCall) -> str:
    """The function a call is about, "" where it does not say."""
    try:
        name = call.parsed().get("name")
    except ValueError:
        return ""
    return name[:80] if isinstance(name, str) else ""
