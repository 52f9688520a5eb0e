"""CREATOR (Qian et al., 2023): for each test task the model makes a tool, decides how to call it, and mends both.

creation ─► decision ─► execution ─┬─► answer
                            ▲      ▼
                            └─ rectification, 3 times at most

Nothing is learned: with the task the tool is thrown away.

Example:
    [methods.creator]
    kind = "creator"
"""

from typing import Final

from toolwright.base import Frozen, digest_of_model
from toolwright.experiments.methods.conversation import AnswerForm, Conversation, prompt, worked
from toolwright.experiments.methods.stages import Stages, estimated, options_of, requests_of, tested
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord
from toolwright.protocols import Rollout
from toolwright.tasks import Task
from toolwright.training.outlay import RoleEstimate

ROUNDS: Final = 3
"""How often tool and call may be mended."""

SUBSTITUTES: Final = (
    "its stages in prompts of our own, without the published demonstrations",
    "a turn of its own for the answer, after the code has run",
)


class CreatorOptions(Frozen):
    """The method has none."""


class CreatorAgent:
    """Makes a tool for the task, calls it, and answers from what was printed.

    Args:
        form: How it is asked for its answer.
    """

    name = "creator"

    def __init__(self, form: AnswerForm) -> None:
        self._form = form

    @property
    def digest(self) -> str:
        """The digest of its options."""
        return digest_of_model(self._form)

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """Creation, decision, execution with rectification, answer."""
        talk = Conversation(rollout, self._form.instructions)
        tool = await talk.code(prompt("creator_create", task=task.text))
        call = await talk.code(prompt("creator_decide"))
        code = f"{tool}\n\n{call}" if call else ""
        shown = await worked(talk, rollout, code, rounds=ROUNDS, characters=self._form.characters)
        asked = prompt("answer_anyway") if shown is None else prompt("answer", shown=shown)
        return self._form.extract(await talk.say(asked))


class Creator:
    """Evaluates CREATOR on the test tasks; a `MethodRunner`."""

    async def run(self, work: CellWork) -> CellRecord:
        """One evaluation, in the run "evaluation".

        Raises:
            ConfigError: An option is given.
            ToolwrightError: As `Trainer.evaluate`.
        """
        options_of(CreatorOptions, work)
        stages = Stages(work)
        agent = CreatorAgent(AnswerForm.of(work.config.agent))
        return stages.record(test=await stages.evaluate("evaluation", agent, tested(work)), substitutes=SUBSTITUTES)

    def estimate(self, work: CellWork) -> RoleEstimate:
        """What the evaluation will take: three requests a task, high with every rectification."""
        options_of(CreatorOptions, work)
        form = AnswerForm.of(work.config.agent)
        written = form.instructions + prompt("creator_create", task="") + prompt("creator_decide")
        high = min(3 + ROUNDS, work.config.agent.turns)
        return estimated(work, requests_of(tested(work), 3, high, written, repeats=work.config.training.repeats))
