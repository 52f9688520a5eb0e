"""The training loop: step, contest, until nothing gets better (paper, Algorithm 2).

incumbent ─► optimizer's proposals ─► candidate ─► contest (evaluation, gate) ─┬─ accept: the candidate is the incumbent
    ▲                                                                          └─ reject: failure record, roll-back
    └────────────────── early stop, nothing to gain, epochs, budget ◄─────────────┘

No optimizer is asked where the gate would reject even a perfect candidate. With batches (`batches.py`) an epoch works
on a few of the training tasks, the incumbent run on them first; without, on all of them.
"""

import math
from collections.abc import Iterator

from pydantic import Field

from toolwright.base import Frozen
from toolwright.errors import ModelUnavailable
from toolwright.evaluations import Evaluation
from toolwright.events import BatchDrawn, EpochFinished, TaskSetGiven, task_set_given
from toolwright.models.ledger import Amount, Ledger, used
from toolwright.optimizer.failure_record import Failure, FailureRecord
from toolwright.optimizer.step import Optimizer, StepContext, StepResult
from toolwright.parameters import Parameters
from toolwright.protocols import EventSink, Gate, Keeper
from toolwright.tasks import TaskSet, check_disjoint
from toolwright.training.batches import Batches, HistoryKind
from toolwright.training.contest import Contests, Decided
from toolwright.training.evaluate import Evaluator
from toolwright.training.gate_report import GateReport, gate_report
from toolwright.training.gates import AlwaysAccept
from toolwright.training.proposals import Proposal, Proposals
from toolwright.training.result import BeforeAfter, EpochRecord, TrainingResult
from toolwright.training.sealed import SealedTest
from toolwright.training.state import Ended, Evaluated
from toolwright.training.train_pair import train_pair

IDLE_STEPS = 2
"""Steps in a row without an action that end a run (design, decision 4)."""


class Schedule(Frozen):
    """How long to train, and with how many candidates.

    Attributes:
        epochs: Steps of the optimizer at the most.
        patience: Epochs in a row without acceptance that end the training.
        race: Whether a candidate is given up as soon as it cannot be accepted any more.
        proposals: Candidates an epoch, screened on a minibatch where there are several.
        screen: Training tasks of that minibatch.
        batch: Training tasks an epoch works on, drawn anew for each; 0 for all of them.
        history: What the optimizer reads: what the epoch's batch showed, or also what earlier ones did.
        seed: Another one draws other batches and minibatches of the same training tasks.
    """

    epochs: int = Field(default=10, ge=0)
    patience: int = Field(default=3, ge=1)
    race: bool = False
    proposals: int = Field(default=1, ge=1)
    screen: int = Field(default=10, ge=1)
    batch: int = Field(default=0, ge=0)
    history: HistoryKind = "batch"
    seed: int = Field(default=0, ge=0)


