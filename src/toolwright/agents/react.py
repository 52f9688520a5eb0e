"""The ReAct agent: the paper's text protocol of Thought, Action, Action Input, Observation and FINAL ANSWER (D.2)."""

import json
import re
from collections.abc import Sequence
from typing import cast

from pydantic import JsonValue

from toolwright.agents.answers import boxed
from toolwright.agents.prompted import Prompted
from toolwright.agents.react_text import ReactStep, read_react
from toolwright.agents.rollout import INTERPRETER
from toolwright.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolSpec, UserMessage
from toolwright.prompt_files import read_prompt
from toolwright.protocols import Rollout
from toolwright.rendering import render
from toolwright.tasks import Task


class ReAct(Prompted):
    """Answers by writing actions as text; works with models that have no tool interface."""

    name = "react"
    answer = ("final_answer", "boxed")

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """Asks until a reply gives a final answer."""
        tools = self._tools(rollout)
        system = self._instructions("react", _listed(tools) if tools else "")
        messages: list[Message] = [SystemMessage(text=system), UserMessage(text=task.text)]
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


def _listed(tools: Sequence[ToolSpec]) -> str:
    """The note on how to use actions, with each of them described."""
    actions = "\n\n".join(map(_describe, tools))
    return read_prompt("toolwright.agents", "react_tools").substitute(actions=actions)


def _describe(tool: ToolSpec) -> str:
    return f"{tool.name}: {tool.description}\nArguments (JSON schema): {json.dumps(tool.parameters)}"


def _fit(step: ReactStep, spec: ToolSpec) -> str:
    """Bare text, or `parameter: text`, becomes the only parameter's value; anything else stays as it is."""
    properties = spec.parameters.get("properties")
    if not step.raw or step.raw.startswith("{") or not isinstance(properties, dict) or len(properties) != 1:
        return step.arguments
    (name,) = properties
    given = _json(step.arguments)
    if isinstance(given, dict) and name in given:
        return step.arguments
    labelled = re.match(rf"{re.escape(name)}[ \t]*:\s*", step.raw)
    return json.dumps({name: _value(step.raw[labelled.end() if labelled else 0 :], properties[name])})


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
