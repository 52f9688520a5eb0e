"""What only a run's events tell: how often the sealed test was read, what screening took, what went wrong and passed.

Example:
    >>> told_by([TestOpened(times=1, forced=False), TestOpened(times=2, forced=True)]).forced
    1
"""

from collections.abc import Iterable

from toolwright.base import Frozen
from toolwright.events import Event, ModelRetried, ProposalsScreened, ProviderResumed, TestOpened
from toolwright.runs.store import RunStore


class Told(Frozen):
    """What a run's events tell.

    Attributes:
        openings: How often the sealed test was opened.
        forced: How many of them were forced.
        screening: Requests that the screening of proposals took.
        retries: Requests that were sent again.
        outages: How often a provider was out and came back.
        out_seconds: For how long, all together.
    """

    openings: int = 0
    forced: int = 0
    screening: int = 0
    retries: int = 0
    outages: int = 0
    out_seconds: float = 0.0


def told_of(store: RunStore) -> Told:
    """What a run's events tell: those of its training, and every reading of its sealed test."""
    return told_by(
        timed.event
        for timed in store.events(without=["rollout_finished"])
        if timed.session == "training" or isinstance(timed.event, TestOpened)
    )


def told_by(events: Iterable[Event]) -> Told:
    """Adds up a run's events."""
    opened: list[TestOpened] = []
    screening, retries, out = 0, 0, list[float]()
    for event in events:
        match event:
            case TestOpened():
                opened.append(event)
            case ProposalsScreened():
                screening += event.requests
            case ModelRetried():
                retries += 1
            case ProviderResumed():
                out.append(event.seconds)
            case _:
                pass
    return Told(
        openings=len(opened),
        forced=sum(event.forced for event in opened),
        screening=screening,
        retries=retries,
        outages=len(out),
        out_seconds=sum(out),
    )
