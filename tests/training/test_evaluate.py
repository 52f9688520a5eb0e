import asyncio
import json
from typing import Any

import pytest

from support import Events, MemoryJournal, Said, ScriptedModel, StubSandbox, add, function, having, says, sums
from toolwright.agents.function_calling import FunctionCalling
from toolwright.agents.rollout import RolloutLimits
from toolwright.agents.selection import offer_all
from toolwright.agents.tools import Tool
from toolwright.errors import (
    BudgetReached,
    ConfigError,
    DataError,
    ModelError,
    ModelUnavailable,
    ReplayError,
    RequestRefused,
    RunError,
    SandboxError,
    ToolwrightError,
)
from toolwright.evaluations import Score
from toolwright.events import EvaluationFinished, EvaluationStarted, RolloutFinished, Warned
from toolwright.functions import Function, FunctionSet
from toolwright.messages import ModelRequest, UserMessage
from toolwright.parameters import Parameters
from toolwright.protocols import Agent, CallSite, Rollout
from toolwright.sandbox import ConfinedSandbox
from toolwright.scoring import ExactScorer
from toolwright.tasks import Task
from toolwright.training.evaluate import ROUNDS, Evaluator
from toolwright.training.rollouts import Rollouts, ScorerFailed
from toolwright.trajectories import Outcome, Trajectory

EMPTY = Parameters()


def knows(site: CallSite, request: ModelRequest) -> Said:
    """Answers every sum right."""
    return f"\\boxed{{{int(site.task[1:]) * 128}}}"


def evaluator(model: ScriptedModel | None = None, events: Events | None = None, **options: Any) -> Evaluator:
    parts: dict[str, Any] = {"agent": FunctionCalling(), "scorer": ExactScorer(), "sandbox": StubSandbox()}
    parts |= {"model": model or ScriptedModel(knows), "journal": MemoryJournal()}
    given = {name: options.pop(name) for name in ("repeats", "at_once") if name in options}
    return Evaluator(Rollouts(**(parts | options)), events or Events(), **given)


async def test_every_task_is_run_and_scored():
    tasks = sums(4)
    made = await evaluator().evaluate(EMPTY, tasks, "train")
    assert (made.mean, made.complete, made.split) == (1.0, True, "train")
    assert (made.parameters, made.tasks) == (EMPTY.digest, tasks.digest)


async def test_results_are_in_task_order_whatever_the_order_they_end_in():
    class Slow:
        name = "slow"

        async def run(self, task: Task, rollout: Rollout) -> str | None:
            await asyncio.sleep(0.3 - int(task.id[1:]) / 10)
            return (await rollout.ask([UserMessage(text=task.text)])).text

    events = Events()
    made = await evaluator(events=events, agent=Slow(), repeats=2).evaluate(EMPTY, sums(4), "train")
    order = [(result.trajectory.task_id, result.trajectory.repeat) for result in made.results]
    assert order == [(f"t{n}", repeat) for n in range(4) for repeat in range(2)]
    finished = [event.task for event in events.of(RolloutFinished)]
    assert finished == sorted(finished, reverse=True)


async def test_no_more_rollouts_are_under_way_at_once_than_allowed():
    under_way: list[int] = [0, 0]

    class Counting:
        name = "counting"

        async def run(self, task: Task, rollout: Rollout) -> str | None:
            under_way[0] += 1
            under_way[1] = max(under_way)
            await asyncio.sleep(0.001)
            under_way[0] -= 1
            return "x"

    await evaluator(agent=Counting(), at_once=3).evaluate(EMPTY, sums(12), "train")
    assert under_way == [0, 3]


async def test_neither_agent_nor_model_ever_sees_a_target_or_a_verdict():
    seen: list[Task] = []

    class Curious:
        name = "curious"

        async def run(self, task: Task, rollout: Rollout) -> str | None:
            seen.extend([task, rollout.task])
            return (await rollout.ask([UserMessage(text=task.text)])).text

    model = ScriptedModel(["wrong"] * 3)
    await evaluator(model, agent=Curious()).evaluate(EMPTY, sums(3, start=5), "train")
    assert all(task.target is None for task in seen)
    assert "640" not in json.dumps([request.model_dump() for _, request in model.requests])


