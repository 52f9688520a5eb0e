"""A candidate against the incumbent: both on the same samples, and the gate's looks at them.

candidate ─► train and validation, together ─► gate ─┬─ accept or reject
                    ▲                                └─ undecided: more repeats of both, look again
                    └──────────────────────────────────────────┘
"""

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation
from toolwright.events import GateDecided, RaceStopped
from toolwright.parameters import Parameters
from toolwright.protocols import EventSink, Gate, Keeper, Verdict
from toolwright.sync import together
from toolwright.tasks import TaskSet
from toolwright.training.best_case import nothing_to_gain
from toolwright.training.evaluate import Evaluator
from toolwright.training.race import Race
from toolwright.training.state import Evaluated, check_complete


class Decided(Frozen):
    """How a contest went: both sides with all they were evaluated on, the gate's looks, and what a race saved."""

    incumbent: Evaluated
    candidate: Evaluated
    looks: tuple[Verdict, ...]
    saved: int = 0

    @property
    def accepted(self) -> bool:
        """Whether the candidate is the new incumbent; undecided is not."""
        return self.looks[-1].decision == "accept"


class Contests:
    """Evaluates parameters and lets the gate decide.

    Args:
        evaluator: Runs and scores the agent.
        gate: Decides.
        keeper: Is given every evaluation.
        events: Is told what happens.
        train: The training tasks, or a batch of them.
        validation: What the gate decides on; the training tasks where it is None.
        race: Whether a candidate is given up as soon as it cannot be accepted any more.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        gate: Gate,
        keeper: Keeper,
        events: EventSink,
        *,
        train: TaskSet,
        validation: TaskSet | None,
        race: bool = False,
    ) -> None:
        self._evaluator, self._gate, self._keeper, self._events = evaluator, gate, keeper, events
        given = (("train", train), ("validation", validation))
        self._splits = {split: tasks for split, tasks in given if tasks is not None}
        self._race = race

    def on(self, train: TaskSet) -> "Contests":
        """The same on other training tasks: an epoch's batch."""
        validation = self._splits.get("validation")
        return Contests(
            self._evaluator,
            self._gate,
            self._keeper,
            self._events,
            train=train,
            validation=validation,
            race=self._race,
        )

    @property
    def gates_train(self) -> bool:
        """Whether the gate reads the training tasks, as there are no others."""
        return "validation" not in self._splits

    async def evaluated(self, parameters: Parameters, epoch: int, race: Race | None = None) -> Evaluated:
        """Evaluates parameters on everything the optimizer and the gate read.

        Raises:
            Ended: An outage or the budget left a rollout without a score.
        """
        found = await together(
            self._evaluator.evaluate(parameters, tasks, split, epoch, race=race)
            for split, tasks in self._splits.items()
        )
        train, *others = found
        evaluated = Evaluated(parameters=parameters, train=train, validation=others[0] if others else None)
        for evaluation in found:
            self._keep(evaluation, epoch, evaluated)
        return evaluated

    async def caught_up(self, incumbent: Evaluated, accepted: int) -> Evaluated:
        """The incumbent on these training tasks: as it is where it was run on them, else with an evaluation of them.

        Args:
            incumbent: The best so far.
            accepted: Its epoch.

        Raises:
            Ended: An outage or the budget left a rollout without a score.
        """
        train = self._splits["train"]
        if incumbent.train.tasks == train.digest:
            return incumbent
        evaluation = await self._evaluator.evaluate(incumbent.parameters, train, "train", accepted)
        self._keep(evaluation, accepted)
        return incumbent.model_copy(update={"train": evaluation})

    def nothing_to_gain(self, incumbent: Evaluated) -> str:
        """Why no candidate could win against this incumbent, "" where one could, or where nobody can tell."""
        return nothing_to_gain(self._gate, incumbent.gated, self._evaluator.repeats)

    async def held(self, incumbent: Evaluated, parameters: Parameters, epoch: int, accepted: int) -> Decided:
        """Evaluates a candidate against the incumbent and lets the gate decide.

        Args:
            incumbent: The best so far.
            parameters: The candidate's.
            epoch: The candidate's epoch.
            accepted: The incumbent's epoch.

        Raises:
            Ended: An outage or the budget left a rollout without a score; nothing is decided on less.
        """
        stopped = self._stopped(incumbent, parameters, epoch)
        if stopped is None:
            race = self._started(incumbent, parameters)
            candidate = await self.evaluated(parameters, epoch, race)
        else:
            candidate = stopped
        if candidate.gated.stopped:
            return self._given_up(incumbent, candidate, epoch)
        return await self._looked_at(incumbent, candidate, epoch, accepted)

    def _stopped(self, incumbent: Evaluated, parameters: Parameters, epoch: int) -> Evaluated | None:
        """The candidate's evaluation that a race stopped before this run was interrupted, None where there is none."""
        if not self._race:
            return None
        kept = [self._keeper.evaluation(epoch, parameters, tasks, split) for split, tasks in self._splits.items()]
        train, gated = kept[0], kept[-1]
        if train is None or gated is None or not gated.stopped:
            return None
        return Evaluated(parameters=parameters, train=train, validation=None if incumbent.validation is None else gated)

    def _started(self, incumbent: Evaluated, parameters: Parameters) -> Race | None:
        if not self._race:
            return None
        race = Race(self._gate, self._first_look(incumbent), parameters)
        race.ask()
        return race

    def _first_look(self, incumbent: Evaluated) -> Evaluation:
        return incumbent.gated.first(self._evaluator.repeats)

    def _given_up(self, incumbent: Evaluated, candidate: Evaluated, epoch: int) -> Decided:
        """A candidate that lost its race is rejected; the gate said so of the best that could have come."""
        wanted = len(self._first_look(incumbent).results)
        wanted += len(incumbent.train.first(self._evaluator.repeats).results) if incumbent.validation else 0
        run = len(candidate.gated.results) + (len(candidate.train.results) if candidate.validation else 0)
        reason = candidate.gated.stopped
        self._events.emit(
            RaceStopped(epoch=epoch, split=candidate.gated.split, run=run, saved=wanted - run, reason=reason)
        )
        look = Verdict(decision="reject", reason=reason)
        self._tell(incumbent.gated, candidate.gated, look, epoch)
        return Decided(incumbent=incumbent, candidate=candidate, looks=(look,), saved=wanted - run)

    async def _looked_at(self, incumbent: Evaluated, candidate: Evaluated, epoch: int, accepted: int) -> Decided:
        looks: list[Verdict] = []
        while True:
            first = incumbent.gated.first(candidate.gated.repeats)
            verdict = self._gate.decide(first, candidate.gated)
            looks.append(verdict)
            self._tell(first, candidate.gated, verdict, epoch)
            more = verdict.repeats or 0
            if verdict.decision != "undecided" or more <= candidate.gated.repeats:
                return Decided(incumbent=incumbent, candidate=candidate, looks=tuple(looks))
            incumbent, candidate = await together(
                (self._more(incumbent, more, accepted), self._more(candidate, more, epoch))
            )

    async def _more(self, evaluated: Evaluated, repeats: int, epoch: int) -> Evaluated:
        """The same with more samples of what the gate reads; those there are already are read from the run."""
        if evaluated.gated.repeats >= repeats:
            return evaluated
        split = evaluated.gated.split
        evaluation = await self._evaluator.evaluate(
            evaluated.parameters, self._splits[split], split, epoch, repeats=repeats
        )
        self._keep(evaluation, epoch)
        return evaluated.with_gated(evaluation)

    def _keep(self, evaluation: Evaluation, epoch: int, partial: Evaluated | None = None) -> None:
        check_complete(evaluation, partial)
        self._keeper.keep_evaluation(evaluation, epoch)

    def _tell(self, incumbent: Evaluation, candidate: Evaluation, verdict: Verdict, epoch: int) -> None:
        self._events.emit(
            GateDecided(
                epoch=epoch,
                decision=verdict.decision,
                reason=verdict.reason,
                incumbent=incumbent.mean,
                candidate=candidate.mean,
                p_value=verdict.p_value,
                level=verdict.level,
                noise=verdict.noise,
                repeats=candidate.repeats,
            )
        )
