"""What a step came to so far: its candidate, and what was admitted and refused on the way, each told as it happens.

Example:
    record = StepRecord(context, events)
    record.admit(action, verdict)
    record.result("terminated").candidate
"""

from toolwright.events import ActionAdmitted, ActionRefused, TriedCall
from toolwright.optimizer.actions import Change, written
from toolwright.optimizer.admission import Admitted
from toolwright.optimizer.step import ProposedAction, StepContext, StepEnd, StepResult
from toolwright.parameters import Parameters
from toolwright.protocols import EventSink


class StepRecord:
    """Keeps the candidate and tells what changes it, and what does not.

    Args:
        context: What the step starts from.
        events: Is told what happens.

    Attributes:
        candidate: The parameters with what was admitted so far.
    """

    def __init__(self, context: StepContext, events: EventSink) -> None:
        self._context, self._events = context, events
        self._actions: list[ProposedAction] = []
        self._refused: list[ProposedAction] = []
        self.candidate: Parameters = context.incumbent

    @property
    def admitted(self) -> int:
        """Actions admitted so far."""
        return len(self._actions)

    def result(self, end: StepEnd) -> StepResult:
        """What the step gives, as far as it came."""
        return StepResult(candidate=self.candidate, actions=tuple(self._actions), refused=tuple(self._refused), end=end)

    def admit(self, action: Change, verdict: Admitted) -> None:
        """Takes an action into the candidate."""
        self.candidate = verdict.parameters
        self._keep(
            self._actions,
            ActionAdmitted(
                epoch=self._context.epoch,
                proposal=self._context.proposal,
                action=action.kind,
                function=action.name,
                reason=action.reason,
                notes=verdict.notes,
                proposed=written(action),
                tried=verdict.tried,
            ),
        )

    def refuse(
        self,
        called: str,
        function: str,
        reason: str,
        *,
        action: Change | None = None,
        tried: tuple[TriedCall, ...] = (),
    ) -> None:
        """Leaves out what a call asked for; `called` is its name, "none" of a reply that held no call."""
        self._keep(
            self._refused,
            ActionRefused(
                epoch=self._context.epoch,
                proposal=self._context.proposal,
                action=called[:80],
                function=function,
                reason=reason,
                stated=action.reason if action else "",
                proposed=written(action) if action else None,
                tried=tried,
            ),
        )

    def _keep(self, kept: list[ProposedAction], event: ActionAdmitted | ActionRefused) -> None:
        kept.append(ProposedAction(action=event.action, function=event.function, reason=event.reason))
        self._events.emit(event)