async def test_a_provider_that_fails_gives_no_score_and_is_tried_again():
    failing = {"t1": 2}

    def flaky(site: CallSite, request: ModelRequest) -> Said:
        if failing.get(site.task, 0) > 0:
            failing[site.task] -= 1
            return ModelUnavailable("down")
        return knows(site, request)

    events = Events()
    made = await evaluator(ScriptedModel(flaky), events).evaluate(EMPTY, sums(3), "train")
    assert (made.complete, made.mean) == (True, 1.0)
    ends = [(event.task, event.end, event.score) for event in events.of(RolloutFinished) if event.task == "t1"]
    assert ends == [("t1", "provider", None), ("t1", "provider", None), ("t1", "answer", 1.0)]
    assert len(events.of(RolloutFinished)) == 5


async def test_a_provider_that_stays_down_leaves_the_evaluation_incomplete_and_scores_no_outage_as_a_failure():
    def down(site: CallSite, request: ModelRequest) -> Said:
        return ModelUnavailable("down") if site.task == "t1" else knows(site, request)

    model = ScriptedModel(down)
    made = await evaluator(model).evaluate(EMPTY, sums(3), "train")
    assert not made.complete
    assert made.mean == 1.0
    assert [result.trajectory.end for result in made.results] == ["answer", "provider", "answer"]
    assert len(model.requests) == 2 + ROUNDS


async def test_a_sandbox_that_fails_gives_no_score_either():
    def broken(_function: Function, _arguments: object) -> Outcome:
        raise SandboxError("the base process is gone")

    def calls(site: CallSite, request: ModelRequest) -> Said:
        return says(add={"a": 1, "b": 2})

    one = evaluator(ScriptedModel(calls), sandbox=StubSandbox(broken))
    made = await one.evaluate(having(add()), sums(1), "train")
    (result,) = made.results
    assert (result.score, result.trajectory.end) == (None, "sandbox")


async def test_a_reached_budget_gives_no_score_and_is_not_tried_again():
    model = ScriptedModel([BudgetReached("the limit of 1 requests is reached")] * 9)
    made = await evaluator(model).evaluate(EMPTY, sums(2), "train")
    assert [result.trajectory.end for result in made.results] == ["budget", "budget"]
    assert len(model.requests) == 2


@pytest.mark.parametrize("error", [ValueError("a bug"), RequestRefused("too long"), KeyError("x")])
async def test_what_an_agent_raises_ends_its_rollout_with_score_0_and_nothing_else(error: Exception):
    class Buggy:
        name = "buggy"

        async def run(self, task: Task, rollout: Rollout) -> str | None:
            if task.id == "t0":
                raise error
            return (await rollout.ask([UserMessage(text=task.text)])).text.removeprefix("\\boxed{").removesuffix("}")

    events = Events()
    made = await evaluator(events=events, agent=Buggy()).evaluate(EMPTY, sums(2), "train")
    assert (made.complete, made.mean) == (True, 0.5)
    trajectory = made.results[0].trajectory
    assert (trajectory.end, trajectory.answer) == ("agent_error", None)
    assert str(error) in trajectory.error
    assert len(events.of(RolloutFinished)) == 2


async def test_a_limit_of_the_rollout_is_the_agents_own_failure():
    def forever(site: CallSite, request: ModelRequest) -> Said:
        return says(add={"a": 1, "b": 2})

    one = evaluator(ScriptedModel(forever), limits=RolloutLimits(turns=2))
    (result,) = (await one.evaluate(having(add()), sums(1), "train")).results
    assert (result.value, result.trajectory.end, len(result.trajectory.calls)) == (0, "turn_limit", 2)
    assert result.score is not None


@pytest.mark.parametrize("error", [ModelError("no such model"), ReplayError("not recorded"), RunError("disk full")])
async def test_what_no_rollout_can_answer_for_ends_the_run(error: ToolwrightError):
    with pytest.raises(type(error), match=str(error)):
        await evaluator(ScriptedModel([error] * 9)).evaluate(EMPTY, sums(3), "train")


class Picky:
    """A scorer that raises on the answers to some tasks."""

    name = "picky"

    def __init__(self, *tasks: str, error: Exception | None = None) -> None:
        self.tasks, self.error = tasks, error or ZeroDivisionError("oh")

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        if task.id in self.tasks:
            raise self.error
        return Score(value=1.0)


