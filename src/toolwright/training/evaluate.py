"""Evaluation: runs an agent with one set of parameters on every task, many at once, and scores what it answers."""

import asyncio
from collections.abc import Sequence
from typing import Final, cast

from toolwright.agents.rollout import LimitReached, RecordingRollout, RolloutLimits, without_target
from toolwright.agents.selection import offer_all
from toolwright.agents.tools import Tool
from toolwright.errors import (
    BudgetReached,
    ModelError,
    ModelUnavailable,
    RequestRefused,
    SandboxError,
    ToolwrightError,
    leaf_of,
)
from toolwright.evaluations import Evaluation, Result, Score
from toolwright.events import EvaluationFinished, EvaluationStarted, RolloutFinished, Warned
from toolwright.functions import FunctionSet
from toolwright.parameters import Parameters
from toolwright.protocols import Agent, CallSite, EventSink, Journal, Model, Sandbox, Scorer, Selector
from toolwright.tasks import Task, TaskSet
from toolwright.trajectories import FAULTLESS, EndReason, Trajectory

SCORER_RAISED: Final = "scorer_raised"
"""The detail of a score that says what its scorer raised."""

ROUNDS: Final = 3
"""How often a rollout is tried that fails for no fault of the agent's."""


class Evaluator:
    """Everything an evaluation needs but parameters and tasks.

    Args:
        agent: Answers one task.
        scorer: Judges an answer.
        model: The agent's model.
        sandbox: Where functions run.
        journal: Where outcomes are kept.
        events: Is told what happens.
        tools: The user's tools, offered beside the functions.
        select: Which functions are offered for a task.
        limits: What one rollout may use.
        repeats: Samples of each task.
        at_once: Rollouts under way at once.
    """

    def __init__(
        self,
        agent: Agent,
        scorer: Scorer,
        *,
        model: Model,
        sandbox: Sandbox,
        journal: Journal,
        events: EventSink,
        tools: Sequence[Tool] = (),
        select: Selector = offer_all,
        limits: RolloutLimits | None = None,
        repeats: int = 1,
        at_once: int = 64,
    ) -> None:
        self._agent, self._scorer = agent, scorer
        self._model, self._sandbox, self._journal, self._events = model, sandbox, journal, events
        self._tools, self._select, self._limits = tuple(tools), select, limits
        self._repeats = repeats
        self._places = asyncio.Semaphore(at_once)

    async def evaluate(self, parameters: Parameters, tasks: TaskSet, split: str, epoch: int = 0) -> Evaluation:
        """Runs and scores every task; what failed for want of a provider or the sandbox is tried again.

        Args:
            parameters: What the agent has learned so far.
            tasks: The tasks.
            split: What the tasks are for: "train", "validation", "test", or a name of the caller's.
            epoch: The epoch, for the events.

        Returns:
            The evaluation, with a result for each task and repeat in task order; incomplete where an outage or the
            budget left rollouts without a score.

        Raises:
            ModelError: The model cannot be asked at all (no such model, a refused key, a recording without the reply).
            ToolwrightError: The scorer failed on every task, or says that a task or its set-up is wrong.
        """
        samples = [(task, repeat) for task in tasks.tasks for repeat in range(self._repeats)]
        self._events.emit(
            EvaluationStarted(epoch=epoch, split=split, parameters=parameters.digest, rollouts=len(samples))
        )
        results: dict[tuple[str, int], Result] = {}
        for _ in range(ROUNDS):
            missing = [(t, r) for t, r in samples if _to_be_tried(results.get((t.id, r)))]
            results |= await self._round(parameters, missing, split)
        self._warn(split, list(results.values()))
        evaluation = Evaluation(
            parameters=parameters.digest,
            tasks=tasks.digest,
            split=split,
            results=tuple(results[task.id, repeat] for task, repeat in samples),
        )
        self._events.emit(
            EvaluationFinished(
                epoch=epoch,
                split=split,
                parameters=parameters.digest,
                mean=evaluation.mean,
                scored=sum(result.score is not None for result in evaluation.results),
                rollouts=len(samples),
                usage=evaluation.usage,
            )
        )
        return evaluation

    def _warn(self, split: str, results: Sequence[Result]) -> None:
        """Says what is scored 0 for an error in the user's agent or scorer; a scorer that always fails ends the run."""
        agent = [f"{r.trajectory.task_id}: {r.trajectory.error}" for r in results if r.trajectory.end == "agent_error"]
        scorer = [
            f"{r.trajectory.task_id}: {r.score.details[SCORER_RAISED]}"
            for r in results
            if r.score is not None and SCORER_RAISED in r.score.details
        ]
        if scorer and len(scorer) == len(results):
            raise ToolwrightError(f"scorer {self._scorer.name} failed on every task; first on {scorer[0]}")
        for what, errors in (("the agent", agent), (f"scorer {self._scorer.name}", scorer)):
            if errors:
                share = f"{len(errors)} of {len(results)} tasks"
                self._events.emit(Warned(text=f"{split}: {what} failed on {share}, scored 0; first on {errors[0]}"))

    async def _round(
        self, parameters: Parameters, samples: Sequence[tuple[Task, int]], split: str
    ) -> dict[tuple[str, int], Result]:
        try:
            async with asyncio.TaskGroup() as group:
                running = {
                    (task.id, repeat): group.create_task(self._sample(parameters, task, repeat, split))
                    for task, repeat in samples
                }
        except ExceptionGroup as errors:
            raise leaf_of(errors) from None
        return {key: task.result() for key, task in running.items()}

    async def _sample(self, parameters: Parameters, task: Task, repeat: int, split: str) -> Result:
        async with self._places:
            trajectory = await self._run(parameters, task, repeat, split)
        score = await self._score(task, trajectory) if trajectory.end in FAULTLESS else None
        self._events.emit(
            RolloutFinished(
                split=split,
                parameters=parameters.digest,
                task=task.id,
                repeat=repeat,
                score=score.value if score else None,
                end=trajectory.end,
                calls=len(trajectory.calls),
                error=trajectory.error,
            )
        )
        return Result(trajectory=trajectory, score=score)

    async def _run(self, parameters: Parameters, task: Task, repeat: int, split: str) -> Trajectory:
        """One rollout; whatever the agent raises ends it and nothing else."""
        shown = without_target(task)
        site = CallSite(role="agent", purpose=split, parameters=parameters.digest, task=task.id, repeat=repeat)
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
            if fault is None:
                return rollout.trajectory(answer, "answer")
            return rollout.trajectory(None, *_end_of(fault))

    def _offered(self, task: Task, parameters: Parameters) -> FunctionSet:
        try:
            offered = cast("object", self._select(task, parameters))
        except Exception as error:
            raise ToolwrightError(f"select failed on task {task.id!r}: {type(error).__name__}: {error}") from error
        if not isinstance(offered, FunctionSet):
            raise ToolwrightError(f"select returned {offered!r:.80} for task {task.id!r}; return a FunctionSet")
        return offered

    async def _score(self, task: Task, trajectory: Trajectory) -> Score:
        """The scorer's judgement; an answer it raises on is not right. What it says of the task itself ends the run."""
        try:
            return await self._scorer.score(task, trajectory)
        except ToolwrightError:
            raise
        except Exception as error:  # noqa: BLE001 - a scorer is anybody's code, an answer anything
            text = f"{type(error).__name__}: {error}"
            return Score(value=0.0, reason=f"the scorer raised {text}", details={SCORER_RAISED: text})


def _checked_answer(answer: object) -> str | None:
    if answer is None or isinstance(answer, str):
        return answer
    raise TypeError(f"the agent returned {answer!r:.80}; return a text, or None for no answer")


def _to_be_tried(result: Result | None) -> bool:
    return result is None or (result.score is None and result.trajectory.end != "budget")


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
