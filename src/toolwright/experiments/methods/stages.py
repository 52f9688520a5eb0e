"""What the baselines share: evaluations in run folders of fixed names, found again after an interruption, and a record.

Example:
    stages = Stages(work)
    made = await stages.evaluate("generation", agent, work.splits.train, repeats=1, role="optimizer")
    return stages.record(test=await stages.evaluate("evaluation", other, tested(work)))
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from toolwright.errors import ConfigError
from toolwright.evaluations import Evaluation
from toolwright.experiments.measuring.side_runs import NOTHING, Took, side_run, took_in
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord, FunctionFigures, Pair, Scores
from toolwright.models.prices import price_of
from toolwright.optimizer.budget_text import tokens_of
from toolwright.protocols import Agent, Role
from toolwright.tasks import TaskSet
from toolwright.training.estimate import HIGH, LOW, Case
from toolwright.training.outlay import RoleEstimate, role_estimate
from toolwright.training.outlay import Spent as Asked

T = TypeVar("T", bound=BaseModel)


class Stages:
    """The evaluations of one cell, a run each, all under the cell's limits.

    Args:
        work: The cell's work.
    """

    def __init__(self, work: CellWork) -> None:
        self._work = work
        self._made: dict[str, Evaluation] = {}
        self._spent: dict[Role, Took] = {}

    async def evaluate(
        self, name: str, agent: Agent, tasks: TaskSet, *, repeats: int | None = None, role: Role = "agent"
    ) -> Evaluation:
        """Runs and scores an agent on tasks; what the stage's run holds is read from it.

        Args:
            name: The stage's, and its run folder's.
            agent: Answers the tasks; its `digest` tells all that it holds.
            tasks: The tasks.
            repeats: Samples of each task; the configuration's number where it is None.
            role: Whose model is asked, and for whom it counts: "optimizer" where functions are made for the agent.

        Returns:
            The evaluation; incomplete where the provider or the cell's limits left rollouts without a score.

        Raises:
            ToolwrightError: As the message says.
        """
        parts = replace(self._work.parts(), agent=agent, name=name, asks=role)
        async with side_run(parts, tasks, _all(self._spent.values())) as machine:
            made = await machine.evaluator.evaluate(parts.start, tasks, name, repeats=repeats)
        self._made[name] = made
        self._spent[role] = self._spent.get(role, NOTHING).with_more(took_in(self._work.runs / name))
        return made

    def record(
        self,
        test: Evaluation | None = None,
        *,
        reason: str = "the test tasks were read",
        functions: FunctionFigures | None = None,
        substitutes: Sequence[str] = (),
    ) -> CellRecord:
        """What the cell came to, from the stages that were run.

        Args:
            test: The evaluation of the test tasks; None where a stage before it is incomplete.
            reason: What is said of a cell that is done.
            functions: What was made for the agent, where it is functions.
            substitutes: What stands for what could not be had.
        """
        missing = next((_missing(made) for made in self._made.values() if not made.complete), "")
        return CellRecord(
            key=self._work.key,
            digest=self._work.digest,
            status="incomplete" if missing else "done",
            reason=missing or reason,
            test=None if missing or test is None else Pair(after=Scores.of(test)),
            functions=functions,
            usage={role: spent.usage for role, spent in self._spent.items()},
            minutes=_all(self._spent.values()).minutes,
            substitutes=tuple(substitutes),
        )


def _all(parts: Iterable[Took]) -> Took:
    """All together."""
    return reduce(Took.with_more, parts, NOTHING)


def _missing(evaluation: Evaluation) -> str:
    without = [result.trajectory for result in evaluation.results if result.score is None]
    first = without[0]
    return (
        f"{evaluation.split}: {len(without)} of {len(evaluation.results)} rollouts have no score, ended by the "
        f"{first.end}: {first.error}"
    )


def tested(work: CellWork) -> TaskSet:
    """The test tasks; ConfigError where the cell has none."""
    if work.splits.test is None:
        raise ConfigError(f"cell {work.key.id}: a {work.method.kind} method is measured on test tasks; draw some")
    return work.splits.test


def options_of(kind: type[T], work: CellWork) -> T:
    """The method's own options; ConfigError names the one that is unknown or out of its range."""
    try:
        return kind.model_validate(work.method.options)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        key = ".".join(["methods", work.key.method, "options", *map(str, fault["loc"])])
        raise ConfigError(f"key {key!r}: {fault['msg']}, not {fault['input']!r:.80}") from None


def requests_of(tasks: TaskSet, low: int, high: int, written: str, *, repeats: int = 1) -> tuple[Asked, Asked]:
    """What a stage takes, low and high: so many requests a task, in one conversation that grows.

    Args:
        tasks: The stage's tasks.
        low: Requests of a task at the least.
        high: At the most.
        written: What its prompts add to the task's text.
        repeats: Samples of each task.
    """
    rollouts = len(tasks) * repeats
    text = tokens_of(written) + sum(tokens_of(task.text) for task in tasks.tasks) / len(tasks)

    def spent(turns: int, case: Case) -> Asked:
        grown = turns * (turns - 1) // 2 * (case.reply + case.result)
        return Asked(requests=turns, input=turns * text + grown, output=turns * case.reply) * rollouts

    return spent(low, LOW), spent(high, HIGH)


def estimated(work: CellWork, *stages: tuple[Asked, Asked], role: Role = "agent") -> RoleEstimate:
    """What stages that ask a role's model take together, with what it costs."""
    low = sum((stage[0] for stage in stages), Asked())
    high = sum((stage[1] for stage in stages), Asked())
    return role_estimate(low, high, price=price_of(work.config.models.by_role()[role]))
