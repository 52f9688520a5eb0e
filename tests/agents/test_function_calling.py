import json

import pytest
from rolling import roll, rollout

from support import ScriptedModel, StubSandbox, add, calling, function, results_of, says
from toolwright.agents.function_calling import FunctionCalling
from toolwright.agents.rollout import LimitReached, RolloutLimits
from toolwright.agents.tools import Tool
from toolwright.messages import ToolMessage
from toolwright.sandbox import ConfinedSandbox
from toolwright.trajectories import Outcome


async def test_it_calls_functions_until_a_reply_has_no_calls_and_takes_the_answer_from_it(sandbox: ConfinedSandbox):
    model = ScriptedModel([says("I add.", add={"a": 2, "b": 3}), "So \\boxed{5}."])
    trajectory = await roll(FunctionCalling(), rollout(model, sandbox, add()))
    assert trajectory.answer == "5"
    assert results_of(model.last) == ["5"]
    assert [(call.name, call.arguments, call.outcome.result) for call in trajectory.calls] == [
        ("add", {"a": 2, "b": 3}, 5)
    ]


async def test_the_results_of_one_reply_come_back_in_its_order(sandbox: ConfinedSandbox):
    slow = function("slow", "import time\n\n\ndef slow(n: int) -> int:\n    time.sleep(n / 100)\n    return n\n")
    model = ScriptedModel([calling(("slow", {"n": 9}), ("slow", {"n": 1}), ("slow", {"n": 4})), "\\boxed{1}"])
    await roll(FunctionCalling(), rollout(model, sandbox, slow))
    assert results_of(model.last) == ["9", "1", "4"]
    assert [m.call_id for m in model.last.messages if isinstance(m, ToolMessage)] == ["c0", "c1", "c2"]


async def test_a_failing_call_gives_the_model_an_error_to_act_on(sandbox: ConfinedSandbox):
    model = ScriptedModel([calling(("add", {"a": 1}), ("subtract", {})), "\\boxed{1}"])
    await roll(FunctionCalling(), rollout(model, sandbox, add()))
    missing, unknown = results_of(model.last)
    assert missing == "The call was not made: missing argument b; the parameters are: a (integer), b (integer)"
    assert unknown == "The call was not made: there is no function 'subtract'; there are: add"


async def test_a_long_result_is_shortened_with_a_note_of_how_much():
    stub = StubSandbox(lambda _f, _a: Outcome(status="ok", result="x" * 5_000))
    model = ScriptedModel([says(add={"a": 1, "b": 2}), "\\boxed{1}"])
    trajectory = await roll(FunctionCalling(result_characters=1_000), rollout(model, stub, add()))
    (read,) = results_of(model.last)
    assert len(read) < 1_100
    assert "[4002 characters left out]" in read
    assert trajectory.calls[0].outcome.result == "x" * 5_000


async def test_without_functions_it_offers_nothing_and_says_nothing_of_calling():
    model = ScriptedModel(["FINAL ANSWER: 7"])
    trajectory = await roll(FunctionCalling(), rollout(model, StubSandbox()))
    assert trajectory.answer == "7"
    assert model.offered() == []
    assert "function" not in model.last.messages[0].text


async def test_with_the_interpreter_the_model_may_run_code(sandbox: ConfinedSandbox):
    cells = [says(python={"code": "x = 6"}), says(python={"code": "x * 7"}), "\\boxed{42}"]
    model = ScriptedModel(cells)
    trajectory = await roll(FunctionCalling(interpreter=True), rollout(model, sandbox, add()))
    assert model.offered() == ["add", "python"]
    assert results_of(model.last) == ["42"]
    assert [call.kind for call in trajectory.calls] == ["code", "code"]


async def test_the_users_tools_are_offered_after_the_functions_and_recorded_as_such(sandbox: ConfinedSandbox):
    def weather(city: str) -> str:
        """Today's weather."""
        return f"sunny in {city}"

    model = ScriptedModel([says(weather={"city": "Rome"}), "\\boxed{sunny}"])
    trajectory = await roll(FunctionCalling(), rollout(model, sandbox, add(), tools=[Tool(weather)]))
    assert model.offered() == ["add", "weather"]
    assert results_of(model.last) == [json.dumps("sunny in Rome")]
    assert (trajectory.offered, trajectory.tools, trajectory.calls[0].kind) == (("add",), ("weather",), "tool")


async def test_a_model_that_never_answers_meets_the_turn_limit(sandbox: ConfinedSandbox):
    model = ScriptedModel(lambda _site, _request: says(add={"a": 1, "b": 2}))
    one = rollout(model, sandbox, add(), limits=RolloutLimits(turns=3))
    with pytest.raises(LimitReached, match="3 turns"):
        await roll(FunctionCalling(), one)
    assert len(model.requests) == 3
    assert len(one.trajectory(None, "turn_limit").calls) == 3


async def test_a_reply_without_an_answer_gives_none():
    trajectory = await roll(FunctionCalling(), rollout(ScriptedModel(["I do not know."]), StubSandbox()))
    assert trajectory.answer is None


async def test_a_system_prompt_of_the_users_takes_the_place_of_the_built_in_one():
    model = ScriptedModel(["last line"])
    agent = FunctionCalling(system_prompt="You are a clerk. $tools", answer="last_line")
    trajectory = await roll(agent, rollout(model, StubSandbox(), add()))
    text = model.last.messages[0].text
    assert text.startswith("You are a clerk. Call the functions")
    assert trajectory.answer == "last line"
