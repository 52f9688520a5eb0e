"""The failure record: rejected parameters with their scores, shown to the optimizer, emptied on the next acceptance.

Source: paper, Algorithm 2 and section 2.2.
"""

from pydantic import Field

from toolwright.base import Frozen
from toolwright.parameters import Parameters


class Failure(Frozen):
    """One rejected candidate.

    Attributes:
        epoch: When it was rejected.
        parameters: What was rejected.
        score: Its mean score on the training tasks, 0 to 1.
        verdict: Why the gate rejected it.
        against: The incumbent's mean score on the same batch; None where every epoch has all training tasks.
    """

    epoch: int
    parameters: Parameters
    score: float = Field(ge=0, le=1)
    verdict: str
    against: float | None = None


class FailureRecord(Frozen):
    """Rejected candidates since the last acceptance, in order of rejection."""

    failures: tuple[Failure, ...] = ()

    def with_failure(self, failure: Failure) -> "FailureRecord":
        """The record with one more failure."""
        return FailureRecord(failures=(*self.failures, failure))

    def ascending(self) -> tuple[Failure, ...]:
        """The failures by score, lowest first, on batches by what they lacked; the earlier of equals first."""
        return tuple(sorted(self.failures, key=lambda failure: failure.score - (failure.against or 0.0)))
