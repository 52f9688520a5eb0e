"""What the agents say before anything else, as text files that a reviewer reads."""

from rolling import roll, rollout

from support import ScriptedModel, StubSandbox, add, check_snapshot
from toolwright.agents.function_calling import FunctionCalling
from toolwright.agents.react import ReAct
from toolwright.functions import Function
from toolwright.protocols import Agent


async def system_prompt(agent: Agent, *functions: Function) -> str:
    model = ScriptedModel(["FINAL ANSWER: 5"])
    await roll(agent, rollout(model, StubSandbox(), *functions))
    return model.last.messages[0].text


async def test_the_function_calling_prompt_with_functions():
    check_snapshot("function_calling_with_functions", await system_prompt(FunctionCalling(), add()))


async def test_the_function_calling_prompt_without_functions():
    check_snapshot("function_calling_without_functions", await system_prompt(FunctionCalling()))


async def test_the_react_prompt_with_functions_and_the_interpreter():
    check_snapshot("react_with_functions", await system_prompt(ReAct(interpreter=True), add()))


async def test_the_react_prompt_without_functions():
    check_snapshot("react_without_functions", await system_prompt(ReAct()))
