"""Several proposals an epoch: asked for together, screened on a minibatch, the best goes on."""

import asyncio
from collections.abc import Callable, Mapping

from loops import numbered

from support import Events, MemoryJournal, ScriptedModel, StubSandbox, evaluation, sums
from toolwright.agents.function_calling import FunctionCalling
from toolwright.events import ProposalsScreened
from toolwright.messages import ModelRequest
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.optimizer.step import StepContext, StepResult
from toolwright.parameters import Parameters
from toolwright.protocols import CallSite
from toolwright.scoring import ExactScorer
from toolwright.training.evaluate import Evaluator
from toolwright.training.proposals import Proposals, minibatch
from toolwright.training.rollouts import Rollouts

TASKS = sums(20)
CONTEXT = StepContext(
    epoch=2,
    incumbent=numbered(0),
    evaluation=evaluation(TASKS, [0.0] * 20, parameters=numbered(0).digest),
    tasks=TASKS,
    failures=FailureRecord(),
)


class Proposing:
    """Proposes by the number of the proposal; remembers how many it was asked at once."""

    def __init__(self, parameters: Callable[[int], Parameters]) -> None:
        self._parameters = parameters
        self.under_way = self.most = 0

    async def step(self, context: StepContext) -> StepResult:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return StepResult(candidate=self._parameters(context.proposal), actions=(), refused=(), end="max_actions")


def solving(share: Mapping[str, int]) -> ScriptedModel:
    """Parameters solve every task whose number leaves a rest below their share of four."""

    def answer(site: CallSite, request: ModelRequest) -> str:
        number = int(site.task[1:])
        return f"\\boxed{{{number * 128}}}" if number % 4 < share[site.parameters] else "\\boxed{no}"

    return ScriptedModel(answer)


def proposals(
    optimizer: Proposing, model: ScriptedModel, events: Events, *, count: int, screen: int = 8, seed: int = 0
) -> Proposals:
    rollouts = Rollouts(FunctionCalling(), ExactScorer(), model=model, sandbox=StubSandbox(), journal=MemoryJournal())
    return Proposals(optimizer, Evaluator(rollouts, events), events, count=count, screen=screen, seed=seed)


SHARES = {numbered(n).digest: share for n, share in ((1, 1), (2, 3), (3, 2))}


async def test_the_best_on_the_minibatch_goes_on():
    optimizer, model, events = Proposing(lambda number: numbered(number + 1)), solving(SHARES), Events()
    chosen = await proposals(optimizer, model, events, count=3).ask(CONTEXT)
    assert optimizer.most == 3
    assert chosen.step.candidate == numbered(2)
    (told,) = events.of(ProposalsScreened)
    assert (told.tasks, told.requests, told.chosen) == (8, 24, numbered(2).digest)
    assert told.scores == chosen.screened
    assert max(told.scores, key=lambda digest: told.scores[digest]) == numbered(2).digest
    assert {site.task for site, _ in model.requests} == {
        task.id for task in minibatch(TASKS, 8, numbered(0), epoch=2).tasks
    }


async def test_equal_and_idle_proposals_are_not_screened():
    events, model = Events(), solving(SHARES)
    optimizer = Proposing(lambda number: numbered(0) if number == 0 else numbered(3))
    chosen = await proposals(optimizer, model, events, count=3).ask(CONTEXT)
    assert chosen.step.candidate == numbered(3)
    assert (model.requests, chosen.screened, events.of(ProposalsScreened)) == ([], {}, [])


async def test_where_all_are_idle_the_epoch_is():
    chosen = await proposals(Proposing(lambda _: numbered(0)), solving(SHARES), Events(), count=2).ask(CONTEXT)
    assert chosen.step.candidate == numbered(0)


async def test_of_equals_the_first_is_chosen():
    same = dict.fromkeys(SHARES, 2)
    optimizer = Proposing(lambda number: numbered(3 - number))
    assert (await proposals(optimizer, solving(same), Events(), count=3).ask(CONTEXT)).step.candidate == numbered(3)


def test_a_minibatch_is_the_same_in_every_replay_and_another_in_every_epoch():
    draws = [minibatch(TASKS, 8, numbered(0), epoch) for epoch in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    assert all(len(draw) == 8 for draw in draws)
    assert minibatch(TASKS, 20, numbered(0), 1) is TASKS


async def test_another_seed_screens_on_another_minibatch():
    tasks = [minibatch(TASKS, 8, numbered(0), 2, seed) for seed in range(3)]
    assert len({one.digest for one in tasks}) == 3
    optimizer, model = Proposing(lambda number: numbered(number + 1)), solving(SHARES)
    await proposals(optimizer, model, Events(), count=3, seed=2).ask(CONTEXT)
    assert {site.task for site, _ in model.requests} == {task.id for task in tasks[2].tasks}
