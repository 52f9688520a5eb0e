"""The ReAct agent: the paper's text protocol of Thought, Action, Action Input, Observation and FINAL ANSWER (D.2)."""

import json
from collections.abc import Sequence

from toolwright.agents.answers import extractor
from toolwright.agents.react_text import ReactStep, read_react
from toolwright.agents.rollout import INTERPRETER
from toolwright.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolSpec, UserMessage
from toolwright.prompt_files import read_prompt
from toolwright.protocols import Rollout
from toolwright.rendering import RESULT_CHARACTERS, render
from toolwright.tasks import Task


class ReAct:
    """Answers by writing actions as text; works with models that have no tool interface.

    Args:
        system_prompt: Instructions in the place of the built-in ones; "$tools" in it becomes the list of actions.
        answer: Where the answer is in the last reply, as in FunctionCalling.
        interpreter: Whether the model may also run Python code.
        result_characters: How much of one result the model reads.
    """

    name = "react"

    def __init__(
        self,
        *,
        system_prompt: str = "",
        answer: str | Sequence[str] = ("final_answer", "boxed"),
        interpreter: bool = False,
        result_characters: int = RESULT_CHARACTERS,
    ) -> None:
        self._prompt = system_prompt
        self._extract = extractor(answer)
        self._interpreter = interpreter
        self._characters = result_characters

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """Asks until a reply gives a final answer."""
        tools = (*rollout.specs(), *((INTERPRETER,) if self._interpreter else ()))
        messages: list[Message] = [SystemMessage(text=self._system(tools)), UserMessage(text=task.text)]
        turn = 0
        while True:
            reply = await rollout.ask(messages)
            step = read_react(reply.text)
            if step.final:
                return self._extract(reply.text)
            messages.append(AssistantMessage(text=step.text))
            messages.append(UserMessage(text=await self._observe(step, tools, rollout, turn)))
            turn += 1

    async def _observe(self, step: ReactStep, tools: Sequence[ToolSpec], rollout: Rollout, turn: int) -> str:
        if not step.action:
            actions = "an Action with its Action Input, or " if tools else ""
            return f"There is neither an action nor an answer in that. Write {actions}FINAL ANSWER: and the answer."
        spec = next((tool for tool in tools if tool.name == step.action), None)
        arguments = step.arguments if spec is None else _fit(step.arguments, spec)
        if spec is INTERPRETER:
            outcome = await rollout.run_code(_code(arguments))
        else:
            (outcome,) = await rollout.call([ToolCall(id=f"action-{turn}", name=step.action, arguments=arguments)])
        return f"Observation: {render(outcome, self._characters)}"

    def _system(self, tools: Sequence[ToolSpec]) -> str:
        note = ""
        if tools:
            note = read_prompt("toolwright.agents", "react_tools").substitute(
                actions="\n\n".join(map(_describe, tools))
            )
        if self._prompt:
            return self._prompt.replace("$tools", note)
        return read_prompt("toolwright.agents", "react").substitute(tools=note)


def _describe(tool: ToolSpec) -> str:
    return f"{tool.name}: {tool.description}\nArguments (JSON schema): {json.dumps(tool.parameters)}"


def _fit(arguments: str, spec: ToolSpec) -> str:
    """Bare text becomes the only parameter's value where there is exactly one; anything else stays as it is."""
    try:
        if isinstance(json.loads(arguments), dict):
            return arguments
    except (ValueError, RecursionError):
        pass
    properties = spec.parameters.get("properties")
    if isinstance(properties, dict) and len(properties) == 1:
        (name,) = properties
        return json.dumps({name: _value(arguments, properties[name])})
    return arguments


def _code(arguments: str) -> str:
    """The code of an interpreter's call: its "code" argument, else the input as it stands."""
    given = json.loads(arguments)
    return str(given.get("code", arguments)) if isinstance(given, dict) else arguments  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - any JSON object


def _value(text: str, schema: object) -> object:
    """The text itself for a string parameter, else what it is as JSON, where it is."""
    if isinstance(schema, dict) and schema.get("type") == "string":  # pyright: ignore[reportUnknownMemberType]
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
