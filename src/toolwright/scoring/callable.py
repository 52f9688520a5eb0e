"""Any Python callable as a scorer.

Example:
    >>> scorer = CallableScorer(lambda task, answer: answer.lower() == str(task.target).lower(), name="lower")
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from numbers import Real

from toolwright.errors import ConfigError
from toolwright.evaluations import Score
from toolwright.scoring.verdicts import NO_ANSWER
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory

Judgement = Score | bool | float
Judge = Callable[[Task, str], Judgement | Awaitable[Judgement]]


class CallableScorer:
    """Scores by `judge(task, answer)`, which returns a number from 0 to 1, a bool or a `Score`.

    A plain function runs in a thread, so it may block. No answer scores 0 without a call.
    """

    def __init__(self, judge: Judge, *, name: str | None = None) -> None:
        self.name: str = name or getattr(judge, "__name__", type(judge).__name__)
        self._judge = judge

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """The callable's judgement.

        Raises:
            ConfigError: The callable returned something else; the message names scorer and task.
            Exception: Whatever the callable raises.
        """
        if trajectory.answer is None:
            return NO_ANSWER
        where = f"scorer {self.name!r}, task {task.id!r}"
        return _as_score(await self._call(task, trajectory.answer), where)

    async def _call(self, task: Task, answer: str) -> object:
        judge = self._judge
        if inspect.iscoroutinefunction(judge) or inspect.iscoroutinefunction(getattr(judge, "__call__", None)):  # noqa: B004 - an object's own call may be async
            judgement = judge(task, answer)
        else:
            judgement = await asyncio.to_thread(judge, task, answer)
        return await judgement if inspect.isawaitable(judgement) else judgement


def _as_score(judgement: object, where: str) -> Score:
    if isinstance(judgement, Score):
        return judgement
    if isinstance(judgement, Real) and 0.0 <= float(judgement) <= 1.0:
        return Score(value=float(judgement))
    raise ConfigError(f"{where}: it returned {judgement!r}; return a number from 0 to 1, a bool or a Score")
