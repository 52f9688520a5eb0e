"""The rewriting of a function set in a one-shot step: one reply with all of it, each function checked, none twice.

    incumbent ─► each function as written: admitted, refused or as it was ─► the others removed ─► candidate

What of a progressive step it goes without beside, `OneShotOptimizer` says.

Source: paper, section 4.3 (without progressive update).
"""

from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

from toolwright.messages import AssistantMessage, Message, ToolMessage, UserMessage
from toolwright.optimizer.actions import Change, RemoveFunction, ReviseFunction, named, read_change
from toolwright.optimizer.admission import Admission, Admitted, Refused, unchanged
from toolwright.optimizer.journalled import JournalledCalls
from toolwright.optimizer.step import StepContext, StepEnd, StepResult
from toolwright.optimizer.step_record import StepRecord
from toolwright.optimizer.write_functions import functions_of
from toolwright.protocols import Calls, CallSite, EventSink, Journal, Sandbox

ASKED_AGAIN: Final = 2
"""How often a reply that holds no list of functions is asked for one."""

ONE_ONLY: Final = "Not looked at: one call holds the whole set."


class Rewriting:
    """The state of one step: the candidate, what was admitted and refused, and whether it is over.

    What happens is told as changes of the incumbent, so that whoever replays them arrives at the candidate: a function
    that is written is added or revised, and one that is not, or not admitted, is removed. A reply of which nothing
    stands has written no set, and changes nothing.

    Args:
        context: What the step starts from.
        admission: Checks each function.
        sandbox: Where admission's calls run.
        journal: Where what came of them is kept.
        events: Is told what happens.

    Attributes:
        end: Why the step is over, None while it is not.
    """

    def __init__(
        self, context: StepContext, admission: Admission, *, sandbox: Sandbox, journal: Journal, events: EventSink
    ) -> None:
        self._admission, self._sandbox, self._journal = admission, sandbox, journal
        self._incumbent = context.incumbent.functions
        self._record = StepRecord(context, events)
        self._standing: set[str] = set()
        self._refused: set[str] = set()
        self._wrong = 0
        self.end: StepEnd | None = None

    def result(self) -> StepResult:
        """What the step gives, as far as it came."""
        return self._record.result(self.end or "terminated")

    def refused_by_provider(self, reason: str) -> None:
        """Ends the step with the incumbent: a refusal of this very request costs the epoch, not the run."""
        self.end = "provider_refused"
        self._record.refuse("none", "", reason)

    async def take(self, site: CallSite, reply: AssistantMessage) -> Sequence[Message]:
        """Takes the set the reply holds; what it returns goes back to the model that wrote none.

        Raises:
            SandboxError: The sandbox itself failed.
        """
        try:
            given = functions_of(reply)
        except ValueError as error:
            return self._ask_again(reply, str(error))
        sandbox = JournalledCalls(self._sandbox, self._journal, site)
        for one in given:
            await self._write(one, sandbox)
        for call in reply.calls[1:]:
            self._record.refuse(call.name, "", ONE_ONLY)
        if self._standing:
            self._remove_others()
        self.end = "terminated"
        return ()

    def _ask_again(self, reply: AssistantMessage, fault: str) -> Sequence[Message]:
        self._wrong += 1
        if self._wrong > ASKED_AGAIN:
            self.end = "refusals"
        self._record.refuse(reply.calls[0].name if reply.calls else "none", "", fault)
        if not reply.calls:
            return (UserMessage(text=fault),)
        told = [f"Refused: {fault}", *[ONE_ONLY] * (len(reply.calls) - 1)]
        return [
            ToolMessage(call_id=call.id, name=call.name, text=text)
            for call, text in zip(reply.calls, told, strict=True)
        ]

    async def _write(self, given: JsonValue, sandbox: Calls) -> None:
        """Takes one function of the list into the candidate, or leaves it out for good."""
        if not isinstance(given, dict):
            self._record.refuse("add_function", "", "not a function: no object with the fields of one")
            return
        name = named(given)
        kind = "revise_function" if name in self._incumbent else "add_function"
        if name in self._standing | self._refused:
            self._record.refuse(kind, name, f"the list has {name!r} twice; only the first is looked at")
            return
        try:
            action = read_change(kind, given)
        except ValueError as error:
            self._refuse(kind, name, Refused(reason=str(error)))
            return
        if self._as_it_was(action):
            self._standing.add(name)
            return
        verdict = await self._admission.admit(action, self._record.candidate, sandbox)
        if isinstance(verdict, Refused):
            self._refuse(kind, name, verdict, action)
        else:
            self._standing.add(name)
            self._record.admit(action, verdict)

    def _as_it_was(self, action: Change) -> bool:
        return isinstance(action, ReviseFunction) and unchanged(action, self._incumbent.get(action.name))

    def _refuse(self, kind: str, name: str, verdict: Refused, action: Change | None = None) -> None:
        if name:
            self._refused.add(name)
        self._record.refuse(kind, name, verdict.reason, action=action, tried=verdict.tried)

    def _remove_others(self) -> None:
        """Removes what the incumbent has, is not frozen and was not written again."""
        for function in self._incumbent.functions:
            if function.frozen or function.name in self._standing:
                continue
            why = "its new version was refused" if function.name in self._refused else "it was not written again"
            removal = RemoveFunction(name=function.name, reason=why)
            self._record.admit(removal, Admitted(parameters=removal.apply(self._record.candidate)))
