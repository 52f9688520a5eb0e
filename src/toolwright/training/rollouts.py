"""One scored rollout: the agent runs a task, the scorer judges what it answered; what the run holds is read from it."""

import time
from collections.abc import Sequence
from typing import Final, cast

from toolwright.agents.rollout import LimitReached, RecordingRollout, RolloutLimits, without_target
from toolwright.agents.selection import offer_all
from toolwright.agents.tools import Tool
from toolwright.errors import (
    BudgetReached,
    ConfigError,
    DataError,
    ModelError,
    ModelUnavailable,
    RequestRefused,
    SandboxError,
    ToolwrightError,
    leaf_of,
)
from toolwright.evaluations import Result, Score
from toolwright.functions import FunctionSet
from toolwright.parameters import Parameters
from toolwright.protocols import Agent, CallSite, Journal, Model, Role, SampleKey, Sandbox, Scorer, Selector
from toolwright.tasks import Task
from toolwright.trajectories import FAULTLESS, EndReason, Trajectory

SCORER_RAISED: Final = "scorer_raised"
"""The detail of a score that says what its scorer raised."""


class ScorerFailed(ToolwrightError):  # noqa: N818 - it says what happened
    """The scorer can score nothing: it cannot begin, or it raised on every task."""


class Rollouts:
    """Everything a rollout needs but parameters and task.

    Args:
        agent: Answers one task.
        scorer: Judges an answer.
        model: The agent's model.
        sandbox: Where functions run.
        journal: Where outcomes and scored rollouts are kept.
        tools: The user's tools, offered beside the functions.
        select: Which functions are offered for a task.
        limits: What one rollout may use.
        role: For whom its requests count: "optimizer" where the agent makes functions for another.
        agent_digest: Identifies the agent, its model, tools and limits; rollouts are read again under it.
        scorer_digest: Identifies the scorer in the same way.
    """

    def __init__(
        self,
        agent: Agent,
        scorer: Scorer,
        *,
        model: Model,
        sandbox: Sandbox,
        journal: Journal,
        tools: Sequence[Tool] = (),
        select: Selector = offer_all,
        limits: RolloutLimits | None = None,
        role: Role = "agent",
        agent_digest: str = "",
        scorer_digest: str = "",
    ) -> None:
        self._agent, self.scorer = agent, scorer
        self._model, self._sandbox, self._journal = model, sandbox, journal
        self._tools, self._select, self._limits = tuple(tools), select, limits
        self._role: Role = role
        self._agent_digest = agent_digest or agent.name
        self._scorer_digest = scorer_digest or scorer.name

    def kept(self, parameters: Parameters, task: Task, repeat: int) -> Result | None:
        """The scored rollout the run has of this sample, None where it has none."""
        return self._journal.result(self._key(parameters, task, repeat))

    async def run(self, parameters: Parameters, task: Task, repeat: int, split: str) -> Result:
        """Runs and scores one sample; where a fault that is not the agent's ended it, it has no score.

        Raises:
            ModelError: The model cannot be asked at all.
            ScorerFailed: The scorer says that it can score nothing.
        """
        trajectory = await self._trajectory(parameters, task, repeat, split)
        if trajectory.end not in FAULTLESS:
            return Result(trajectory=trajectory, score=None)
        score = await self._score(task, trajectory)
        result = Result(trajectory=trajectory, score=score)
        if SCORER_RAISED not in score.details:
            self.keep(parameters, task, repeat, result)
        return result

    def keep(self, parameters: Parameters, task: Task, repeat: int, result: Result) -> None:
        """Keeps a scored rollout; one whose scorer raised once it is known that not all of them did."""
        if self.kept(parameters, task, repeat) is None:
            self._journal.keep_result(self._key(parameters, task, repeat), result)

    def _key(self, parameters: Parameters, task: Task, repeat: int) -> SampleKey:
        return SampleKey(
            parameters=parameters.digest,
            agent=self._agent_digest,
            scorer=self._scorer_digest,
            task=task.digest,
            repeat=repeat,
        )

    async def _trajectory(self, parameters: Parameters, task: Task, repeat: int, split: str) -> Trajectory:
        """One rollout; whatever the agent raises ends it and nothing else."""
        began = time.monotonic()
        shown = without_target(task)
        site = CallSite(role=self._role, purpose=split, parameters=parameters.digest, task=task.id, repeat=repeat)
        rollout = RecordingRollout(
            shown,
            site,
            self._offered(shown, parameters),
            model=self._model,
            sandbox=self._sandbox,
            journal=self._journal,
            tools=self._tools,
            limits=self._limits,
        )
        async with rollout:
            try:
                answer = _checked_answer(await self._agent.run(shown, rollout))
                fault = rollout.fault
            except (Exception, SystemExit) as error:  # noqa: BLE001 - an agent is anybody's code
                answer, fault = None, rollout.fault or error
        made = rollout.trajectory(answer, "answer") if fault is None else rollout.trajectory(None, *_end_of(fault))
        return made.model_copy(update={"seconds": round(time.monotonic() - began, 3)})

    def _offered(self, task: Task, parameters: Parameters) -> FunctionSet:
        try:
            offered = cast("object", self._select(task, parameters))
        except Exception as error:
            raise ToolwrightError(f"select failed on task {task.id!r}: {type(error).__name__}: {error}") from error
        if not isinstance(offered, FunctionSet):
            raise ToolwrightError(f"select returned {offered!r:.80} for task {task.id!r}; return a FunctionSet")
        return offered

    async def _score(self, task: Task, trajectory: Trajectory) -> Score:
        """The scorer's judgement; an answer it raises on is not right, nor one to a task that it finds wrong."""
        try:
            return await self.scorer.score(task, trajectory)
        except (ModelError, BudgetReached):  # of a scorer that asks a model
            raise
        except Exception as error:
            if isinstance(error, ToolwrightError) and not isinstance(error, DataError | ConfigError):
                raise ScorerFailed(str(error)) from error
            text = f"{type(error).__name__}: {error}"
            return Score(value=0.0, reason=f"the scorer raised {text}", details={SCORER_RAISED: text})


def _checked_answer(answer: object) -> str | None:
    if answer is None or isinstance(answer, str):
        return answer
    raise TypeError(f"the agent returned {answer!r:.80}; return a text, or None for no answer")


def _end_of(error: BaseException) -> tuple[EndReason, str]:
    """Why a rollout ended with this error; raises what no rollout can answer for."""
    match leaf := leaf_of(error):
        case LimitReached():
            return leaf.end, str(leaf)
        case BudgetReached():
            return "budget", str(leaf)
        case ModelUnavailable():
            return "provider", str(leaf)
        case SandboxError():
            return "sandbox", str(leaf)
        case RequestRefused():
            return "agent_error", str(leaf)
        case ModelError() | ToolwrightError():
            raise leaf
        case _:
            return "agent_error", f"{type(leaf).__name__}: {leaf}"
