"""The honest gate: a paired test over tasks, which may ask for more repeats before it decides.

undecided, more repeats ─► … ─► accept (p at most the look's level)
                              └► reject (the mean is no better, or still undecided at the last look)

Example:
    >>> PairedGate(level=0.10, level_per_run=0.20, decisions=10).level
    0.02
"""

from toolwright.base import digest_of
from toolwright.errors import ConfigError
from toolwright.evaluations import Evaluation
from toolwright.protocols import Verdict
from toolwright.training.gates.differences import figures, noise_of, score_differences
from toolwright.training.gates.looks import Look, Looks


class PairedGate:
    """Accepts a candidate that a paired one-sided test over the tasks shows to be better.

    Args:
        level: The chance, at the most, to accept a candidate that is no better, in one decision with all its looks;
            0.002 to below 1.
        level_per_run: The same for a whole training; None for no such bound.
        decisions: How many decisions a training makes, its epochs; for `level_per_run` alone.
        repeats: Repeats of each task a candidate is first evaluated with.
        max_repeats: Repeats of each task to buy for a candidate that is undecided, at the most.

    Attributes:
        level: The level of a decision as it holds: `level`, or less where `level_per_run` says so.

    Raises:
        ConfigError: The resulting level or the repeats are out of range.
    """

    def __init__(
        self,
        level: float = 0.10,
        *,
        level_per_run: float | None = None,
        decisions: int = 10,
        repeats: int = 1,
        max_repeats: int = 5,
    ) -> None:
        if decisions < 1:
            raise ConfigError(f"decisions is {decisions}; it must be at least 1")
        self.level = level if level_per_run is None else min(level, level_per_run / decisions)
        self.looks = Looks(self.level, repeats=repeats, max_repeats=max_repeats)

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        """Decides on the repeats both evaluations have, or says how many it wants."""
        look = self.looks.at(min(incumbent.repeats, candidate.repeats))
        if look is None:
            first = self.looks.all[0].repeats
            return Verdict(decision="undecided", reason=f"the first look reads {first} repeats", repeats=first)
        differences = score_differences(incumbent, candidate, look.repeats)
        said = figures(incumbent, candidate, look.repeats)
        noise = noise_of(incumbent)
        if len(differences) < self.looks.fewest_tasks:
            return Verdict(
                decision="reject", reason=f"not shown to be better: {said}{_too_few(differences)}", noise=noise
            )
        return self._tested(differences, look, _seed(incumbent, candidate, look), said).model_copy(
            update={"noise": noise}
        )

    def _tested(self, differences: list[float], look: Look, seed: int, said: str) -> Verdict:
        import numpy as np  # noqa: PLC0415 - half a second with scipy, only where a decision is made

        from toolwright.training.gates.sign_flip import SignFlips, settle  # noqa: PLC0415 - as above

        flips = SignFlips(len(differences), seed)
        row = np.asarray([differences])
        ((decision, p_value),) = settle(row, look.level, last=look.next is None, flips=flips)
        if p_value is None:
            return Verdict(decision=decision, reason=f"no better: {said}", level=look.level)
        held = f"p = {p_value:.4f}, level {look.level:.4f}"
        if decision == "accept":
            reason = f"better: {said}, {held}"
        elif decision == "undecided":
            reason = f"perhaps better: {said}, {held}; {look.next} repeats of each task may tell"
        else:
            reason = f"still undecided at the last look, which counts as rejected: {said}, {held}"
        return Verdict(
            decision=decision, reason=reason, p_value=p_value, level=look.level, repeats=_wanted(decision, look)
        )


def _wanted(decision: str, look: Look) -> int | None:
    return look.next if decision == "undecided" else None


def _too_few(differences: list[float]) -> str:
    return (
        f"; {len(differences)} tasks are too few for this level, even one better on each of them could not be accepted"
    )


def _seed(incumbent: Evaluation, candidate: Evaluation, look: Look) -> int:
    """From what is compared, never from a score: the same comparison draws the same signs on every machine."""
    return int(digest_of([incumbent.tasks, incumbent.parameters, candidate.parameters, look.repeats]), 16)
