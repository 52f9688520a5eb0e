"""Function sets merged by pairs, round by round, until there is one; every merge is judged on its parts' train tasks.

Example:
    async with side_run(named(work, MERGE), work.splits.train, spent) as machine:
        merger = Merger(machine, work.splits.train, start_known)
        rounds = await merger.to_one(shares)
    rounds[-1][0].kept
"""

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from toolwright.evaluations import Evaluation, Result
from toolwright.experiments.methods.divide.dividing import chosen, joined
from toolwright.experiments.methods.divide.merging import (
    Duplicates,
    Reading,
    better,
    duplicates,
    exchanged,
    kept,
    united,
)
from toolwright.functions import FunctionSet
from toolwright.machine import Machine
from toolwright.parameters import Parameters
from toolwright.sync import together
from toolwright.tasks import TaskSet
from toolwright.training.state import Ended, check_complete

T = TypeVar("T")

Samples = Mapping[tuple[str, int], Result]
"""Scored rollouts by task id and repeat."""


@dataclass(frozen=True)
class Share:
    """Parameters and the train tasks they were learned on."""

    parameters: Parameters
    tasks: TaskSet


@dataclass(frozen=True)
class Merge:
    """One merge.

    Attributes:
        merged: The two sets in one, duplicates resolved, evaluated on all tasks of both.
        kept: What goes on: `merged`, or the better of the two sets.
        share: The same with those tasks.
        judged: The digests of what was tried in the place of both sets: their union, its variants, `merged`.
    """

    merged: Evaluation
    kept: Evaluation
    share: Share
    judged: frozenset[str]

    @property
    def accepted(self) -> bool:
        """Whether the merged set goes on."""
        return self.merged.parameters == self.kept.parameters


@dataclass(frozen=True)
class Round:
    """The merges of one round, and their rollouts that no round before had run.

    Attributes:
        merges: Of the shares by pairs.
        examples: How many of such rollouts merged sets and their variants were judged on; those of the sets they were
            compared with are none, as in a training.
        requests: What all of these rollouts took.
    """

    merges: tuple[Merge, ...]
    examples: int
    requests: int


class Merger:
    """Merges in an open run; what that holds, or is known, is not run again.

    Args:
        machine: The run's.
        train: All train tasks.
        known: Scored rollouts of other runs by the digest of their parameters. Only the starting set's belong here: a
            part's training kept its best set for how it scored there, luck included, and merged sets had no such luck.
    """

    def __init__(self, machine: Machine, train: TaskSet, known: Mapping[str, Samples]) -> None:
        self._machine, self._train, self._known = machine, train, known
        self._requests: dict[tuple[str, str, int], int] = {}  # by parameters, task and repeat

    async def to_one(self, shares: Sequence[Share]) -> list[Round]:
        """Every round's merges; an odd share waits for the next one.

        Raises:
            Ended: The provider or the budget left a rollout without a score.
            ToolwrightError: As the message says.
        """
        rounds: list[Round] = []
        while len(shares) > 1:
            pairs = [*zip(shares[::2], shares[1::2], strict=False)]
            before, requests = {*self._requests}, sum(self._requests.values())
            merges = await all_of(self._merge(*pair) for pair in pairs)
            judged = {(digest, task.id) for one in merges for digest in one.judged for task in one.share.tasks.tasks}
            examples = sum((digest, task) in judged for digest, task, _ in self._requests.keys() - before)
            rounds.append(Round(tuple(merges), examples, sum(self._requests.values()) - requests))
            shares = [*(merge.share for merge in merges), *shares[2 * len(pairs) :]]
        return rounds

    async def evaluated(self, parameters: Parameters, tasks: TaskSet) -> Evaluation:
        """The evaluation of parameters on train tasks, put together of what is known and what is run now.

        Raises:
            Ended: As `to_one`.
        """
        known, repeats = self._known.get(parameters.digest, {}), self._machine.evaluator.repeats
        missing = {t.id for t in tasks.tasks if any((t.id, repeat) not in known for repeat in range(repeats))}
        results = dict(known)
        if missing:
            asked = chosen(self._train, missing, self._train.name)
            made = await self._machine.evaluator.evaluate(parameters, asked, "train")
            check_complete(made)
            results |= samples_of(made)
            asked_for = ((r.trajectory.task_id, r.trajectory.repeat, r.trajectory.usage.requests) for r in made.results)
            self._requests |= {(made.parameters, task, repeat): requests for task, repeat, requests in asked_for}
        return Evaluation(
            parameters=parameters.digest,
            tasks=tasks.digest,
            split="train",
            results=tuple(results[task.id, repeat] for task in tasks.tasks for repeat in range(repeats)),
        )

    async def _merge(self, first: Share, second: Share) -> Merge:
        tasks = joined(self._train, (first.tasks, second.tasks))
        sets = (first.parameters.functions, second.parameters.functions)
        base, pairs = united(*sets), duplicates(*sets)
        union = await self._resolved(base, pairs, first, tasks)
        tried = (base, *(exchanged(base, pair) for pair in pairs), union)
        read = await self._read((union, *sets), first, tasks)
        best = kept(*map(_reading, read))
        found = {one.parameters.functions.digest: one for one in read}[best.functions.digest]
        return Merge(read[0].evaluation, found.evaluation, Share(found.parameters, tasks), _digests(tried, first))

    async def _resolved(
        self, union: FunctionSet, pairs: Sequence[Duplicates], of: Share, tasks: TaskSet
    ) -> FunctionSet:
        """The union with the better one of each pair: all judged at once, each in the union as it is."""
        if not pairs:
            return union
        base, *others = map(_reading, await self._read((union, *(exchanged(union, pair) for pair in pairs)), of, tasks))
        for pair, other in zip(pairs, others, strict=True):
            if better(base, other) is other:
                union = exchanged(union, pair)
        return union

    async def _read(self, candidates: Sequence[FunctionSet], of: Share, tasks: TaskSet) -> list["_Read"]:
        """The candidates evaluated at once, equal ones once; what is no function in parameters is the share's."""
        sets = {functions.digest: functions for functions in candidates}
        given = [_given(functions, of) for functions in sets.values()]
        found = await all_of(self.evaluated(parameters, tasks) for parameters in given)
        read = dict(zip(sets, map(_Read, given, found), strict=True))
        return [read[functions.digest] for functions in candidates]


def _given(functions: FunctionSet, of: Share) -> Parameters:
    return of.parameters.model_copy(update={"functions": functions})


def _digests(sets: Iterable[FunctionSet], of: Share) -> frozenset[str]:
    return frozenset(_given(functions, of).digest for functions in sets)


class _Read(NamedTuple):
    """Parameters and their evaluation."""

    parameters: Parameters
    evaluation: Evaluation


def _reading(read: _Read) -> Reading:
    return Reading(read.parameters.functions, read.evaluation.mean)


async def all_of(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """As `together`, but an early end of one lets the others go on, so that no reply they wait for is lost.

    Raises:
        Ended: One of them ended early.
    """
    found = await together(map(_caught, coroutines))
    whole = [one for one in found if not isinstance(one, Ended)]
    if len(whole) < len(found):
        raise next(one for one in found if isinstance(one, Ended))
    return whole


async def _caught(coroutine: Coroutine[Any, Any, T]) -> T | Ended:
    try:
        return await coroutine
    except Ended as ended:
        return ended


def samples_of(evaluation: Evaluation) -> dict[tuple[str, int], Result]:
    """Its scored rollouts by task id and repeat."""
    scored = (result for result in evaluation.results if result.score is not None)
    return {(result.trajectory.task_id, result.trajectory.repeat): result for result in scored}
