"""The gate: accepts a candidate only where it is strictly better (paper, Algorithm 2).

Example:
    >>> StrictImprovement(ties="accept").ties
    'accept'
"""

from typing import Literal

from toolwright.evaluations import Evaluation
from toolwright.protocols import Verdict


class StrictImprovement:
    """Compares mean scores.

    Args:
        ties: What to do where both are equal: "reject" (the paper) or "accept" (its released code).
    """

    def __init__(self, ties: Literal["reject", "accept"] = "reject") -> None:
        self.ties = ties

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        """Accept or reject, never undecided."""
        before, after = incumbent.mean, candidate.mean
        figures = f"{after:.3f} against {before:.3f} on {candidate.split}"
        if after > before:
            return Verdict(decision="accept", reason=f"better: {figures}")
        if after == before and self.ties == "accept":
            return Verdict(decision="accept", reason=f"as good, and ties are accepted: {figures}")
        return Verdict(decision="reject", reason=f"{'as good' if after == before else 'worse'}: {figures}")
