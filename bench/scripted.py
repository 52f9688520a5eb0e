"""Models without a network, for benches of everything else: an agent's and an optimizer's, by call site alone."""

import json
from typing import Final

from toolwright.messages import AssistantMessage, ModelRequest, Reply, ToolCall, Usage
from toolwright.protocols import CallSite
from toolwright.tasks import Task, TaskSet

RIGHT_OF_TEN: Final = 7
"""Of ten tasks these are answered rightly."""


def look_up(word: str) -> str:
    """Looks a word up: a tool of the user's, so that no sandbox is in the figures."""
    return f"what is known of {word}, " + "and of its neighbours " * 6


def tasks(count: int) -> TaskSet:
    """Tasks of some hundred characters, each with texts of its own."""
    return TaskSet(
        name="train",
        tasks=tuple(
            Task(id=f"task-{n}", question=f"What is known of word {n}? " + f"Fact {n} of many. " * 20, target=f"a{n}")
            for n in range(count)
        ),
    )


class ScriptedAgent:
    """Calls the tool in every turn but the last, and answers."""

    model_name = "scripted-agent"

    def __init__(self, turns: int) -> None:
        self._turns = turns

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """The turn's call, or the answer."""
        number = int(site.task.removeprefix("task-"))
        if site.turn < self._turns - 1:
            words = json.dumps({"word": f"{number}-{site.turn}-{site.parameters[:6]}"})
            call = ToolCall(id=f"{number}-{site.turn}", name=look_up.__name__, arguments=words)
            return _reply(AssistantMessage(text="A thought. " * 12, calls=(call,)), request)
        answer = f"a{number}" if number % 10 >= 10 - RIGHT_OF_TEN else "unknown"
        return _reply(AssistantMessage(text=f"It is so. \\boxed{{{answer}}}"), request)


class ScriptedOptimizer:
    """Adds a function nobody calls, another one each epoch, and ends the step; remembers its first prompt's text."""

    model_name = "scripted-optimizer"

    def __init__(self) -> None:
        self.prompt = ""

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """An action, then the end."""
        if site.turn:
            return _reply(_action("terminate", {"reason": "Enough."}), request)
        self.prompt = self.prompt or request.messages[1].text
        epoch = site.purpose.rpartition(" ")[2]
        written: dict[str, object] = {"name": "unused", "description": "Nothing.", "arguments": {}, "reason": "None."}
        code = f"def unused() -> int:\n    return {epoch}\n"
        return _reply(_action("add_function", {**written, "code": code, "examples": [{"arguments": {}}]}), request)


def _action(name: str, arguments: dict[str, object]) -> AssistantMessage:
    return AssistantMessage(calls=(ToolCall(id="one", name=name, arguments=json.dumps(arguments)),))


def _reply(message: AssistantMessage, request: ModelRequest) -> Reply:
    usage = Usage(requests=1, input_tokens=100 * len(request.messages), output_tokens=50, dollars=0.001)
    return Reply(message=message, usage=usage, finish="tool_call" if message.calls else "stop", model="scripted")
