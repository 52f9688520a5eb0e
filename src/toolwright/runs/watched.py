"""A journal that tells of what it is given to keep, just when it happens: trackers follow single requests and calls.

What is read from the journal happened before and is not told.
"""

import time

from toolwright.evaluations import Result
from toolwright.events import CallFinished, ModelReplied
from toolwright.messages import ModelRequest, Reply, Usage
from toolwright.protocols import CallSite, EventSink, Journal, SampleKey
from toolwright.trajectories import Outcome


class WatchedJournal:
    """A run's journal with somebody watching.

    Args:
        inner: The run's.
        events: Is told of every reply and outcome, after it was kept.
    """

    def __init__(self, inner: Journal, events: EventSink) -> None:
        self._inner, self._events = inner, events
        self._asked: dict[str, float] = {}

    def reply(self, site: CallSite, request: ModelRequest) -> Reply | None:
        """The reply kept for the site; where there is none, it is asked for from now on."""
        kept = self._inner.reply(site, request)
        if kept is None:
            self._asked[site.key] = time.monotonic()
        return kept

    def keep_reply(self, site: CallSite, request: ModelRequest, reply: Reply) -> None:
        """Keeps a reply and tells of it."""
        self._inner.keep_reply(site, request, reply)
        now = time.monotonic()
        self._events.emit(
            ModelReplied(
                **site.model_dump(),
                model=reply.model,
                finish=reply.finish,
                usage=reply.usage,
                seconds=now - self._asked.pop(site.key, now),
            )
        )

    def keep_usage(self, site: CallSite, usage: Usage) -> None:
        """Keeps what a request used that brought no reply; of its retry, or of the lost race, others tell."""
        self._inner.keep_usage(site, usage)

    def outcome(self, site: CallSite, index: int) -> Outcome | None:
        """The outcome kept for the site's call of that index."""
        return self._inner.outcome(site, index)

    def keep_outcome(self, site: CallSite, index: int, name: str, outcome: Outcome) -> None:
        """Keeps a call's outcome and tells of it."""
        self._inner.keep_outcome(site, index, name, outcome)
        told = outcome.model_dump(include={"status", "error", "seconds"})
        self._events.emit(CallFinished(**site.model_dump(), index=index, name=name, **told))

    def result(self, key: SampleKey) -> Result | None:
        """The scored rollout kept for a sample."""
        return self._inner.result(key)

    def keep_result(self, key: SampleKey, result: Result) -> None:
        """Keeps a scored rollout."""
        self._inner.keep_result(key, result)
