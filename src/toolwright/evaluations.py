"""Scores and evaluations: what came of one `parameters` on one task set. Loss is 1 - mean score."""

import math
from functools import cached_property

from pydantic import Field, JsonValue

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.messages import Usage
from toolwright.trajectories import Trajectory


class Score(Frozen):
    """How good an answer is.

    Attributes:
        value: 0 (wrong) to 1 (right).
        reason: Why, in a sentence.
        details: Anything the scorer wants kept.
    """

    value: float = Field(ge=0.0, le=1.0)
    reason: str = ""
    details: dict[str, JsonValue] = Field(default_factory=dict)


class Result(Frozen):
    """One rollout and its score; no score where the rollout failed for no fault of the agent's."""

    trajectory: Trajectory
    score: Score | None

    @property
    def value(self) -> float:
        """The score's value; 0 where there is none, which only an incomplete evaluation has."""
        return self.score.value if self.score else 0.0


class Evaluation(Frozen):
    """The trajectories and scores of one `parameters` on one task set.

    Attributes:
        parameters: Digest of the parameters.
        tasks: Digest of the task set.
        split: "train", "validation" or "test", or what the caller named it.
        results: One a task and repeat, in task order, then repeat.
        stopped: Why it was stopped before its end (a race), "" where it was not; the rollouts that were not run are
            missing from `results`, and the mean is that of the others.
    """

    parameters: str
    tasks: str
    split: str
    results: tuple[Result, ...]
    stopped: str = ""
    schema_version: int = SCHEMA_VERSION

    @property
    def complete(self) -> bool:
        """Whether every rollout was run and has a score; no gate accepts on less."""
        return not self.stopped and all(result.score is not None for result in self.results)

    @property
    def repeats(self) -> int:
        """How many samples of a task there are, at the most."""
        return max((result.trajectory.repeat for result in self.results), default=-1) + 1

    def first(self, repeats: int) -> "Evaluation":
        """The same with no more than so many samples of a task: two evaluations are compared on equal numbers."""
        if self.repeats <= repeats:
            return self
        return self.model_copy(update={"results": tuple(r for r in self.results if r.trajectory.repeat < repeats)})

    @cached_property
    def mean(self) -> float:
        """Mean score, 0 to 1, of the scored rollouts; 0 where there are none."""
        scored = [result.score.value for result in self.results if result.score is not None]
        return math.fsum(scored) / len(scored) if scored else 0.0  # exact: no order of tasks makes a tie look better

    @property
    def loss(self) -> float:
        """1 - mean score."""
        return 1.0 - self.mean

    @cached_property
    def usage(self) -> Usage:
        """What all its requests used."""
        return sum((result.trajectory.usage for result in self.results), Usage())

    def scores_by_task(self) -> dict[str, list[float]]:
        """The scored values by task id, in order of repeat."""
        scores: dict[str, list[float]] = {}
        for result in self.results:
            if result.score is not None:
                scores.setdefault(result.trajectory.task_id, []).append(result.score.value)
        return scores
