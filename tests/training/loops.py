"""The real training loop over stubs: an evaluator that draws scores, an optimizer that proposes what a test says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from support import Events, function, having, rolled
from toolwright.evaluations import Evaluation
from toolwright.messages import Usage
from toolwright.models.ledger import Amount, Ledger, Limits
from toolwright.optimizer.step import StepContext, StepEnd, StepResult
from toolwright.parameters import Parameters
from toolwright.protocols import Gate
from toolwright.tasks import TaskSet
from toolwright.training.batches import HistoryKind
from toolwright.training.evaluate import Evaluator
from toolwright.training.gates import StrictImprovement
from toolwright.training.race import Race
from toolwright.training.result import TrainingResult
from toolwright.training.trainer import Schedule, Splits, TrainingLoop

Score = Callable[[Parameters, str], Sequence[float] | Mapping[str, float] | Exception]
"""The scores of all tasks of the split in order, or by task id, where a batch is asked for."""


def numbered(number: int) -> Parameters:
    """Parameters unlike any other number's."""
    return having(function("job", f"def job():\n    return {number}\n")) if number else having()


class StubEvaluator:
    """Scores by a function of parameters and split; remembers what it was asked."""

    repeats = 1

    def __init__(self, score: Score) -> None:
        self._score = score
        self.asked: list[tuple[str, str]] = []
        self.tasks: list[tuple[str, ...]] = []

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
        self.asked.append((parameters.digest, split))
        self.tasks.append(tuple(task.id for task in tasks.tasks))
        scores = self._score(parameters, split)
        if isinstance(scores, Exception):
            raise scores
        if isinstance(scores, Mapping):
            scores = [scores[task.id] for task in tasks.tasks]
        results = [
            rolled(task, score, parameters=parameters.digest, repeat=repeat, usage=Usage(requests=1))
            for task, score in zip(tasks.tasks, scores, strict=True)
            for repeat in range(repeats or 1)
        ]
        return Evaluation(parameters=parameters.digest, tasks=tasks.digest, split=split, results=tuple(results))


class StubOptimizer:
    """Proposes the next parameters of a list; None is a step without an action. Remembers every context."""

    def __init__(self, proposals: Sequence[Parameters | Exception | None]) -> None:
        self._left: Iterator[Parameters | Exception | None] = iter(proposals)
        self.contexts: list[StepContext] = []

    async def step(self, context: StepContext) -> StepResult:
        self.contexts.append(context)
        proposed = next(self._left)
        if isinstance(proposed, Exception):
            raise proposed
        end: StepEnd = "terminated" if proposed is None else "max_actions"
        return StepResult(candidate=proposed or context.incumbent, actions=(), refused=(), end=end)


@dataclass
class MemoryKeeper:
    """Remembers what a training arrives at."""

    evaluations: list[tuple[int, Evaluation]] = field(default_factory=list[tuple[int, Evaluation]])
    accepted: list[tuple[int, Parameters]] = field(default_factory=list[tuple[int, Parameters]])

    def keep_evaluation(self, evaluation: Evaluation, epoch: int) -> None:
        self.evaluations.append((epoch, evaluation))

    def evaluation(self, epoch: int, parameters: Parameters, tasks: TaskSet, split: str) -> Evaluation | None:
        subject = (epoch, parameters.digest, tasks.digest, split)
        kept = [
            each for number, each in self.evaluations if (number, each.parameters, each.tasks, each.split) == subject
        ]
        return kept[-1] if kept else None

    def keep_accepted(self, epoch: int, parameters: Parameters) -> None:
        self.accepted.append((epoch, parameters))


@dataclass
class Trained:
    """A training and everything that was told of it."""

    result: TrainingResult
    evaluator: StubEvaluator
    optimizer: StubOptimizer
    keeper: MemoryKeeper
    events: Events
    held: list[int]
    """Requests kept back for the sealed test, each time they were estimated."""


class NotingLedger(Ledger):
    """No limits; notes what is kept back."""

    def __init__(self) -> None:
        super().__init__(Limits())
        self.held: list[int] = []

    def hold(self, amount: Amount, minutes: float = 0.0) -> None:
        self.held.append(amount.requests)
        super().hold(amount, minutes)


async def train(
    score: Score,
    proposals: Sequence[Parameters | Exception | None],
    splits: Splits,
    *,
    start: Parameters | None = None,
    gate: Gate | None = None,
    patience: int = 3,
    epochs: int | None = None,
    batch: int = 0,
    history: HistoryKind = "batch",
    seed: int = 0,
) -> Trained:
    evaluator, optimizer, keeper, events = StubEvaluator(score), StubOptimizer(proposals), MemoryKeeper(), Events()
    many = len(proposals) if epochs is None else epochs
    schedule = Schedule(epochs=many, patience=patience, batch=batch, history=history, seed=seed)
    ledger = NotingLedger()
    loop = TrainingLoop(
        cast("Evaluator", evaluator),
        optimizer,
        gate or StrictImprovement(),
        ledger,
        events,
        schedule=schedule,
        keeper=keeper,
    )
    result = await loop.run(start or having(), splits)
    return Trained(result, evaluator, optimizer, keeper, events, ledger.held)
