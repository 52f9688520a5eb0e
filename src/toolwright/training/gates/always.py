"""The gate that is none: every candidate is accepted, nothing rolled back (the paper's ablation, Table 3).

A training under it has no early stop either: it runs all its epochs, and its best parameters are its last ones.

Example:
    >>> from toolwright.evaluations import Evaluation
    >>> nothing = Evaluation(parameters="p", tasks="t", split="train", results=())
    >>> AlwaysAccept().decide(nothing, nothing).reason
    'kept without being compared: 0.000 after 0.000 on train'
"""

from toolwright.evaluations import Evaluation
from toolwright.protocols import Verdict


class AlwaysAccept:
    """Accepts whatever it is asked about, however it scores."""

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        """Accept; the means are told, and decide nothing."""
        figures = f"{candidate.mean:.3f} after {incumbent.mean:.3f} on {candidate.split}"
        return Verdict(decision="accept", reason=f"kept without being compared: {figures}")
