"""The paper's gate: accepts a candidate only where its mean score is strictly better (Algorithm 2).

Example:
    >>> StrictImprovement(ties="accept").ties
    'accept'
"""

from typing import Literal

from toolwright.evaluations import Evaluation
from toolwright.protocols import Verdict
from toolwright.training.gates.differences import noise_of


class StrictImprovement:
    """Compares mean scores; on a noisy agent chance alone passes it often (docs/gate.md has the figures).

    Args:
        ties: What to do where both are equal: "reject" (the paper) or "accept" (its released code).
    """

    def __init__(self, ties: Literal["reject", "accept"] = "reject") -> None:
        self.ties = ties

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        """Accept or reject, never undecided."""
        before, after = incumbent.mean, candidate.mean
        figures = f"{after:.3f} against {before:.3f} on {candidate.split}"
        noise = noise_of(incumbent)
        if after > before:
            return Verdict(decision="accept", reason=f"better: {figures}", noise=noise)
        if after == before and self.ties == "accept":
            return Verdict(decision="accept", reason=f"as good, and ties are accepted: {figures}", noise=noise)
        reason = f"{'as good' if after == before else 'worse'}: {figures}"
        return Verdict(decision="reject", reason=reason, noise=noise)
