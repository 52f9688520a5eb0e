r"""A conversation in which a model writes code that is run, and mended where it fails; what CREATOR and CRAFT share.

Example:
    talk = Conversation(rollout, "You write Python.")
    code = await talk.code("Print the sum of 2 and 3.")
    shown = await worked(talk, rollout, code, rounds=1)   # "Printed:\n5\nResult: null"
"""

import json
from typing import Final

from toolwright.agents.answers import extractor
from toolwright.agents.function_calling import FunctionCalling
from toolwright.agents.react import ReAct
from toolwright.base import Frozen
from toolwright.config.schema import Agent
from toolwright.experiments.methods.code_replies import code_of
from toolwright.messages import AssistantMessage, Message, SystemMessage, UserMessage
from toolwright.prompt_files import read_prompt
from toolwright.protocols import Rollout
from toolwright.rendering import RESULT_CHARACTERS, render
from toolwright.trajectories import Outcome

_PRINTED: Final = extractor(["boxed", "final_answer", "last_line"])


def prompt(name: str, **filled: object) -> str:
    """A prompt of the baselines, filled."""
    return read_prompt("toolwright.experiments.methods", name).substitute(filled)


class AnswerForm(Frozen):
    """How the cell's agent is asked for its answer, and where it is found; the same for every method.

    Attributes:
        instructions: What it is told before the task.
        found_in: Where the answer is in its last reply.
        characters: How much of a call's result it reads.
    """

    instructions: str
    found_in: tuple[str, ...]
    characters: int = RESULT_CHARACTERS

    @classmethod
    def of(cls, agent: Agent) -> "AnswerForm":
        """That of a configuration's agent; an agent of the user's own is taken for one that calls functions."""
        kind = ReAct if agent.kind == ReAct.name else FunctionCalling
        built_in = read_prompt("toolwright.agents", kind.name).substitute(tools="")
        found_in = agent.answer or kind.answer
        return cls(
            instructions=agent.system_prompt.replace("$tools", "") or built_in,
            found_in=(found_in,) if isinstance(found_in, str) else found_in,
            characters=agent.result_characters,
        )

    def extract(self, reply: str) -> str | None:
        """The answer in a reply, None where there is none."""
        return extractor(self.found_in)(reply)

    def written(self, answer: str) -> str:
        """An answer as a reply of this form ends."""
        match self.found_in[0]:
            case "boxed":
                return f"\\boxed{{{answer}}}"
            case "final_answer":
                return f"FINAL ANSWER: {answer}"
            case _:
                return answer


class Conversation:
    """One rollout's conversation.

    Args:
        rollout: What it goes through.
        system: What the model is told first.
    """

    def __init__(self, rollout: Rollout, system: str) -> None:
        self._rollout = rollout
        self._messages: list[Message] = [SystemMessage(text=system)]

    async def say(self, text: str) -> str:
        """The reply to a message."""
        self._messages.append(UserMessage(text=text))
        reply = await self._rollout.ask(self._messages)
        self._messages.append(AssistantMessage(text=reply.text) if reply.calls else reply)  # none was on offer
        return reply.text

    async def code(self, text: str) -> str:
        """The code in the reply to a message, asked for once more where it has none; "" where there still is none."""
        return code_of(await self.say(text)) or code_of(await self.say(prompt("no_code")))


async def worked(
    talk: Conversation,
    rollout: Rollout,
    code: str,
    *,
    rounds: int,
    before: str = "",
    characters: int = RESULT_CHARACTERS,
) -> str | None:
    """Runs code until it prints something, and hands its fault back in between.

    Args:
        talk: Whom faults are told.
        rollout: Where it runs.
        code: What to run first; "" is not run.
        rounds: How often it may be mended.
        before: What is defined ahead of it in every round.
        characters: How much of the output the model reads.

    Returns:
        What it came to, as the model reads it; None where nothing worked.
    """
    for left in range(rounds, -1, -1):
        if not code:
            return None
        outcome = await rollout.run_code(f"{before}{code}")
        if printed(outcome) is not None:
            return render(outcome, characters)
        if left:
            fault = prompt("prints_nothing") if outcome.ok else render(outcome, characters)
            code = await talk.code(prompt("mend", fault=fault, code=code))
    return None


def printed(outcome: Outcome) -> str | None:
    """The answer that code printed, or its last value; None where it failed or showed nothing."""
    if not outcome.ok:
        return None
    if outcome.stdout.strip():
        return _PRINTED(outcome.stdout)
    if outcome.result is None or isinstance(outcome.result, str):
        return outcome.result or None
    return json.dumps(outcome.result, ensure_ascii=False)
