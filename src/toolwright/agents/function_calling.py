r"""The function-calling agent: the model calls what it is offered until it answers.

With the interpreter it is the paper's GPT-4+ agent.

Example:
    >>> FunctionCalling(interpreter=True, answer="boxed").name
    'function_calling'
"""

from collections.abc import Sequence

from toolwright.agents.answers import extractor
from toolwright.agents.rollout import INTERPRETER
from toolwright.messages import Message, SystemMessage, ToolMessage, UserMessage
from toolwright.prompt_files import read_prompt
from toolwright.protocols import Rollout
from toolwright.rendering import RESULT_CHARACTERS, render
from toolwright.tasks import Task

WITH_TOOLS = "Call the functions you are offered where they help; several calls in one reply run together."


class FunctionCalling:
    r"""Answers by calling functions through the model's own tool interface.

    Args:
        system_prompt: Instructions in the place of the built-in ones; "$tools" in it becomes a note on calling.
        answer: Where the answer is in the last reply: "boxed", "final_answer", "last_line", "regex:…", or several to
            try in order.
        interpreter: Whether the model may also run Python code.
        result_characters: How much of one result the model reads.
    """

    name = "function_calling"

    def __init__(
        self,
        *,
        system_prompt: str = "",
        answer: str | Sequence[str] = ("boxed", "final_answer"),
        interpreter: bool = False,
        result_characters: int = RESULT_CHARACTERS,
    ) -> None:
        self._prompt = system_prompt
        self._extract = extractor(answer)
        self._interpreter = interpreter
        self._characters = result_characters

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """Asks until a reply has no calls, then takes the answer from it."""
        tools = (*rollout.specs(), *((INTERPRETER,) if self._interpreter else ()))
        messages: list[Message] = [SystemMessage(text=self._system(bool(tools))), UserMessage(text=task.text)]
        while True:
            reply = await rollout.ask(messages, tools)
            messages.append(reply)
            if not reply.calls:
                return self._extract(reply.text)
            outcomes = await rollout.call(reply.calls)
            for call, outcome in zip(reply.calls, outcomes, strict=True):
                messages.append(ToolMessage(call_id=call.id, name=call.name, text=render(outcome, self._characters)))

    def _system(self, tools: bool) -> str:
        note = WITH_TOOLS if tools else ""
        if self._prompt:
            return self._prompt.replace("$tools", note)
        text = read_prompt("toolwright.agents", "function_calling").substitute(tools=note)
        return text.replace("\n\n", "\n")
