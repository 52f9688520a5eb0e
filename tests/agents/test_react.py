import pytest
from rolling import roll, rollout

from support import ScriptedModel, StubSandbox, add, function
from toolwright.agents.react import ReAct
from toolwright.agents.rollout import LimitReached, RolloutLimits
from toolwright.agents.tools import Tool
from toolwright.sandbox import ConfinedSandbox

ADD = 'Thought: I add.\nAction: add\nAction Input: {"a": 2, "b": 3}'


async def test_it_acts_reads_the_observation_and_answers(sandbox: ConfinedSandbox):
    model = ScriptedModel([ADD, "Thought: done.\nFINAL ANSWER: 5"])
    trajectory = await roll(ReAct(), rollout(model, sandbox, add()))
    assert model.read() == "Observation: 5"
    assert trajectory.answer == "5"
    assert [(call.kind, call.name, call.outcome.result) for call in trajectory.calls] == [("function", "add", 5)]


async def test_it_needs_no_tool_interface_the_actions_are_in_the_prompt():
    model = ScriptedModel(["FINAL ANSWER: 5"])
    await roll(ReAct(), rollout(model, StubSandbox(), add()))
    assert model.offered() == []
    assert "add: The sum.\nArguments (JSON schema): {" in model.last.messages[0].text


async def test_an_observation_that_the_model_made_up_is_not_kept(sandbox: ConfinedSandbox):
    model = ScriptedModel([ADD + "\nObservation: 6\nFINAL ANSWER: 6", "FINAL ANSWER: 5"])
    trajectory = await roll(ReAct(), rollout(model, sandbox, add()))
    assert trajectory.answer == "5"
    assert [message.text for message in model.last.messages[-2:]] == [ADD, "Observation: 5"]


async def test_a_failing_action_gives_an_observation_to_act_on(sandbox: ConfinedSandbox):
    model = ScriptedModel(["Action: sub\nAction Input: {}", "Action: add\nAction Input: {}", "FINAL ANSWER: 0"])
    await roll(ReAct(), rollout(model, sandbox, add()))
    assert model.read(1) == "Observation: The call was not made: there is no function 'sub'; there are: add"
    assert "missing arguments a, b" in model.read(2)


async def test_a_reply_with_neither_action_nor_answer_is_told_what_is_missing():
    model = ScriptedModel(["Let me think.", "FINAL ANSWER: 5"])
    trajectory = await roll(ReAct(), rollout(model, StubSandbox(), add()))
    assert "neither an action nor an answer" in model.read()
    assert trajectory.answer == "5"


async def test_a_boxed_answer_without_the_label_is_an_answer():
    trajectory = await roll(ReAct(), rollout(ScriptedModel(["So it is \\boxed{5}."]), StubSandbox()))
    assert trajectory.answer == "5"


async def test_a_model_that_never_answers_meets_the_turn_limit():
    model = ScriptedModel(lambda _site, _request: "I go on thinking.")
    with pytest.raises(LimitReached, match="2 turns"):
        await roll(ReAct(), rollout(model, StubSandbox(), limits=RolloutLimits(turns=2)))


@pytest.mark.parametrize(
    ("written", "result"),
    [("3 + 4", "3 + 4"), ('"3 + 4"', "3 + 4"), ("42", "42"), ('{"text": "x"}', "x"), ("text='x'", "x"), ("x=5", "x=5")],
)
async def test_bare_text_is_the_only_parameters_value(sandbox: ConfinedSandbox, written: str, result: str):
    echo = function("echo", "def echo(text: str) -> str:\n    return text\n")
    model = ScriptedModel([f"Action: echo\nAction Input: {written}", "FINAL ANSWER: 0"])
    trajectory = await roll(ReAct(), rollout(model, sandbox, echo))
    assert trajectory.calls[0].outcome.result == result


@pytest.mark.parametrize(
    ("written", "result"),
    [
        ("text: abc", "abc"),
        ('text : "a b"', "a b"),
        ("text:\nabc", "abc"),
        ("word: abc", "word: abc"),
        ("texts", "texts"),
    ],
)
async def test_the_only_parameters_name_before_its_value_is_no_part_of_it(
    sandbox: ConfinedSandbox, written: str, result: str
):
    echo = function("echo", "def echo(text: str) -> str:\n    return text\n")
    model = ScriptedModel([f"Action: echo\nAction Input: {written}", "FINAL ANSWER: 0"])
    trajectory = await roll(ReAct(), rollout(model, sandbox, echo))
    assert trajectory.calls[0].outcome.result == result


async def test_bare_json_is_the_only_parameters_value_where_it_is_no_text(sandbox: ConfinedSandbox):
    total = function("total", "def total(numbers: list[int]) -> int:\n    return sum(numbers)\n")
    model = ScriptedModel(["Action: total\nAction Input: [1, 2, 3]", "FINAL ANSWER: 0"])
    trajectory = await roll(ReAct(), rollout(model, sandbox, total))
    assert trajectory.calls[0].outcome.result == 6


@pytest.mark.parametrize(
    "cells",
    [
        ["```python\nx = 6\n```", "```python\nx * 7\n```"],
        ["x = 6", "x * 7"],
        ['{"code": "x = 6"}', '{"code": "x * 7"}'],
        ["{'code': 'x = 6'}", '```json\n{"code": "x * 7"}\n```'],
    ],
)
async def test_code_may_be_written_bare_fenced_or_as_an_argument_and_keeps_its_state(
    sandbox: ConfinedSandbox, cells: list[str]
):
    model = ScriptedModel([*(f"Action: python\nAction Input: {cell}" for cell in cells), "FINAL ANSWER: 42"])
    await roll(ReAct(interpreter=True), rollout(model, sandbox))
    assert model.read() == "Observation: 42"


async def test_the_users_tools_are_actions_too(sandbox: ConfinedSandbox):
    def weather(city: str) -> str:
        """Today's weather."""
        return f"sunny in {city}"

    model = ScriptedModel(["Action: weather\nAction Input: Rome", "FINAL ANSWER: sunny"])
    trajectory = await roll(ReAct(), rollout(model, sandbox, tools=[Tool(weather)]))
    assert model.read() == 'Observation: "sunny in Rome"'
    assert trajectory.calls[0].kind == "tool"
