import asyncio
import re

import pytest
from rolling import SITE, TASK, rollout

from support import MemoryJournal, ScriptedModel, StubSandbox, add, function, having, says
from toolwright.agents.rollout import INTERPRETER, LimitReached, RolloutLimits
from toolwright.agents.selection import offer_all
from toolwright.messages import Message, SystemMessage, ToolCall, UserMessage
from toolwright.sandbox import ConfinedSandbox
from toolwright.trajectories import Outcome

ASKED: list[Message] = [SystemMessage(text="Be brief."), UserMessage(text="2 + 3?")]


def call(name: str, arguments: str, number: int = 0) -> ToolCall:
    return ToolCall(id=f"c{number}", name=name, arguments=arguments)


async def test_the_task_of_a_rollout_has_neither_target_nor_metadata():
    one = rollout(ScriptedModel([]), StubSandbox())
    assert one.task.target is None
    assert one.task.metadata == {}
    assert one.task.question == TASK.question


async def test_with_two_learned_functions_each_runs_its_own_code(sandbox: ConfinedSandbox):
    one = function("one_more", "def one_more(n: int) -> int:\n    return n + 1\n")
    double = function("double", "def double(n: int) -> int:\n    return n * 2\n")
    async with rollout(ScriptedModel([]), sandbox, one, double) as made:
        first, second = await made.call([call("one_more", '{"n": 10}'), call("double", '{"n": 10}', 1)])
    assert (first.result, second.result) == (11, 20)


async def test_calls_of_one_reply_run_together():
    both = asyncio.Barrier(2)

    class Together(StubSandbox):
        async def call(self, function, arguments, files=(), *, caller=""):  # pyright: ignore[reportUnknownParameterType, reportMissingParameterType] - the protocol's
            async with asyncio.timeout(30):
                await both.wait()
            return await super().call(function, arguments, files, caller=caller)  # pyright: ignore[reportUnknownArgumentType] - as above

    async with rollout(ScriptedModel([]), Together(), add()) as made:
        outcomes = await made.call([call("add", '{"a": 1, "b": 2}'), call("add", '{"a": 3, "b": 4}', 1)])
    assert [outcome.status for outcome in outcomes] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("sub", "{}", "there is no function 'sub'; there are: add"),
        ("add", "{", "not valid JSON.*send them again as one JSON object"),
        ("add", "[1, 2]", "must be a JSON object, not list"),
        ("add", '{"a": NaN, "b": 1}', "NaN is not JSON"),
        ("add", '{"a": 1}', "missing argument b; the parameters are: a .integer., b .integer."),
        ("add", '{"a": 1, "b": 2, "c": 3}', "unknown argument c"),
        ("add", '{"a": "1", "b": 2}', "argument a must be an integer"),
        ("add", '{"a": "\\ud800", "b": 2}', "surrogate"),
        ("add", '{"a": ' + "[" * 500 + "]" * 500 + "}", "nested"),
        ("add", '{"a": ' + "[" * 100_000 + "}", "nested too deeply|not valid JSON"),
    ],
)
async def test_a_call_that_cannot_be_made_gets_an_error_to_act_on_and_runs_nothing(
    name: str, arguments: str, said: str
):
    stub = StubSandbox()
    async with rollout(ScriptedModel([]), stub, add()) as made:
        (outcome,) = await made.call([call(name, arguments)])
    assert outcome.status == "refused"
    assert re.search(said, outcome.error), outcome.error
    assert stub.calls == []


async def test_a_function_that_raises_gives_the_error_and_costs_that_call_only(sandbox: ConfinedSandbox):
    picky = function(
        "picky", "def picky(n: int) -> int:\n    if n < 0:\n        raise ValueError('n < 0')\n    return n\n"
    )
    async with rollout(ScriptedModel([]), sandbox, picky) as made:
        bad, good = await made.call([call("picky", '{"n": -1}'), call("picky", '{"n": 4}', 1)])
    assert bad.status == "error"
    assert "ValueError: n < 0" in bad.error
    assert good.result == 4


async def test_the_turn_limit_ends_a_rollout():
    model = ScriptedModel(["a", "b", "c"])
    async with rollout(model, StubSandbox(), limits=RolloutLimits(turns=2)) as made:
        await made.ask(ASKED)
        await made.ask(ASKED)
        with pytest.raises(LimitReached, match="the limit of 2 turns is reached") as caught:
            await made.ask(ASKED)
    assert caught.value.end == "turn_limit"
    assert len(model.requests) == 2