async def test_an_answer_the_scorer_raises_on_scores_0_and_is_warned_of():
    events = Events()
    made = await evaluator(scorer=Picky("t1"), events=events).evaluate(EMPTY, sums(3), "train")
    assert [result.value for result in made.results] == [1, 0, 1]
    assert made.results[1].score is not None
    assert made.results[1].score.reason == "the scorer raised ZeroDivisionError: oh"
    (warned,) = events.of(Warned)
    assert warned.text == "train: scorer picky failed on 1 of 3 tasks, scored 0; first on t1: ZeroDivisionError: oh"


async def test_a_scorer_that_raises_on_every_task_ends_the_run_naming_scorer_and_task():
    with pytest.raises(ToolwrightError, match=r"scorer picky failed on every task; first on t0: ZeroDivisionError: oh"):
        await evaluator(scorer=Picky("t0", "t1")).evaluate(EMPTY, sums(2), "train")


async def test_what_every_rollout_failed_by_is_mended_and_scored_again_without_asking_a_model():
    journal, model = MemoryJournal(), ScriptedModel(knows)
    with pytest.raises(ScorerFailed):
        await evaluator(model, scorer=Picky("t0", "t1"), journal=journal).evaluate(EMPTY, sums(2), "train")
    made = await evaluator(model, scorer=Picky(), journal=journal).evaluate(EMPTY, sums(2), "train")
    assert made.mean == 1.0
    some = await evaluator(model, scorer=Picky("t2"), journal=journal).evaluate(EMPTY, sums(3), "train")
    again = await evaluator(model, scorer=Picky(), journal=journal).evaluate(EMPTY, sums(3), "train")
    assert [result.value for result in again.results] == [result.value for result in some.results] == [1, 1, 0]


@pytest.mark.parametrize("error", [DataError("no target"), ConfigError("it returned None")])
async def test_a_task_that_the_scorer_finds_wrong_ends_no_run_either(error: ToolwrightError):
    events = Events()
    made = await evaluator(scorer=Picky("t1", error=error), events=events).evaluate(EMPTY, sums(3), "train")
    assert [result.value for result in made.results] == [1, 0, 1]
    (warned,) = events.of(Warned)
    assert warned.text.endswith(f"scored 0; first on t1: {type(error).__name__}: {error}")


async def test_a_scorer_that_says_it_can_score_nothing_ends_the_run_and_one_whose_model_is_out_says_that():
    with pytest.raises(ScorerFailed, match="it cannot begin"):
        await evaluator(scorer=Picky("t1", error=ToolwrightError("it cannot begin"))).evaluate(EMPTY, sums(2), "train")
    with pytest.raises(ModelUnavailable, match="down"):
        await evaluator(scorer=Picky("t1", error=ModelUnavailable("down"))).evaluate(EMPTY, sums(2), "train")


@pytest.mark.parametrize(
    ("error", "end"),
    [(ModelUnavailable("down"), "provider"), (BudgetReached("spent"), "budget")],
)
async def test_an_outage_that_an_agent_hides_is_still_no_failure_of_the_agent(error: ToolwrightError, end: str):
    class Hiding:
        name = "hiding"

        async def run(self, task: Task, rollout: Rollout) -> str | None:
            try:
                return (await rollout.ask([UserMessage(text=task.text)])).text
            except Exception:  # noqa: BLE001 - what is shown is that hiding it changes nothing
                return "I give up"

    made = await evaluator(ScriptedModel([error] * 9), agent=Hiding()).evaluate(EMPTY, sums(1), "train")
    assert (made.complete, made.results[0].score, made.results[0].trajectory.end) == (False, None, end)


@pytest.mark.parametrize(
    ("answer", "text"), [(42, "the agent returned 42; return a text"), (SystemExit(3), "SystemExit: 3")]
)
async def test_an_agent_that_returns_or_raises_what_it_should_not_scores_0_and_is_warned_of(answer: object, text: str):
    class Odd:
        name = "odd"

        async def run(self, task: Task, rollout: Rollout) -> Any:
            if isinstance(answer, BaseException):
                raise answer
            return answer

    events = Events()
    made = await evaluator(agent=Odd(), events=events).evaluate(EMPTY, sums(2), "train")
    assert (made.complete, made.mean, made.results[0].trajectory.end) == (True, 0.0, "agent_error")
    (warned,) = events.of(Warned)
    assert "the agent failed on 2 of 2 tasks" in warned.text
    assert text in warned.text


