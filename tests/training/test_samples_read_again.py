"""What needs no request makes none: a scored rollout the run holds is read, never asked for again."""

import pytest

from support import Events, MemoryJournal, ScriptedModel, StubSandbox, add, having, sums
from toolwright.agents.function_calling import FunctionCalling
from toolwright.agents.rollout import RolloutLimits
from toolwright.errors import ModelUnavailable
from toolwright.events import RolloutFinished
from toolwright.messages import ModelRequest
from toolwright.parameters import Parameters
from toolwright.protocols import CallSite
from toolwright.scoring import ExactScorer
from toolwright.training.evaluate import Evaluator
from toolwright.training.rollouts import Rollouts

EMPTY = Parameters()


def knows(site: CallSite, request: ModelRequest) -> str:
    return f"\\boxed{{{int(site.task[1:]) * 128}}}"


def evaluator(
    model: ScriptedModel, journal: MemoryJournal, events: Events | None = None, *, agent: str = "a", scorer: str = "s"
) -> Evaluator:
    rollouts = Rollouts(
        FunctionCalling(),
        ExactScorer(),
        model=model,
        sandbox=StubSandbox(),
        journal=journal,
        limits=RolloutLimits(),
        agent_digest=agent,
        scorer_digest=scorer,
    )
    return Evaluator(rollouts, events or Events())


async def test_the_same_again_makes_no_request_and_gives_the_same():
    model, journal = ScriptedModel(knows), MemoryJournal()
    first = await evaluator(model, journal).evaluate(EMPTY, sums(5), "train", repeats=2)
    asked = len(model.requests)
    again = await evaluator(model, journal).evaluate(EMPTY, sums(5), "another name", repeats=2)
    assert (asked, len(model.requests)) == (10, 10)
    assert again.results == first.results


async def test_more_repeats_ask_for_the_new_ones_only():
    model, journal = ScriptedModel(knows), MemoryJournal()
    await evaluator(model, journal).evaluate(EMPTY, sums(4), "train")
    made = await evaluator(model, journal).evaluate(EMPTY, sums(4), "train", repeats=3)
    assert len(model.requests) == 12
    assert made.repeats == 3
    assert {site.repeat for site, _ in model.requests[4:]} == {1, 2}


@pytest.mark.parametrize("other", ["parameters", "agent", "scorer", "task"])
async def test_anything_else_is_asked_for(other: str):
    model, journal = ScriptedModel(knows), MemoryJournal()
    await evaluator(model, journal).evaluate(EMPTY, sums(2), "train")
    agent, scorer = ("b" if other == "agent" else "a"), ("t" if other == "scorer" else "s")
    parameters = having(add()) if other == "parameters" else EMPTY
    tasks = sums(2, start=7) if other == "task" else sums(2)
    await evaluator(model, journal, agent=agent, scorer=scorer).evaluate(parameters, tasks, "another")
    assert len(model.requests) == 4


async def test_a_rollout_that_failed_for_want_of_a_provider_is_not_kept():
    down = [True]

    def flaky(site: CallSite, request: ModelRequest) -> str | Exception:
        return ModelUnavailable("down") if down[0] and site.task == "t1" else knows(site, request)

    model, journal, events = ScriptedModel(flaky), MemoryJournal(), Events()
    assert not (await evaluator(model, journal, events).evaluate(EMPTY, sums(3), "train")).complete
    down[0] = False
    made = await evaluator(model, journal, events).evaluate(EMPTY, sums(3), "train")
    assert (made.complete, made.mean) == (True, 1.0)
    assert [event.task for event in events.of(RolloutFinished) if event.score is not None] == [
        "t0",
        "t2",
        "t0",
        "t2",
        "t1",
    ]


async def test_what_is_read_is_told_like_what_is_run():
    model, journal, first, again = ScriptedModel(knows), MemoryJournal(), Events(), Events()
    await evaluator(model, journal, first).evaluate(EMPTY, sums(3), "train")
    await evaluator(model, journal, again).evaluate(EMPTY, sums(3), "train")
    assert again.seen == first.seen
