"""A race: a candidate's evaluation is stopped as soon as the gate could not accept it, whatever the rest would score.

The gate itself is asked, about the best case: every rollout that is missing scores 1 and costs nothing.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from toolwright.evaluations import Evaluation, Result
from toolwright.parameters import Parameters
from toolwright.protocols import Gate
from toolwright.training.best_case import BestCase, Sample

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
        self._split, self._best = incumbent.split, BestCase(gate, incumbent, candidate.digest)
        self._found: dict[Sample, Result] = {}
        self._under_way: list[asyncio.Task[Any]] = []
        self._asked = 0
        self.reason = ""

    def watch(self, tasks: Sequence["asyncio.Task[Any]"]) -> None:
        """Takes tasks that are cancelled when the race is over."""
        self._under_way += tasks

    def take(self, split: str, result: Result) -> None:
        """Takes in a result; of those that the gate reads it asks the gate now and then."""
        if split != self._split or result.score is None:
            return
        self._found[result.trajectory.task_id, result.trajectory.repeat] = result
        if len(self._found) - self._asked >= len(self._best) / LOOKS and not self.reason:
            self.ask()

    def ask(self) -> None:
        """Asks the gate about the best case; before the first rollout, too, as some incumbents cannot be beaten."""
        self._asked = len(self._found)
        verdict = self._best.verdict(self._found)
        if verdict.decision == "reject" and len(self._found) < len(self._best):
            done = f"{len(self._found)} of {len(self._best)} rollouts"
            self._stop(f"stopped after {done}: even with a perfect rest, {verdict.reason}")

    def _stop(self, reason: str) -> None:
        self.reason = reason
        for task in self._under_way:
            if task is not asyncio.current_task():
                task.cancel()
