"""A race gives up a candidate that cannot be accepted any more, and never one that could be."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import MemoryKeeper, numbered

from support import Events, MemoryJournal, ScriptedModel, StubSandbox, evaluation, rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.events import RaceStopped
from toolwright.messages import ModelRequest, Usage, UserMessage
from toolwright.parameters import Parameters
from toolwright.protocols import CallSite, Gate, Rollout, Verdict
from toolwright.scoring import ExactScorer
from toolwright.tasks import Task, TaskSet
from toolwright.training.contest import Contests, Decided
from toolwright.training.evaluate import Evaluator
from toolwright.training.gates import PairedGate, ScoreThenCost, StrictImprovement
from toolwright.training.race import Race
from toolwright.training.rollouts import Rollouts
from toolwright.training.state import Evaluated

TASKS = sums(40)
GATES: list[Gate] = [
    StrictImprovement(),
    StrictImprovement("accept"),
    PairedGate(),
    ScoreThenCost(StrictImprovement(), margin=0.3),
]


def costing(tokens: int, found: Evaluation) -> Evaluation:
    """The evaluation with so many tokens a rollout."""
    used = {"usage": Usage(input_tokens=tokens)}
    results = (one.model_copy(update={"trajectory": one.trajectory.model_copy(update=used)}) for one in found.results)
    return found.model_copy(update={"results": tuple(results)})


@pytest.mark.parametrize("gate", GATES)
@settings(max_examples=15)
@given(
    scores=st.lists(
        st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.5, 1.0])), min_size=40, max_size=40
    ),
    tokens=st.sampled_from([10, 89, 100]),
    seed=st.integers(0, 99),
)
def test_only_what_the_gate_would_reject_is_given_up(
    gate: Gate, scores: list[tuple[float, float]], tokens: int, seed: int
):
    incumbent = costing(100, evaluation(TASKS, [before for before, _ in scores]))
    candidate = costing(tokens, evaluation(TASKS, [after for _, after in scores], parameters="q"))
    race = Race(gate, incumbent, numbered(1))
    for result in random.Random(seed).sample(candidate.results, 40):
        race.take("train", result)
    if race.reason:
        assert gate.decide(incumbent, candidate).decision == "reject"


def test_what_is_hopeless_is_noticed_within_a_twentieth_of_the_rollouts():
    race = Race(StrictImprovement(), evaluation(TASKS, [1.0] * 40), numbered(1))
    taken = 0
    while not race.reason:
        race.take("train", rolled(TASKS.tasks[taken], 0.0))
        taken += 1
    assert taken == 2
    assert race.reason.startswith("stopped after 2 of 40 rollouts: even with a perfect rest, worse: 0.950")


class Knows:
    """Solves the tasks of its list; the later a task, the longer it takes."""

    name = "knows"

    def __init__(self, solved: Sequence[str]) -> None:
        self._solved = solved

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        reply = await rollout.ask([UserMessage(text=task.text)])
        for _ in range(int(task.id[1:]) % 10):
            reply = await rollout.ask([UserMessage(text=task.text)])
        return reply.text if task.id in self._solved or not rollout.specs() else "no"


def target(site: CallSite, request: ModelRequest) -> str:
    """Right but for every tenth task."""
    number = int(site.task[1:])
    return "no" if number % 10 == 9 else str(number * 128)


def contests(
    model: ScriptedModel, events: Events, keeper: MemoryKeeper, *, race: bool, validation: TaskSet | None = None
) -> Contests:
    rollouts = Rollouts(Knows([]), ExactScorer(), model=model, sandbox=StubSandbox(), journal=MemoryJournal())
    evaluator = Evaluator(rollouts, events)
    return Contests(evaluator, StrictImprovement(), keeper, events, train=sums(10), validation=validation, race=race)


async def held(race: bool, validation: TaskSet | None = None) -> tuple[Decided, ScriptedModel, Events]:
    """The starting set solves nine tasks in ten, the candidate none."""
    model, events = ScriptedModel(target), Events()
    ring = contests(model, events, MemoryKeeper(), race=race, validation=validation)
    incumbent = await ring.evaluated(Parameters(), 0)
    return await ring.held(incumbent, numbered(1), 1, 0), model, events


async def test_where_the_incumbent_cannot_be_beaten_nothing_is_asked():
    model, events = ScriptedModel(target), Events()
    ring = contests(model, events, MemoryKeeper(), race=True)
    solved = evaluation(sums(10), [1.0] * 10, parameters=numbered(0).digest)
    incumbent = Evaluated(parameters=numbered(0), train=solved, validation=None)
    decided = await ring.held(incumbent, numbered(1), 1, 0)
    assert (decided.accepted, decided.saved, model.requests) == (False, 10, [])


async def test_a_lost_race_saves_requests_and_is_rejected_like_the_whole():
    with_race, raced, events = await held(race=True)
    without, whole, _ = await held(race=False)
    assert (with_race.accepted, without.accepted) == (False, False)
    assert len(raced.requests) < len(whole.requests)
    (stopped,) = events.of(RaceStopped)
    assert (stopped.run + stopped.saved, with_race.saved) == (10, stopped.saved)
    assert stopped.saved > 0


async def test_a_race_lost_on_validation_stops_the_training_tasks_too():
    with_race, raced, events = await held(race=True, validation=sums(10, start=10))
    without, whole, _ = await held(race=False, validation=sums(10, start=10))
    assert without.saved == 0
    (stopped,) = events.of(RaceStopped)
    assert stopped.split == "validation"
    assert stopped.run + stopped.saved == 20
    assert len(raced.requests) < len(whole.requests)
    assert with_race.candidate.train.stopped


async def test_a_stopped_evaluation_is_read_again_where_the_run_goes_on():
    model, events, keeper = ScriptedModel(target), Events(), MemoryKeeper()
    ring = contests(model, events, keeper, race=True)
    incumbent = await ring.evaluated(Parameters(), 0)
    first = await ring.held(incumbent, numbered(1), 1, 0)
    asked = len(model.requests)
    again = await contests(model, Events(), keeper, race=True).held(incumbent, numbered(1), 1, 0)
    assert (again.candidate, again.saved) == (first.candidate, first.saved)
    assert len(model.requests) == asked


async def test_a_stopped_evaluation_is_never_complete():
    decided, _, _ = await held(race=True)
    assert not decided.candidate.gated.complete


def test_a_gate_that_wants_more_is_no_reason_to_stop():
    class Undecided:
        def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
            return Verdict(decision="undecided", reason="too close", repeats=3)

    race = Race(Undecided(), evaluation(TASKS, [1.0] * 40), numbered(1))
    for task in TASKS.tasks:
        race.take("train", rolled(task, 0.0))
    assert race.reason == ""
