"""Accuracy is not all: a gate that also accepts a candidate that is no worse in score and costs less.

gate on score ─┬─ accept
               └─ else ─► surely no worse by the margin? cheaper as wanted? ─► accept, more repeats, or reject

"No worse" is a lower confidence bound of the score difference above -margin. Twenty tasks that all came out equal do
not prove a difference below two points, as one lost task in ten would often not show among twenty: the bound knows
that.

Example:
    >>> round(lowest_difference([0.0] * 20, level=0.10), 2), round(lowest_difference([0.0] * 200, level=0.10), 3)
    (-0.14, -0.015)
"""

import math
from collections.abc import Sequence

from toolwright.base import digest_of
from toolwright.errors import ConfigError
from toolwright.evaluations import Evaluation
from toolwright.protocols import Gate, Verdict
from toolwright.training.gates.differences import Cost, cost_by_task, figures, noise_of, score_differences
from toolwright.training.gates.looks import Look, Looks


def lowest_difference(differences: Sequence[float], level: float) -> float:
    """A lower confidence bound of the mean score difference over all tasks like these.

    The mean difference is the mean gain less the mean loss. Each has its exact (Clopper-Pearson) bound by
    `scipy.stats.binomtest`, at half the level, so that together they err no more often than the level. Parts of a task
    lost are rounded up to whole tasks, parts gained down.

    Args:
        differences: One a task, -1 to 1: candidate's less incumbent's mean score; at least one.
        level: The chance that the bound is above the truth, above 0 and below 1.

    Returns:
        -1 to 1.
    """
    from scipy.stats import binomtest  # noqa: PLC0415 - half a second, only where a decision is made

    lost = math.ceil(-math.fsum(min(d, 0.0) for d in differences) - 1e-9)
    gained = math.floor(math.fsum(max(d, 0.0) for d in differences) + 1e-9)
    count = len(differences)
    most_lost = binomtest(lost, count).proportion_ci(1 - level, method="exact").high
    least_gained = binomtest(gained, count).proportion_ci(1 - level, method="exact").low
    return float(least_gained - most_lost)


class ScoreThenCost:
    """Accepts what the gate on score accepts, else what is non-inferior in score and cheaper.

    Cheaper is both: by at least `saving` on these tasks, and by the paired test at the look's level (so that chance in
    what rollouts cost is no saving). Where only the score is open, it asks for more repeats at looks of its own, like
    the paired gate's.

    Args:
        gate: Decides on score.
        margin: How much worse a cheaper candidate may score, 0 to 1: 0.02 are two points.
        cost: What it must save.
        saving: The share of the incumbent's cost per task that it must save, above 0 and below 1.
        level: The chance, at the most, to call a candidate non-inferior that is worse by the margin, and the same for
            cheaper; 0.002 to below 1.
        repeats: Repeats of each task a candidate is first evaluated with.
        max_repeats: Repeats of each task to buy, at the most.

    Raises:
        ConfigError: An argument is out of its range.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        margin: float = 0.02,
        cost: Cost = "tokens",
        saving: float = 0.1,
        level: float = 0.10,
        repeats: int = 1,
        max_repeats: int = 5,
    ) -> None:
        if not (0 <= margin < 1 and 0 < saving < 1):
            raise ConfigError(f"margin is {margin:g} and saving {saving:g}; both must lie between 0 and 1")
        self.gate, self.margin, self.saving = gate, margin, saving
        self.cost: Cost = cost
        self.looks = Looks(level, repeats=repeats, max_repeats=max_repeats)

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        """Decides on score first, then on cost."""
        on_score = self.gate.decide(incumbent, candidate)
        look = self.looks.at(min(incumbent.repeats, candidate.repeats))
        if on_score.decision == "accept" or look is None:
            return on_score
        on_cost = self._on_cost(incumbent, candidate, look)
        if on_cost.decision == "accept" or on_score.decision == "reject" == on_cost.decision:
            reason = on_cost.reason if on_cost.decision == "accept" else f"{on_score.reason}; {on_cost.reason}"
            return on_cost.model_copy(update={"reason": reason, "p_value": on_score.p_value})
        return on_score if on_score.decision == "undecided" else on_cost

    def doubt(self, tasks: int) -> str:
        """Says where so few tasks cannot show a candidate to be no worse by the margin if all of them tie; else ""."""
        shown = lowest_difference([0.0] * tasks, self.looks.highest)
        return f"{tasks} tasks that all tie show {-shown:.1%} at best" if shown <= -self.margin else ""

    def _on_cost(self, incumbent: Evaluation, candidate: Evaluation, look: Look) -> Verdict:
        saved, cheaper = self._saved(incumbent, candidate, look)
        spent = f"{saved:.0%} fewer {self.cost} a task" if saved >= 0 else f"{-saved:.0%} more {self.cost} a task"
        said = f"{spent}, {self.saving:.0%} {'' if saved >= 0 else 'fewer '}wanted"
        noise = noise_of(incumbent)
        if not cheaper:
            return Verdict(decision="reject", reason=f"not cheaper: {said}", level=look.level, noise=noise)
        sums = score_differences(incumbent, candidate, look.repeats)
        differences = [value / look.repeats for value in sums]
        lowest = lowest_difference(differences, look.level)
        bound = f"at worst {lowest:+.1%} (lower bound at level {look.level:.4f}), {-self.margin:+.1%} allowed"
        what = f"{said}; score {figures(incumbent, candidate, look.repeats)}, {bound}"
        if lowest > -self.margin:
            return Verdict(decision="accept", reason=f"no worse and cheaper: {what}", level=look.level, noise=noise)
        wanted = look.next if self._may_yet(differences) else None
        if wanted is None:
            doubt = self.doubt(len(differences))
            reason = f"cheaper, but not shown to be no worse: {what}{doubt and f'; {doubt}'}"
            return Verdict(decision="reject", reason=reason, level=look.level, noise=noise)
        reason = f"cheaper, perhaps no worse: {what}; {wanted} repeats of each task may tell"
        return Verdict(decision="undecided", reason=reason, level=look.level, noise=noise, repeats=wanted)

    def _saved(self, incumbent: Evaluation, candidate: Evaluation, look: Look) -> tuple[float, bool]:
        """The share saved, and whether it is as much as wanted and more than chance."""
        import numpy as np  # noqa: PLC0415 - half a second with scipy, only where a decision is made

        from toolwright.training.gates.sign_flip import SignFlips, settle  # noqa: PLC0415 - as above

        before, after = (cost_by_task(evaluation, look.repeats, self.cost) for evaluation in (incumbent, candidate))
        total = math.fsum(before.values())
        saved = 1 - math.fsum(after.values()) / total if total else 0.0
        if saved < self.saving:
            return saved, False
        seed = int(digest_of([incumbent.tasks, incumbent.parameters, candidate.parameters, self.cost]), 16)
        differences = np.asarray([[used - after[task] for task, used in before.items()]])
        ((decision, _),) = settle(differences, look.level, last=True, flips=SignFlips(len(before), seed))
        return saved, decision == "accept"

    def _may_yet(self, differences: list[float]) -> bool:
        """Whether more repeats could show it: not where the mean itself is too low, or losing nothing would not do."""
        if math.fsum(differences) / len(differences) <= -self.margin:
            return False
        return lowest_difference([max(d, 0.0) for d in differences], self.looks.highest) > -self.margin
