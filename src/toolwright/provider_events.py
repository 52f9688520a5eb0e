"""What happens between a run and its models' providers, as typed values; `events` has all events there are."""

from typing import Literal

from toolwright.base import Frozen


class ModelRetried(Frozen):
    """A request to a model failed and is tried again after `wait` seconds."""

    kind: Literal["model_retried"] = "model_retried"
    role: str
    attempt: int
    fault: str
    wait: float


class ProviderPaused(Frozen):
    """A provider is out, or its rate limit lets nothing through.

    The next single try goes out after `wait` seconds. Emitted at the beginning of each wait; `since` is how many
    seconds the outage has lasted so far.
    """

    kind: Literal["provider_paused"] = "provider_paused"
    role: str
    fault: str
    wait: float
    since: float


class ProviderResumed(Frozen):
    """A provider answers again, after `seconds` of outage."""

    kind: Literal["provider_resumed"] = "provider_resumed"
    role: str
    seconds: float


class PaceWaited(Frozen):
    """A rate of the configuration's own, which no provider knows of, keeps a request back for `wait` seconds.

    `limit` is "requests_per_minute = 60", say. Told of long waits, and again where one got much longer or shorter;
    a wait of 0, of no limit, says that it is over.
    """

    kind: Literal["pace_waited"] = "pace_waited"
    role: str
    limit: str
    wait: float
