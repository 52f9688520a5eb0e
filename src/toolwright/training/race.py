"""A race: a candidate's evaluation is stopped as soon as the gate could not accept it, whatever the rest would score.

The gate itself is asked, about the best case: every rollout that is missing scores 1 and costs nothing.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from toolwright.evaluations import Evaluation, Result, Score
from toolwright.parameters import Parameters
from toolwright.protocols import Gate
from toolwright.trajectories import Trajectory

LOOKS: Final = 20
"""How often, at the most, the gate is asked in one evaluation."""


class Race:
    """One candidate's race against the incumbent; its evaluations on all splits stop together.

    Args:
        gate: Decides.
        incumbent: The incumbent's evaluation on what the gate reads: the candidate is to be run on the same samples.
        candidate: The candidate.

    Attributes:
        reason: Why it was stopped, "" while it goes on.
    """

    def __init__(self, gate: Gate, incumbent: Evaluation, candidate: Parameters) -> None:
        self._gate, self._incumbent, self._candidate = gate, incumbent, candidate
        samples = [(result.trajectory.task_id, result.trajectory.repeat) for result in incumbent.results]
        self._missing = {(task, repeat): _perfect(task, repeat, candidate) for task, repeat in samples}
        self._found: dict[tuple[str, int], Result] = {}
        self._under_way: list[asyncio.Task[Any]] = []
        self._asked = 0
        self.reason = ""

    def watch(self, tasks: Sequence["asyncio.Task[Any]"]) -> None:
        """Takes tasks that are cancelled when the race is over."""
        self._under_way += tasks

    def take(self, split: str, result: Result) -> None:
        """Takes in a result; of those that the gate reads it asks the gate now and then."""
        if split != self._incumbent.split or result.score is None:
            return
        self._found[result.trajectory.task_id, result.trajectory.repeat] = result
        if len(self._found) - self._asked >= len(self._missing) / LOOKS and not self.reason:
            self.ask()

    def ask(self) -> None:
        """Asks the gate about the best case; before the first rollout, too, as some incumbents cannot be beaten."""
        self._asked = len(self._found)
        best = self._incumbent.model_copy(
            update={
                "parameters": self._candidate.digest,
                "results": tuple((self._missing | self._found).values()),
            }
        )
        verdict = self._gate.decide(self._incumbent, best)
        if verdict.decision == "reject" and len(self._found) < len(self._missing):
            done = f"{len(self._found)} of {len(self._missing)} rollouts"
            self._stop(f"stopped after {done}: even with a perfect rest, {verdict.reason}")

    def _stop(self, reason: str) -> None:
        self.reason = reason
        for task in self._under_way:
            if task is not asyncio.current_task():
                task.cancel()


def _perfect(task: str, repeat: int, parameters: Parameters) -> Result:
    trajectory = Trajectory(task_id=task, repeat=repeat, parameters=parameters.digest)
    return Result(trajectory=trajectory, score=Score(value=1.0))
