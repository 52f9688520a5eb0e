"""The optimizer's steps: what each was asked, said and did, and what came of it.

Example:
    with RunFolder.read(path) as folder:
        steps = Steps.read(folder)
        steps.document().steps[0].came_to
        steps.step("1-0", longest=20_000).said
"""

import re
from collections.abc import Iterable
from typing import Final, Self, cast

from pydantic import JsonValue

from toolwright.events import (
    ActionAdmitted,
    ActionRefused,
    CodeRun,
    Event,
    HistoryShortened,
    StepFinished,
    StepStarted,
)
from toolwright.messages import Usage
from toolwright.recordings import Entry
from toolwright.report.documents.optimizer.conversations import conversation, is_reply
from toolwright.report.documents.optimizer.values import OptimizerDocument, StepDocument, StepSummary
from toolwright.report.documents.shortening import shortened, shortened_json
from toolwright.report.proposals import EpochDecision, came_to, epoch_decisions
from toolwright.runs.folder import RunFolder

MAX_EVENTS: Final = 500
"""Events of a step that are shown; one reply of a model can be refused any number of times."""

MAX_HISTORY: Final = 2_000
"""Characters of what a step's history left out."""

_PURPOSE: Final = re.compile(r"step (\d{1,9})( within \d+ tokens)?")

StepEvent = StepStarted | HistoryShortened | CodeRun | ActionAdmitted | ActionRefused | StepFinished


class _Step:
    """One step's events, and the replies and refusals of its requests, in their order."""

    def __init__(self) -> None:
        self.events: list[StepEvent] = []
        self.replies: list[Entry] = []

    def count(self, kind: type[ActionAdmitted | ActionRefused]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    @property
    def end(self) -> str:
        return next((event.end for event in self.events if isinstance(event, StepFinished)), "")

    @property
    def left_out(self) -> str:
        """What the history left out, and how much shorter it was sent again."""
        begun = [event.history for event in self.events if isinstance(event, StepStarted) and event.history]
        again = [f"did not fit and was sent again within {tokens:,} tokens" for tokens in self._shortened()]
        return shortened("; ".join([*begun[:1], *again]), MAX_HISTORY)

    def _shortened(self) -> list[int]:
        return [event.tokens for event in self.events if isinstance(event, HistoryShortened)]


class Steps:
    """The steps of a run, read once."""

    def __init__(self, events: Iterable[Event], replies: Iterable[Entry]) -> None:
        """Sorts a training's events, and what the optimizer's model was asked, by step."""
        told = list(events)
        self._decided: dict[int, EpochDecision] = epoch_decisions(told)
        self._steps: dict[tuple[int, int], _Step] = {}
        for event in told:
            if isinstance(event, StepEvent):
                self._of(event.epoch, event.proposal).events.append(event)
        for entry in replies:
            if purpose := _PURPOSE.fullmatch(entry.site.purpose):
                self._of(int(purpose[1]), entry.site.repeat).replies.append(entry)

    @classmethod
    def read(cls, folder: RunFolder) -> Self:
        """Reads the steps of a run, also while it goes on.

        Raises:
            RunError: The run is damaged.
        """
        events = (
            timed.event for timed in folder.store.events(without=["rollout_finished"]) if timed.session == "training"
        )
        return cls(events, folder.store.requests("optimizer"))

    def _of(self, epoch: int, proposal: int) -> _Step:
        return self._steps.setdefault((epoch, proposal), _Step())

    def document(self) -> OptimizerDocument:
        """All steps, a line each."""
        return OptimizerDocument(steps=tuple(self._summary(*key) for key in sorted(self._steps)))

    def _summary(self, epoch: int, proposal: int) -> StepSummary:
        step = self._steps[epoch, proposal]
        return StepSummary(
            name=f"{epoch}-{proposal}",
            epoch=epoch,
            proposal=proposal,
            replies=sum(map(is_reply, step.replies)),
            actions=step.count(ActionAdmitted),
            refused=step.count(ActionRefused),
            end=step.end or "not ended",
            came_to=self._came_to(epoch, proposal, step),
            left_out=step.left_out,
            usage=sum((entry.reply.usage for entry in step.replies), Usage()),
        )

    def _came_to(self, epoch: int, proposal: int, step: _Step) -> str:
        if step.end and not step.count(ActionAdmitted):
            return "no action"
        return came_to(self._decided.get(epoch), proposal)

    def step(self, name: str, longest: int) -> StepDocument:
        """One step in full.

        Args:
            name: "EPOCH-PROPOSAL", as in the summary.
            longest: Characters a text may have before it is cut in the middle.

        Raises:
            KeyError: There is no step of this name.
        """
        steps = {f"{epoch}-{proposal}": step for (epoch, proposal), step in self._steps.items()}
        step = steps[name]
        talk = conversation(step.replies, longest)
        more = len(step.events) - MAX_EVENTS
        left_out = [f"{more:,} further events are left out"] if more > 0 else []
        return StepDocument(
            name=name,
            said=talk.said,
            events=tuple(_json(event, longest) for event in step.events[:MAX_EVENTS]),
            shortened="; ".join([*([talk.shortened] if talk.shortened else []), *left_out]),
        )


def _json(event: StepEvent, longest: int) -> dict[str, JsonValue]:
    data = cast("JsonValue", event.model_dump())  # as Python: the JSON form cannot hold half a surrogate pair
    return cast("dict[str, JsonValue]", shortened_json(data, longest))
