"""The ReAct agent: the paper's text protocol of Thought, Action, Action Input, Observation and FINAL ANSWER (D.2)."""

import json
from collections.abc import Sequence
from typing import cast

from pydantic import JsonValue

from toolwright.agents.answers import boxed, extractor
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
            if step.final or (not step.action and boxed(reply.text) is not None):
                return self._extract(reply.text)
            messages.append(AssistantMessage(text=step.text))
            messages.append(UserMessage(text=await self._observe(step, tools, rollout, turn)))
            turn += 1

    async def _observe(self, step: ReactStep, tools: Sequence[ToolSpec], rollout: Rollout, turn: int) -> str:
        if not step.action:
            actions = "an Action with its Action Input, or " if tools else ""
            return f"There is neither an action nor an answer in that. Write {actions}FINAL ANSWER: and the answer."
        spec = next((tool for tool in tools if tool.name == step.action), None)
        if spec is INTERPRETER:
            outcome = await rollout.run_code(_code(step))
        else:
            arguments = step.arguments if spec is None else _fit(step, spec)
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


def _fit(step: ReactStep, spec: ToolSpec) -> str:
    """Bare text becomes the only parameter's value where there is exactly one; anything else stays as it is."""
    properties = spec.parameters.get("properties")
    if not step.raw or step.raw.startswith("{") or not isinstance(properties, dict) or len(properties) != 1:
        return step.arguments
    (name,) = properties
    given = _json(step.arguments)
    if isinstance(given, dict) and name in given:
        return step.arguments
    return json.dumps({name: _value(step.raw, properties[name])})


def _code(step: ReactStep) -> str:
    """The code of an interpreter's call: its "code" argument, else the input as it stands."""
    given = _json(step.arguments)
    return given["code"] if isinstance(given, dict) and isinstance(given.get("code"), str) else step.raw  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - any JSON object


def _value(text: str, schema: JsonValue) -> object:
    """What the text is as JSON; for a string parameter the text itself, out of its quotes."""
    given = _json(text)
    wants_text = isinstance(schema, dict) and schema.get("type") == "string"
    if given is None or (wants_text and not isinstance(given, str)):
        return text
    return given


def _json(text: str) -> object:
    try:
        return cast("object", json.loads(text))
    except (ValueError, RecursionError):
        return None
