"""The best case: whether a candidate that scores 1 on every task, at no cost, could be accepted; the gate itself says.

A race asks it of a candidate under way, whose missing rollouts count as perfect; the training loop asks it before each
step, of a candidate that nobody has proposed yet, and asks no optimizer where even that one would be rejected.

Example:
    >>> from toolwright.training.gates import StrictImprovement
    >>> solved = Evaluation(parameters="p", tasks="t", split="train", results=(perfect("t1", 0, "p"),))
    >>> nothing_to_gain(StrictImprovement(), solved, repeats=1)
    'the incumbent scores 1 on every task the gate reads'
"""

from collections.abc import Mapping

from toolwright.evaluations import Evaluation, Result, Score
from toolwright.protocols import Gate, Verdict
from toolwright.training.gates import is_ours
from toolwright.trajectories import Trajectory

Sample = tuple[str, int]
"""A task's id and a repeat."""


class BestCase:
    """The best that can still come of a candidate, and what the gate says of it.

    Args:
        gate: Decides.
        incumbent: The incumbent's evaluation on what the gate reads: the candidate is to be run on the same samples.
        candidate: The candidate's digest, "" for one that is not known yet.
    """

    def __init__(self, gate: Gate, incumbent: Evaluation, candidate: str = "") -> None:
        self._gate, self._incumbent, self._candidate = gate, incumbent, candidate
        samples = [(result.trajectory.task_id, result.trajectory.repeat) for result in incumbent.results]
        self._missing = {(task, repeat): perfect(task, repeat, candidate) for task, repeat in samples}

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self._missing)

    def verdict(self, found: Mapping[Sample, Result] | None = None) -> Verdict:
        """The gate's decision where `found` is what has come so far and the rest is perfect."""
        results = tuple((self._missing | dict(found or {})).values())
        best = self._incumbent.model_copy(update={"parameters": self._candidate, "results": results})
        return self._gate.decide(self._incumbent, best)


def perfect(task: str, repeat: int, parameters: str) -> Result:
    """A rollout that scores 1 and costs nothing."""
    return Result(
        trajectory=Trajectory(task_id=task, repeat=repeat, parameters=parameters),
        score=Score(value=1.0),
    )


def nothing_to_gain(gate: Gate, incumbent: Evaluation, repeats: int) -> str:
    """Why no candidate could be accepted, whatever it were; "" where one could, or where nobody can tell.

    Follows a contest from look to look, as far as the incumbent has the samples: what it would score on further ones
    is open. A gate of the user's own is not asked, as it may count what it is asked.

    Args:
        gate: Decides.
        incumbent: The incumbent's evaluation on what the gate reads, with all its samples.
        repeats: Samples of each task a candidate is first evaluated with.
    """
    if not is_ours(gate):
        return ""
    while True:
        verdict = BestCase(gate, incumbent.first(repeats)).verdict()
        wanted = verdict.repeats or 0
        buys = verdict.decision == "undecided" and wanted > repeats
        if not buys or wanted > incumbent.repeats:
            break
        repeats = wanted
    if buys or verdict.decision == "accept":
        return ""
    if incumbent.first(repeats).mean == 1.0:
        return "the incumbent scores 1 on every task the gate reads"
    return f"even one that scored 1 on every task the gate reads would be rejected ({verdict.reason})"
