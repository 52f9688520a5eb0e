"""The training loop: step, evaluation, gate, until nothing gets better (paper, Algorithm 2).

incumbent ─► optimizer's step ─► candidate ─► evaluation ─► gate ─┬─ accept: the candidate is the incumbent
    ▲                                                             └─ reject: failure record, roll-back
    └────────────────── early stop, epochs, budget ◄──────────────────┘
"""

import math
import time

from pydantic import Field

from toolwright.base import Frozen
from toolwright.errors import BudgetReached, ModelUnavailable, RequestRefused, SandboxError
from toolwright.evaluations import Evaluation
from toolwright.events import EpochFinished, GateDecided, Warned
from toolwright.models.ledger import Amount, Ledger, used
from toolwright.optimizer.failure_record import Failure, FailureRecord
from toolwright.optimizer.step import Optimizer, StepContext, StepResult
from toolwright.parameters import Parameters
from toolwright.protocols import EventSink, Gate, Keeper
from toolwright.tasks import TaskSet, check_disjoint
from toolwright.training.evaluate import Evaluator
from toolwright.training.result import BeforeAfter, Decision, EndOfTraining, EpochRecord, TrainingResult

IDLE_STEPS = 2
"""Steps in a row without an action that end a run (design, decision 4)."""


class Schedule(Frozen):
    """How long to train.

    Attributes:
        epochs: Steps of the optimizer at the most.
        patience: Epochs in a row without acceptance that end the training.
    """

    epochs: int = Field(default=10, ge=0)
    patience: int = Field(default=3, ge=1)


class Splits(Frozen):
    """The task sets of a training; disjoint."""

    train: TaskSet
    validation: TaskSet | None = None
    test: TaskSet | None = None


class _Evaluated(Frozen):
    """Parameters and their evaluations: the incumbent's or a candidate's."""

    parameters: Parameters
    train: Evaluation
    validation: Evaluation | None

    @property
    def gated(self) -> Evaluation:
        """What the gate reads: validation where there is one."""
        return self.validation or self.train


class _Ended(Exception):  # noqa: N818 - an end, not a fault
    """Ends the loop with the best parameters so far."""

    def __init__(self, end: EndOfTraining, text: str, partial: "_Evaluated | None" = None) -> None:
        super().__init__(text)
        self.end: EndOfTraining = end
        self.partial = partial  # what was evaluated, as far as it came