async def test_a_selection_that_gives_no_function_set_ends_the_run_saying_so():
    def nothing(task: Task, parameters: Parameters) -> Any:
        return None

    with pytest.raises(ToolwrightError, match="select returned None for task 't0'; return a FunctionSet"):
        await evaluator(select=nothing).evaluate(EMPTY, sums(1), "train")


async def test_a_selection_that_raises_ends_the_run_naming_the_task():
    def broken(task: Task, parameters: Parameters) -> FunctionSet:
        raise LookupError("no index")

    with pytest.raises(ToolwrightError, match="select failed on task 't0': LookupError: no index"):
        await evaluator(select=broken).evaluate(EMPTY, sums(1), "train")


async def test_select_decides_what_is_offered_and_the_trajectory_keeps_it():
    both = having(add(), function("sub", "def sub(a: int, b: int) -> int:\n    return a - b\n"))

    def one_each(task: Task, parameters: Parameters) -> FunctionSet:
        assert task.target is None
        return parameters.functions.without("sub" if task.id == "t0" else "add")

    model = ScriptedModel(knows)
    made = await evaluator(model, select=one_each).evaluate(both, sums(2), "train")
    assert [result.trajectory.offered for result in made.results] == [("add",), ("sub",)]
    offered = {site.task: [tool.name for tool in request.tools] for site, request in model.requests}
    assert offered == {"t0": ["add"], "t1": ["sub"]}
    assert offer_all(sums(1).tasks[0], both) == both.functions


async def test_a_function_that_is_not_offered_cannot_be_called():
    def calls(site: CallSite, request: ModelRequest) -> Said:
        return says(add={"a": 1, "b": 2}) if site.turn == 0 else "\\boxed{0}"

    def none(task: Task, parameters: Parameters) -> FunctionSet:
        return FunctionSet()

    stub = StubSandbox()
    made = await evaluator(ScriptedModel(calls), sandbox=stub, select=none).evaluate(having(add()), sums(1), "train")
    assert made.results[0].trajectory.calls[0].kind == "unknown"
    assert stub.calls == []


async def test_a_users_own_agent_is_a_class_with_one_async_method(sandbox: ConfinedSandbox):
    class Mine:
        name = "mine"

        async def run(self, task: Task, rollout: Rollout) -> str | None:
            reply = await rollout.ask([UserMessage(text=task.text)], rollout.specs())
            (outcome,) = await rollout.call(reply.calls)
            return str(outcome.result)

    def calls(site: CallSite, request: ModelRequest) -> Said:
        number = int(site.task[1:])
        return says(add={"a": number * 37, "b": number * 91})

    agent: Agent = Mine()
    one = evaluator(ScriptedModel(calls), agent=agent, sandbox=sandbox)
    made = await one.evaluate(having(add()), sums(3), "train")
    assert made.mean == 1.0
    trajectory = made.results[2].trajectory
    assert [(call.name, call.outcome.result) for call in trajectory.calls] == [("add", 256)]
    assert trajectory.usage.requests == 1


async def test_each_sample_has_a_call_site_of_its_own():
    model = ScriptedModel(knows)
    await evaluator(model, repeats=2).evaluate(EMPTY, sums(2), "validation")
    sites = [site for site, _ in model.requests]
    assert len({site.key for site in sites}) == 4
    assert {(site.role, site.purpose, site.parameters) for site in sites} == {("agent", "validation", EMPTY.digest)}


async def test_events_tell_the_beginning_every_rollout_and_the_end():
    events = Events()
    made = await evaluator(events=events).evaluate(EMPTY, sums(2), "train", epoch=3)
    (started,), (finished,) = events.of(EvaluationStarted), events.of(EvaluationFinished)
    assert (started.epoch, started.rollouts) == (3, 2)
    assert (finished.mean, finished.scored, finished.usage) == (1.0, 2, made.usage)
    assert events.seen[0] is started
    assert events.seen[-1] is finished


async def test_the_users_tools_are_recorded_as_tools():
    def lookup(key: str) -> str:
        """Looks it up."""
        return key.upper()

    def calls(site: CallSite, request: ModelRequest) -> Said:
        return says(lookup={"key": "x"}) if site.turn == 0 else "\\boxed{X}"

    made = await evaluator(ScriptedModel(calls), tools=[Tool(lookup)]).evaluate(EMPTY, sums(1), "train")
    trajectory = made.results[0].trajectory
    assert trajectory.tools == ("lookup",)
    assert (trajectory.calls[0].kind, trajectory.calls[0].outcome.result) == ("tool", "X")
