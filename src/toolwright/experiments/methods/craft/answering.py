"""The agent that uses a toolset: it says what it would look for, is given what was found, writes code and answers."""

from typing import Final

from toolwright.base import digest_of, digest_of_model
from toolwright.experiments.methods.conversation import AnswerForm, Conversation, prompt, worked
from toolwright.experiments.methods.craft.retrieval import Retriever, read_wish
from toolwright.experiments.methods.craft.tool import CraftTool
from toolwright.experiments.methods.craft.toolset import Toolset
from toolwright.protocols import Rollout
from toolwright.tasks import Task

ROUNDS: Final = 1
"""How often the code may be mended."""


class CraftAgent:
    """Answers a task by code that may call tools.

    Args:
        toolset: The tools.
        form: How it is asked for its answer.
    """

    name = "craft"

    def __init__(self, toolset: Toolset, form: AnswerForm) -> None:
        self._toolset, self._form = toolset, form
        self._retriever = Retriever(toolset)

    @property
    def digest(self) -> str:
        """The digest of the tools and of how it is asked."""
        return digest_of([digest_of_model(self._toolset), digest_of_model(self._form)])

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """Retrieval, code with one rectification, answer; plain code where no tool fits."""
        talk = Conversation(rollout, self._form.instructions)
        if self._toolset.tools:
            wish = read_wish(await talk.say(prompt("craft_wish", task=task.text)))
            found = self._retriever.find(task.text, wish)
            code = await talk.code(_asked(found))
        else:
            found = ()
            code = await talk.code(f"{_asked(found)}\n\nThe task:\n\n{task.text}")
        shown = await worked(
            talk,
            rollout,
            code,
            rounds=ROUNDS,
            before="".join(tool.definition for tool in found),
            characters=self._form.characters,
        )
        asked = prompt("answer_anyway") if shown is None else prompt("answer", shown=shown)
        return self._form.extract(await talk.say(asked))


def _asked(found: tuple[CraftTool, ...]) -> str:
    """What the model is asked to write, with what was found."""
    if not found:
        return prompt("craft_plain")
    tools = [prompt("craft_tool", question=tool.question, source=tool.source.rstrip()) for tool in found]
    return prompt("craft_solve", tools="\n\n".join(tools))