async def test_the_call_limit_counts_functions_tools_and_code_together(sandbox: ConfinedSandbox):
    async with rollout(ScriptedModel([]), sandbox, add(), limits=RolloutLimits(calls=2)) as made:
        await made.call([call("add", '{"a": 1, "b": 2}')])
        await made.run_code("1 + 1")
        with pytest.raises(LimitReached, match="the limit of 2 calls is reached"):
            await made.run_code("2 + 2")
        with pytest.raises(LimitReached):
            await made.call([call("add", '{"a": 1, "b": 2}')])
        assert len(made.trajectory(None, "call_limit").calls) == 2


async def test_groups_of_calls_that_an_agent_starts_at_once_keep_places_of_their_own():
    journal = MemoryJournal()
    async with rollout(ScriptedModel(["a"]), StubSandbox(), add(), journal=journal) as made:
        await made.ask(ASKED)
        await asyncio.gather(*(made.call([call("add", f'{{"a": {n}, "b": 0}}')]) for n in range(3)))
        calls = made.trajectory("x", "answer").calls
    assert [(one.turn, one.index) for one in calls] == [(0, 0), (0, 1), (0, 2)]
    assert len(journal.outcomes) == 3


async def test_an_outcome_in_the_journal_is_used_and_nothing_runs_again():
    journal = MemoryJournal()
    for status in ("ok", "error"):
        stub = StubSandbox(lambda _f, _a, status=status: Outcome(status=status, result=7))  # pyright: ignore[reportUnknownLambdaType] - a call's
        async with rollout(ScriptedModel(["a"]), stub, add(), journal=journal) as made:
            await made.ask(ASKED)
            (outcome,) = await made.call([call("add", '{"a": 1, "b": 2}')])
        assert outcome == Outcome(status="ok", result=7)
    assert list(journal.outcomes) == [(SITE.key, 0)]


async def test_the_interpreter_keeps_its_state_between_cells_and_ends_with_the_rollout(sandbox: ConfinedSandbox):
    async with rollout(ScriptedModel([]), sandbox) as made:
        await made.run_code("x = 20")
        outcome = await made.run_code("print('x is', x)\nx + 1")
    assert (outcome.result, outcome.stdout) == (21, "x is 20\n")


async def test_the_interpreters_state_is_rebuilt_from_the_journal(sandbox: ConfinedSandbox):
    journal = MemoryJournal()
    async with rollout(ScriptedModel([]), sandbox, journal=journal) as made:
        await made.run_code("x = 20")
    async with rollout(ScriptedModel([]), sandbox, journal=journal) as again:
        assert (await again.run_code("x = 20")).ok
        assert (await again.run_code("x + 1")).result == 21


async def test_code_can_be_called_only_where_it_was_offered(sandbox: ConfinedSandbox):
    cell = call("python", '{"code": "6 * 7"}')
    async with rollout(ScriptedModel(["a", "b"]), sandbox) as made:
        await made.ask(ASKED)
        (before,) = await made.call([cell])
        await made.ask(ASKED, [INTERPRETER])
        (after,) = await made.call([cell])
    assert before.status == "refused"
    assert after.result == 42


async def test_the_trajectory_holds_the_whole_conversation_what_was_offered_and_what_was_used():
    model = ScriptedModel([says(add={"a": 1, "b": 2}), "3"])
    async with rollout(model, StubSandbox(), add()) as made:
        said = list(ASKED)
        said.append(await made.ask(said, made.specs()))
        said.append(await made.ask(said, made.specs()))
        kept = made.trajectory("3", "answer")
    assert list(kept.messages) == said
    assert kept.offered == ("add",)
    assert kept.usage.requests == 2


async def test_an_agent_of_two_conversations_keeps_both():
    async with rollout(ScriptedModel(["a", "b"]), StubSandbox()) as made:
        await made.ask(ASKED)
        await made.ask([UserMessage(text="Check it.")])
        texts = [message.text for message in made.trajectory("b", "answer").messages]
    assert texts == ["Be brief.", "2 + 3?", "a", "Check it.", "b"]


def test_all_functions_are_offered_by_default():
    assert offer_all(TASK, having(add())) == having(add()).functions