class Splits(Frozen):
    """The task sets of a training; disjoint."""

    train: TaskSet
    validation: TaskSet | None = None
    test: TaskSet | None = None

    @property
    def gated(self) -> TaskSet:
        """What the gate reads: validation where there is one, else train."""
        return self.train if self.validation is None else self.validation

    def given(self) -> Iterator[TaskSetGiven]:
        """What the tasks are that a training begins with; the sealed test's are told when it is opened."""
        yield task_set_given("train", self.train)
        if self.validation is not None:
            yield task_set_given("validation", self.validation)

    @property
    def gated_as(self) -> str:
        """What a message calls the tasks that the gate reads."""
        return "training" if self.validation is None else "validation"


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
        tests_opened: How often the sealed test was read where this training goes on after an earlier end.
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
        tests_opened: int = 0,
    ) -> None:
        self._evaluator, self._gate = evaluator, gate
        self._ledger, self._events, self._schedule = ledger, events, schedule
        self._keeper, self._tests_opened = keeper, tests_opened
        self._proposals = Proposals(
            optimizer, evaluator, events, count=schedule.proposals, screen=schedule.screen, seed=schedule.seed
        )
        self._records: list[EpochRecord] = []
        self._minutes = 0.0  # what the first evaluation took

    async def run(self, start: Parameters, splits: Splits) -> TrainingResult:
        """Trains and returns the best parameters, with the sealed test before and after.

        Raises:
            DataError: The task sets overlap.
            ModelUnavailable: The provider failed before the starting set was evaluated.
        """
        check_disjoint(train=splits.train, validation=splits.validation, test=splits.test)
        batches = Batches(splits.train, self._schedule.batch, self._schedule.history, self._schedule.seed)
        contests = Contests(
            self._evaluator,
            self._gate,
            self._keeper,
            self._events,
            train=batches.of(0),
            validation=splits.validation,
            race=self._schedule.race,
        )
        first, ended = await self._start(start, contests, batches, splits.test)
        best, test, unread = first, None, ""
        train = BeforeAfter.on_same_samples(first.train, best.train)
        if ended is None:
            best, ended = await self._epochs(first, contests, batches, splits.test)
            train, ended = await train_pair(first, best, contests, batches, ended)
            test, unread = await self._test(start, best.parameters, splits.test, ended)
        return TrainingResult(
            start=start,
            best=best.parameters,
            epochs=tuple(self._records),
            train=train,
            validation=_pair(first.validation, best.validation),
            test=test,
            end=ended.end,
            end_text=f"{ended}{unread}",
            usage=dict(self._ledger.usage),
            minutes=self._ledger.minutes,
            gate=self._gate_report(best) if self._records[0].train is not None else None,
        )

    def _gate_report(self, best: Evaluated) -> GateReport | None:
        """What the gate was worth, from all the repeats it bought of the last incumbent."""
        return gate_report(self._gate, best.gated, [record.looks for record in self._records if record.looks])

    async def _start(
        self, start: Parameters, contests: Contests, batches: Batches, tests: TaskSet | None
    ) -> tuple[Evaluated, Ended | None]:
        """The starting set's evaluation; as far as it came, and the end, where the budget does not reach further."""
        began, ended = self._ledger.minutes, None
        self._tell_batch(batches, 0)
        try:
            first = await contests.evaluated(start, 0)
        except Ended as end:
            if end.end != "budget" or end.partial is None:
                raise ModelUnavailable(f"the starting set could not be evaluated: {end}") from None
            text = f"{end}; by then the starting set was not evaluated to the end, so nothing was trained"
            first, ended = end.partial, Ended("budget", text)
        slowest = max((result.trajectory.seconds for result in first.train.results), default=0.0) / 60
        self._minutes = max(self._ledger.minutes - began, slowest)  # of a resumed run the first evaluation is only read
        self._hold_test(first.train, first.train, batches, tests)
        self._records.append(
            EpochRecord(
                epoch=0,
                parameters=start.digest,
                train=first.train.mean if ended is None else None,
                validation=first.validation.mean if first.validation and ended is None else None,
                decision="start",
                reason="the starting set" if ended is None else "the starting set, not evaluated to the end",
            )
        )
        self._keeper.keep_accepted(0, start)
        return first, ended

    def _hold_test(self, start: Evaluation, best: Evaluation, batches: Batches, tests: TaskSet | None) -> None:
        """Keeps back what the sealed test will need, estimated from what both sets needed on as many training tasks.

        Until a set is accepted, the best is taken to need twice what the starting one did: a call takes a second turn.
        """
        if tests is None:
            return
        share = len(tests) / batches.size
        first, last = map(self._first, (start, best))
        learned = best is not start
        spent = used(first.usage + (last.usage if learned else first.usage + first.usage))
        longer = _seconds(last) / max(_seconds(first), 1e-9) if learned else 2.0
        self._ledger.hold(
            Amount(
                requests=math.ceil(spent.requests * share),
                tokens=math.ceil(spent.tokens * share),
                dollars=spent.dollars * share,
            ),
            (1 + longer) * self._minutes * share,
        )

    async def _epochs(
        self, first: Evaluated, contests: Contests, batches: Batches, tests: TaskSet | None
    ) -> tuple[Evaluated, Ended]:
        incumbent, failures, without, idle = first, FailureRecord(), 0, 0
        try:
            for epoch in range(1, self._schedule.epochs + 1):
                contests = contests.on(self._tell_batch(batches, epoch))
                incumbent = await contests.caught_up(incumbent, self._accepted)
                decided = None
                if why := _nothing_to_gain(contests, batches, incumbent):
                    self._record_skipped(epoch, incumbent, why)
                else:
                    proposal = await self._proposed(incumbent, batches, failures, epoch, idle)
                    idle = idle + 1 if proposal.step.candidate == incumbent.parameters else 0
                    if idle == 0:
                        decided = await contests.held(incumbent, proposal.step.candidate, epoch, self._accepted)
                        incumbent = decided.incumbent
                    self._record(proposal, decided, epoch)
                    without += 1
                if decided is not None and decided.accepted:
                    incumbent, failures, without = decided.candidate, FailureRecord(), 0
                    self._keeper.keep_accepted(epoch, incumbent.parameters)
                    self._hold_test(first.train, incumbent.train, batches, tests)
                else:
                    failures = _with_failure(failures, decided, self._records[-1], batches)
                batches.remember(epoch, incumbent.train)
                self._tell_epoch(epoch, decided, incumbent, without=without)
                self._stop_early(without, idle)
        except Ended as ended:
            return incumbent, ended
        return incumbent, Ended("epochs", f"all {self._schedule.epochs} epochs were run")

    def _tell_batch(self, batches: Batches, epoch: int) -> TaskSet:
        """The training tasks of an epoch; said where they are not all there are."""
        tasks = batches.of(epoch)
        if batches.drawn:
            self._events.emit(BatchDrawn(epoch=epoch, tasks=tuple(task.id for task in tasks.tasks)))
        return tasks

    @property
    def _accepted(self) -> int:
        """The epoch that was accepted last."""
        return max(record.epoch for record in self._records if record.decision in ("start", "accept"))

    async def _proposed(
        self, incumbent: Evaluated, batches: Batches, failures: FailureRecord, epoch: int, idle: int
    ) -> Proposal:
        tasks = batches.of(epoch)
        return await self._proposals.ask(
            StepContext(
                epoch=epoch,
                incumbent=incumbent.parameters,
                evaluation=incumbent.train,
                tasks=tasks,
                failures=failures,
                idle=idle,
                earlier=batches.earlier(tasks),
                compared=not isinstance(self._gate, AlwaysAccept),
            )
        )

    def _record(self, proposal: Proposal, decided: Decided | None, epoch: int) -> None:
        step, candidate = proposal.step, decided.candidate if decided else None
        self._records.append(
            EpochRecord(
                epoch=epoch,
                parameters=step.candidate.digest,
                train=self._first(candidate.train).mean if candidate else None,
                validation=self._first(candidate.validation).mean if candidate and candidate.validation else None,
                decision=decided.looks[-1].decision if decided else "none",
                reason=decided.looks[-1].reason if decided else _why_none(step),
                actions=step.actions,
                refused=step.refused,
                looks=decided.looks if decided else (),
                saved=decided.saved if decided else 0,
                screened=proposal.screened,
            )
        )

    def _record_skipped(self, epoch: int, incumbent: Evaluated, why: str) -> None:
        """An epoch without a step: on its batch nothing could be kept, on another something may."""
        reason = f"no step: on this batch {why}"
        self._records.append(
            EpochRecord(epoch=epoch, parameters=incumbent.parameters.digest, decision="none", reason=reason)
        )

    def _first(self, evaluation: Evaluation) -> Evaluation:
        """On the samples that every candidate is evaluated on: means of more repeats of one are no fair comparison."""
        return evaluation.first(self._evaluator.repeats)

    def _tell_epoch(self, epoch: int, decided: Decided | None, incumbent: Evaluated, *, without: int) -> None:
        self._events.emit(
            EpochFinished(
                epoch=epoch,
                loss=self._first(decided.candidate.train).loss if decided else None,
                best=self._first(incumbent.train).loss,
                accepted=decided is not None and decided.accepted,
                without_acceptance=without,
            )
        )

    def _stop_early(self, without: int, idle: int) -> None:
        if isinstance(self._gate, AlwaysAccept):
            return  # nothing is compared, so that nothing says that more epochs are of no use
        if idle >= IDLE_STEPS:
            raise Ended("optimizer_done", f"the optimizer changed nothing {idle} times in a row")
        if without >= self._schedule.patience:
            raise Ended("early_stop", f"early stop: {without} epochs in a row without acceptance")

    async def _test(
        self, start: Parameters, best: Parameters, tests: TaskSet | None, ended: Ended
    ) -> tuple[BeforeAfter | None, str]:
        """The sealed test, read once, at the end, with what was kept back of the budget for it."""
        if tests is None:
            return None, ""
        if ended.end == "provider":
            return None, "; the sealed test is not read before the run has gone on to its end"
        self._ledger.hold(Amount())
        sealed = SealedTest(self._evaluator, self._keeper, self._events, tests, opened=self._tests_opened)
        return await sealed.read(start, best, self._accepted)