class TrainingLoop:
    """One training, from objects; strings are resolved in config.

    Args:
        evaluator: Runs and scores the agent.
        optimizer: Proposes candidates.
        gate: Decides on them.
        ledger: The run's budget.
        events: Is told what happens.
        schedule: How long to train.
        keeper: Is given every complete evaluation and all accepted parameters.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        optimizer: Optimizer,
        gate: Gate,
        ledger: Ledger,
        events: EventSink,
        *,
        schedule: Schedule,
        keeper: Keeper,
    ) -> None:
        self._evaluator, self._optimizer, self._gate = evaluator, optimizer, gate
        self._ledger, self._events, self._schedule = ledger, events, schedule
        self._keeper = keeper
        self._records: list[EpochRecord] = []
        self._minutes = 0.0  # what the first evaluation took

    async def run(self, start: Parameters, splits: Splits) -> TrainingResult:
        """Trains and returns the best parameters, with the sealed test before and after.

        Raises:
            DataError: The task sets overlap.
            ModelUnavailable: The provider failed before the starting set was evaluated.
        """
        check_disjoint(train=splits.train, validation=splits.validation, test=splits.test)
        began = time.monotonic()
        first, ended = await self._start(start, splits)
        best, test, unread = first, None, ""
        if ended is None:
            best, ended = await self._epochs(first, splits)
            test, unread = await self._test(start, best.parameters, splits.test)
        return TrainingResult(
            start=start,
            best=best.parameters,
            epochs=tuple(self._records),
            train=BeforeAfter(before=first.train, after=best.train),
            validation=_pair(first.validation, best.validation),
            test=test,
            end=ended.end,
            end_text=f"{ended}{unread}",
            usage=dict(self._ledger.usage),
            minutes=(time.monotonic() - began) / 60,
        )

    async def _start(self, start: Parameters, splits: Splits) -> tuple[_Evaluated, _Ended | None]:
        """The starting set's evaluation; as far as it came, and the end, where the budget does not reach further."""
        began, ended = self._ledger.minutes, None
        try:
            first = await self._evaluated(start, splits, 0)
        except _Ended as end:
            if end.end != "budget" or end.partial is None:
                raise ModelUnavailable(f"the starting set could not be evaluated: {end}") from None
            first, ended = end.partial, end
        self._minutes = self._ledger.minutes - began
        self._hold_test(first.train, first.train, splits)
        self._records.append(
            EpochRecord(
                epoch=0,
                parameters=start.digest,
                train=first.train.mean,
                validation=first.validation.mean if first.validation else None,
                decision="start",
                reason="the starting set" if ended is None else "the starting set, not evaluated to the end",
            )
        )
        self._keeper.keep_accepted(0, start)
        return first, ended

    def _hold_test(self, start: Evaluation, best: Evaluation, splits: Splits) -> None:
        """Keeps back what the sealed test will need, estimated from what both sets needed on the training tasks.

        Until a set is accepted, the best is taken to need twice what the starting one did: a call takes a second turn.
        """
        if splits.test is None:
            return
        share = len(splits.test) / len(splits.train)
        after = used(best.usage) if best is not start else used(start.usage) + used(start.usage)
        spent = used(start.usage) + after
        self._ledger.hold(
            Amount(
                requests=math.ceil(spent.requests * share),
                tokens=math.ceil(spent.tokens * share),
                dollars=spent.dollars * share,
            ),
            2 * self._minutes * share,
        )

    async def _epochs(self, first: _Evaluated, splits: Splits) -> tuple[_Evaluated, _Ended]:
        incumbent, failures, without, idle = first, FailureRecord(), 0, 0
        try:
            for epoch in range(1, self._schedule.epochs + 1):
                step = await self._step(incumbent, splits.train, failures, epoch, idle)
                candidate = None
                idle = idle + 1 if step.candidate == incumbent.parameters else 0
                if idle == 0:
                    candidate = await self._evaluated(step.candidate, splits, epoch)
                accepted = self._decide(incumbent, candidate, step, epoch)
                if accepted and candidate is not None:
                    incumbent, failures, without = candidate, FailureRecord(), 0
                    self._keeper.keep_accepted(epoch, incumbent.parameters)
                    self._hold_test(first.train, incumbent.train, splits)
                else:
                    without += 1
                    failures = _with_failure(failures, candidate, self._records[-1])
                self._tell_epoch(epoch, candidate, incumbent, accepted=accepted, without=without)
                self._stop_early(without, idle)
        except _Ended as ended:
            return incumbent, ended
        return incumbent, _Ended("epochs", f"all {self._schedule.epochs} epochs were run")

    async def _step(
        self, incumbent: _Evaluated, train: TaskSet, failures: FailureRecord, epoch: int, idle: int
    ) -> StepResult:
        context = StepContext(
            epoch=epoch,
            incumbent=incumbent.parameters,
            evaluation=incumbent.train,
            tasks=train,
            failures=failures,
            idle=idle,
        )
        try:
            return await self._optimizer.step(context)
        except BudgetReached as error:
            raise _Ended("budget", str(error)) from None
        except (ModelUnavailable, RequestRefused, SandboxError) as error:
            raise _Ended("provider", str(error)) from None

    async def _evaluated(self, parameters: Parameters, splits: Splits, epoch: int) -> _Evaluated:
        train = await self._evaluator.evaluate(parameters, splits.train, "train", epoch)
        found = _Evaluated(parameters=parameters, train=train, validation=None)
        self._keep(train, epoch, found)
        if splits.validation is not None:
            validation = await self._evaluator.evaluate(parameters, splits.validation, "validation", epoch)
            found = found.model_copy(update={"validation": validation})
            self._keep(validation, epoch, found)
        return found

    def _keep(self, evaluation: Evaluation, epoch: int, partial: _Evaluated | None = None) -> Evaluation:
        """Keeps an evaluation every rollout of which has a score; no gate decides on less."""
        for result in evaluation.results:
            if result.score is None:
                end: EndOfTraining = "budget" if result.trajectory.end == "budget" else "provider"
                raise _Ended(end, result.trajectory.error, partial)
        self._keeper.keep_evaluation(evaluation, epoch)
        return evaluation

    def _decide(self, incumbent: _Evaluated, candidate: _Evaluated | None, step: StepResult, epoch: int) -> bool:
        if candidate is None:
            self._record(step, epoch, None, "none", _why_none(step))
            return False
        verdict = self._gate.decide(incumbent.gated, candidate.gated)
        self._events.emit(
            GateDecided(
                epoch=epoch,
                decision=verdict.decision,
                reason=verdict.reason,
                incumbent=incumbent.gated.mean,
                candidate=candidate.gated.mean,
            )
        )
        self._record(step, epoch, candidate, verdict.decision, verdict.reason)
        return verdict.decision == "accept"

    def _record(
        self, step: StepResult, epoch: int, candidate: _Evaluated | None, decision: Decision, reason: str
    ) -> None:
        self._records.append(
            EpochRecord(
                epoch=epoch,
                parameters=step.candidate.digest,
                train=candidate.train.mean if candidate else None,
                validation=candidate.validation.mean if candidate and candidate.validation else None,
                decision=decision,
                reason=reason,
                actions=step.actions,
                refused=step.refused,
            )
        )

    def _tell_epoch(
        self, epoch: int, candidate: _Evaluated | None, incumbent: _Evaluated, *, accepted: bool, without: int
    ) -> None:
        self._events.emit(
            EpochFinished(
                epoch=epoch,
                loss=candidate.train.loss if candidate else None,
                best=incumbent.train.loss,
                accepted=accepted,
                without_acceptance=without,
            )
        )

    def _stop_early(self, without: int, idle: int) -> None:
        if idle >= IDLE_STEPS:
            raise _Ended("optimizer_done", f"the optimizer changed nothing {idle} times in a row")
        if without >= self._schedule.patience:
            raise _Ended("early_stop", f"early stop: {without} epochs in a row without acceptance")

    async def _test(self, start: Parameters, best: Parameters, tests: TaskSet | None) -> tuple[BeforeAfter | None, str]:
        """The sealed test, read once, at the end: the starting and the best parameters; once where they are equal."""
        if tests is None:
            return None, ""
        self._ledger.hold(Amount())
        accepted = max(record.epoch for record in self._records if record.decision in ("start", "accept"))
        before = None
        try:
            before = self._keep(await self._evaluator.evaluate(start, tests, "test"), 0)
            if best == start:
                return BeforeAfter(before=before, after=before), ""
            after = self._keep(await self._evaluator.evaluate(best, tests, "test", accepted), accepted)
            return BeforeAfter(before=before, after=after), ""
        except _Ended as ended:
            known = f" (the starting set scored {before.mean:.1%})" if before is not None else ""
            text = f"the sealed test could not be read to its end{known}: {ended}"
            self._events.emit(Warned(text=text))
            return None, f"; {text}"


def _why_none(step: StepResult) -> str:
    if step.actions:
        return f"the actions cancelled each other out ({step.end})"
    if step.refused:
        return f"nothing was admitted, {len(step.refused)} refused ({step.end})"
    return f"nothing was proposed ({step.end})"


def _with_failure(failures: FailureRecord, candidate: _Evaluated | None, record: EpochRecord) -> FailureRecord:
    """The record with a rejected candidate; figures of the validation tasks stay out, as the optimizer reads it."""
    if candidate is None:
        return failures
    verdict = record.reason if candidate.validation is None else "no better on tasks that are not shown"
    return failures.with_failure(
        Failure(epoch=record.epoch, parameters=candidate.parameters, score=candidate.train.mean, verdict=verdict)
    )


def _pair(before: Evaluation | None, after: Evaluation | None) -> BeforeAfter | None:
    return BeforeAfter(before=before, after=after) if before is not None and after is not None else None
