r"""The function-calling agent: the model calls what it is offered until it answers.

With the interpreter it is the paper's GPT-4+ agent.

Example:
    >>> FunctionCalling(interpreter=True, answer="boxed").name
    'function_calling'
"""

from toolwright.agents.prompted import Prompted
from toolwright.messages import Message, SystemMessage, ToolMessage, UserMessage
from toolwright.protocols import Rollout
from toolwright.rendering import render
from toolwright.tasks import Task

WITH_TOOLS = "Call the functions you are offered where they help; several calls in one reply run together.\n"


class FunctionCalling(Prompted):
    """Answers by calling functions through the model's own tool interface."""

    name = "function_calling"
    answer = ("boxed", "final_answer")

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """Asks until a reply has no calls, then takes the answer from it."""
        tools = self._tools(rollout)
        system = self._instructions("function_calling", WITH_TOOLS if tools else "")
        messages: list[Message] = [SystemMessage(text=system), UserMessage(text=task.text)]
        while True:
            reply = await rollout.ask(messages, tools)
            messages.append(reply)
            if not reply.calls:
                return self._extract(reply.text)
            outcomes = await rollout.call(reply.calls)
            for call, outcome in zip(reply.calls, outcomes, strict=True):
                messages.append(ToolMessage(call_id=call.id, name=call.name, text=render(outcome, self._characters)))
