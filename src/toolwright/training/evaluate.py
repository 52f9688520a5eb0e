"""Evaluation: runs an agent with one set of parameters on every task, many at once, and scores what it answers."""

import asyncio
from collections.abc import Sequence
from typing import Final

from toolwright.errors import leaf_of
from toolwright.evaluations import Evaluation, Result
from toolwright.events import EvaluationFinished, EvaluationStarted, RolloutFinished, Warned
from toolwright.parameters import Parameters
from toolwright.protocols import EventSink
from toolwright.tasks import Task, TaskSet
from toolwright.training.race import Race
from toolwright.training.rollouts import SCORER_RAISED, Rollouts, ScorerFailed

ROUNDS: Final = 3
"""How often a rollout is tried that fails for no fault of the agent's."""

Sample = tuple[Task, int]
Results = dict[tuple[str, int], Result]


class Evaluator:
    """Runs and scores the agent on task sets; what the run holds already is read from it.

    Args:
        rollouts: Runs and scores one sample.
        events: Is told what happens.
        repeats: Samples of each task, where an evaluation does not say.
        at_once: Rollouts under way at once, over all evaluations.

    Attributes:
        repeats: As given.
    """

    def __init__(self, rollouts: Rollouts, events: EventSink, *, repeats: int = 1, at_once: int = 256) -> None:
        self._rollouts, self._events = rollouts, events
        self.repeats = repeats
        self._places = asyncio.Semaphore(at_once)

    async def evaluate(
        self,
        parameters: Parameters,
        tasks: TaskSet,
        split: str,
        epoch: int = 0,
        *,
        repeats: int | None = None,
        race: Race | None = None,
    ) -> Evaluation:
        """Runs and scores every task; what failed for want of a provider or the sandbox is tried again.

        Args:
            parameters: What the agent has learned so far.
            tasks: The tasks.
            split: What the tasks are for: "train", "validation", "test", or a name of the caller's.
            epoch: The epoch, for the events.
            repeats: Samples of each task; the evaluator's own number where it is None.
            race: May stop the evaluation before its end.

        Returns:
            The evaluation, with a result for each task and repeat in task order; incomplete where an outage or the
            budget left rollouts without a score, or where the race was lost.

        Raises:
            ModelError: The model cannot be asked at all (no such model, a refused key, a recording without the reply).
            ScorerFailed: The scorer failed on every task, or says that it can score nothing.
        """
        samples = [(task, repeat) for task in tasks.tasks for repeat in range(repeats or self.repeats)]
        self._events.emit(
            EvaluationStarted(epoch=epoch, split=split, parameters=parameters.digest, rollouts=len(samples))
        )
        results = self._kept(parameters, samples, split, race)
        for _ in range(ROUNDS):
            missing = [(t, r) for t, r in samples if _to_be_tried(results.get((t.id, r)))]
            if race is None or not race.reason:
                results |= await self._round(parameters, missing, split, race)
        self._warn(split, list(results.values()))
        for task, repeat in samples:
            result = results.get((task.id, repeat))
            if result is not None and result.score is not None and SCORER_RAISED in result.score.details:
                self._rollouts.keep(parameters, task, repeat, result)
        evaluation = Evaluation(
            parameters=parameters.digest,
            tasks=tasks.digest,
            split=split,
            results=tuple(results[task.id, repeat] for task, repeat in samples if (task.id, repeat) in results),
            stopped=race.reason if race is not None else "",
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

    def _kept(self, parameters: Parameters, samples: Sequence[Sample], split: str, race: Race | None) -> Results:
        """What the run holds already of these samples."""
        found: Results = {}
        for task, repeat in samples:
            result = self._rollouts.kept(parameters, task, repeat)
            if result is not None and (race is None or not race.reason):
                found[task.id, repeat] = result
                self._tell(parameters, result, split, race)
        return found

    async def _round(self, parameters: Parameters, samples: Sequence[Sample], split: str, race: Race | None) -> Results:
        try:
            async with asyncio.TaskGroup() as group:
                running = {
                    (task.id, repeat): group.create_task(self._sample(parameters, task, repeat, split, race))
                    for task, repeat in samples
                }
                if race is not None:
                    race.watch(list(running.values()))
        except ExceptionGroup as errors:
            raise leaf_of(errors) from None
        return {key: task.result() for key, task in running.items() if not task.cancelled()}

    async def _sample(self, parameters: Parameters, task: Task, repeat: int, split: str, race: Race | None) -> Result:
        async with self._places:
            result = await self._rollouts.run(parameters, task, repeat, split)
        self._tell(parameters, result, split, race)
        return result

    def _tell(self, parameters: Parameters, result: Result, split: str, race: Race | None) -> None:
        trajectory = result.trajectory
        self._events.emit(
            RolloutFinished(
                split=split,
                parameters=parameters.digest,
                task=trajectory.task_id,
                repeat=trajectory.repeat,
                score=result.score.value if result.score else None,
                end=trajectory.end,
                calls=len(trajectory.calls),
                error=trajectory.error,
                usage=trajectory.usage,
                seconds=trajectory.seconds,
            )
        )
        if race is not None:
            race.take(split, result)

    def _warn(self, split: str, results: Sequence[Result]) -> None:
        """Says what is scored 0 for an error in the user's agent or scorer; a scorer that always fails ends the run."""
        agent = [f"{r.trajectory.task_id}: {r.trajectory.error}" for r in results if r.trajectory.end == "agent_error"]
        scorer = [
            f"{r.trajectory.task_id}: {r.score.details[SCORER_RAISED]}"
            for r in results
            if r.score is not None and SCORER_RAISED in r.score.details
        ]
        name = self._rollouts.scorer.name
        if scorer and len(scorer) == len(results):
            raise ScorerFailed(f"scorer {name} failed on every task; first on {scorer[0]}")
        for what, errors in (("the agent", agent), (f"scorer {name}", scorer)):
            if errors:
                share = f"{len(errors)} of {len(results)} tasks"
                self._events.emit(Warned(text=f"{split}: {what} failed on {share}, scored 0; first on {errors[0]}"))


def _to_be_tried(result: Result | None) -> bool:
    return result is None or (result.score is None and result.trajectory.end != "budget")
