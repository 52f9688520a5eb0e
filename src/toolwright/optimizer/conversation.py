"""The conversation of a step: one call a reply, each checked before it counts; what comes of it goes back to the model.

Source: paper, Algorithm 1.
"""

from collections.abc import Sequence
from typing import Final

from toolwright.events import CodeRun, TriedCall
from toolwright.messages import AssistantMessage, Message, ToolCall, ToolMessage, UserMessage
from toolwright.optimizer.actions import Change, RemoveFunction, Terminate, named, parse_action
from toolwright.optimizer.admission import Admission, Admitted, Refused
from toolwright.optimizer.code_tool import CODE_CALLS, NONE_LEFT, RUN_CODE, code_of, told
from toolwright.optimizer.interpreter import TaskInterpreter
from toolwright.optimizer.journalled import JournalledCalls
from toolwright.optimizer.step import StepContext, StepEnd, StepResult
from toolwright.optimizer.step_record import StepRecord
from toolwright.protocols import CallSite, EventSink, Journal, Sandbox
from toolwright.trajectories import Outcome

REFUSALS: Final = 3
"""Refusals in a row that end a step."""

ONE_ONLY: Final = "Not looked at: one action a reply. Send it again if it is still wanted."
NO_CALL: Final = (
    "That holds no action. Reply with a call of exactly one of: "
    "add_function, revise_function, remove_function, terminate."
)


class Conversation:
    """The state of one step: the candidate, what was admitted and refused, and whether it is over.

    Args:
        context: What the step starts from.
        admission: Checks the actions.
        sandbox: Where admission's calls run.
        journal: Where what came of them is kept.
        events: Is told what happens.
        interpreter: Runs the optimizer's code; without one there is no run_code.
        max_actions: Admitted actions a step.

    Attributes:
        end: Why the step is over, None while it is not.
    """

    def __init__(
        self,
        context: StepContext,
        admission: Admission,
        *,
        sandbox: Sandbox,
        journal: Journal,
        events: EventSink,
        interpreter: TaskInterpreter | None,
        max_actions: int,
    ) -> None:
        self._context, self._admission, self._max_actions = context, admission, max_actions
        self._sandbox, self._journal, self._events = sandbox, journal, events
        self._interpreter = interpreter
        self._record = StepRecord(context, events)
        self._code_runs = 0
        self._in_a_row = 0
        self.end: StepEnd | None = None

    def result(self) -> StepResult:
        """What the step gives, as far as it came."""
        return self._record.result(self.end or "terminated")

    async def take(self, site: CallSite, reply: AssistantMessage) -> Sequence[Message]:
        """Takes the first call of the site's reply; what it returns goes back to the model.

        Raises:
            SandboxError: The sandbox itself failed.
        """
        if not reply.calls:
            return self._without_call(reply.text)
        first, *others = reply.calls
        is_code = self._interpreter is not None and first.name == RUN_CODE
        taken = await (self._run_code(site, first) if is_code else self._act(site, first))
        messages: list[Message] = [self._answer(first, taken)]
        for call in others:
            if self._interpreter is None or call.name != RUN_CODE:
                self._refuse(call, ONE_ONLY)
            messages.append(self._answer(call, ONE_ONLY))
        return messages

    def _without_call(self, text: str) -> Sequence[Message]:
        """A reply in words: "TERMINATE" ends the step as in the paper, anything else is asked for a call."""
        if "TERMINATE" in text:
            self.end = "terminated"
            return ()
        self._count_refusal()
        self._record.refuse("none", "", NO_CALL)
        return (UserMessage(text=NO_CALL),)

    async def _run_code(self, site: CallSite, call: ToolCall) -> str:
        """Runs code; it neither adds to the refusals in a row nor forgets them, but for calls beyond the last."""
        assert self._interpreter is not None  # noqa: S101 - asked by the only caller
        if self._code_runs == CODE_CALLS:
            self._count_refusal()
            return self._refuse(call, NONE_LEFT)
        self._code_runs += 1
        try:
            outcome = await self._interpreter.run(site, code_of(call), self._record.candidate.functions)
        except ValueError as error:
            outcome = Outcome(status="refused", error=str(error))
        epoch, proposal = self._context.epoch, self._context.proposal
        self._events.emit(CodeRun(epoch=epoch, proposal=proposal, status=outcome.status, error=outcome.error))
        return told(outcome, CODE_CALLS - self._code_runs)

    async def _act(self, site: CallSite, call: ToolCall) -> str:
        try:
            action = parse_action(call)
        except ValueError as error:
            self._count_refusal()
            return self._refuse(call, str(error))
        if isinstance(action, Terminate):
            self.end = "terminated"
            return "The round has ended."
        verdict = await self._admission.admit(
            action, self._record.candidate, JournalledCalls(self._sandbox, self._journal, site)
        )
        if isinstance(verdict, Refused):
            self._count_refusal()
            return self._refuse(call, verdict.reason, action, verdict.tried)
        return self._admit(action, verdict)

    def _admit(self, action: Change, verdict: Admitted) -> str:
        self._record.admit(action, verdict)
        self._in_a_row = 0
        left = self._max_actions - self._record.admitted
        if left == 0:
            self.end = "max_actions"
        now = ", ".join(self._record.candidate.functions.names) or "none"
        return f"{_done(action, verdict)}\nThe functions are now: {now}. Actions left in this round: {left}."

    def _count_refusal(self) -> None:
        self._in_a_row += 1
        if self._in_a_row >= REFUSALS:
            self.end = "refusals"

    def _refuse(
        self, call: ToolCall, reason: str, action: Change | None = None, tried: tuple[TriedCall, ...] = ()
    ) -> str:
        self._record.refuse(call.name, _named(call), reason, action=action, tried=tried)
        return f"Refused: {reason}\nNo action is used up; {REFUSALS} refusals in a row end the round."

    def refused_by_provider(self, reason: str) -> None:
        """Ends the step with what was admitted so far: a refusal of this very request costs the epoch, not the run."""
        self.end = "provider_refused"
        self._record.refuse("none", "", reason)

    @staticmethod
    def _answer(call: ToolCall, text: str) -> ToolMessage:
        return ToolMessage(call_id=call.id, name=call.name, text=text)


def _done(action: Change, verdict: Admitted) -> str:
    """What became of an admitted action, and what its examples returned where they were run."""
    if isinstance(action, RemoveFunction):
        return "Removed."
    if not verdict.tried:
        return "Admitted."
    return "Admitted. Its examples:" + "".join(f"\n- {note}" for note in verdict.notes)


def _named(call: ToolCall) -> str:
    """The function a call is about, "" where it does not say."""
    try:
        return named(call.parsed())
    except ValueError:
        return ""