def _nothing_to_gain(contests: Contests, batches: Batches, incumbent: Evaluated) -> str:
    """Why no candidate could be accepted in this epoch, "" where one could: asking would be paid for in vain.

    Raises:
        Ended: None could in any other epoch either.
    """
    why = contests.nothing_to_gain(incumbent)
    if why and not (batches.drawn and contests.gates_train):
        raise Ended("nothing_to_gain", f"no candidate could be kept: {why}")
    return why


def _seconds(evaluation: Evaluation) -> float:
    return sum(result.trajectory.seconds for result in evaluation.results)


def _why_none(step: StepResult) -> str:
    if step.actions:
        return f"the actions cancelled each other out ({step.end})"
    if step.refused:
        return f"nothing was admitted, {len(step.refused)} refused ({step.end})"
    return f"nothing was proposed ({step.end})"


def _with_failure(
    failures: FailureRecord, decided: Decided | None, record: EpochRecord, batches: Batches
) -> FailureRecord:
    """The record with a rejected candidate; figures of the validation tasks stay out, as the optimizer reads it."""
    if decided is None:
        return failures
    candidate = decided.candidate
    verdict = record.reason if candidate.validation is None else "no better on tasks that are not shown"
    return failures.with_failure(
        Failure(
            epoch=record.epoch,
            parameters=candidate.parameters,
            score=candidate.train.mean,
            verdict=verdict,
            against=decided.incumbent.train.mean if batches.drawn else None,
        )
    )


def _pair(before: Evaluation | None, after: Evaluation | None) -> BeforeAfter | None:
    return BeforeAfter.on_same_samples(before, after) if before is not None and after is not None else None
