"""Few-shot: some solved train tasks stand before each test task; the agent is as it is, and learns no functions.

An example is a train task, its worked solution where the reader kept one (MATH, GSM8K: `metadata["solution"]`), and its
answer in the agent's form.

Example:
    [methods.few_shot]
    kind = "few_shot"
    options = { shots = 4 }
"""

import json
import random
from collections.abc import Sequence
from typing import Final

from pydantic import Field

from toolwright.base import Frozen, digest_of
from toolwright.errors import ConfigError
from toolwright.experiments.methods.conversation import AnswerForm, prompt
from toolwright.experiments.methods.stages import Stages, estimated, options_of, requests_of, tested
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord
from toolwright.optimizer.budget_text import tokens_of
from toolwright.protocols import Agent, Rollout
from toolwright.rendering import shorten
from toolwright.tasks import Task
from toolwright.training.estimate import HIGH
from toolwright.training.outlay import RoleEstimate

SOLUTION_CHARACTERS: Final = 2_000
"""How much of one worked solution is shown."""


class FewShotOptions(Frozen):
    """The method's options; `shots` are how many train tasks are shown."""

    shots: int = Field(default=4, ge=1)


class FewShotAgent:
    """Another agent that is shown solved tasks before its own.

    Args:
        agent: The agent.
        shown: What it reads before each task.
    """

    name = "few_shot"

    def __init__(self, agent: Agent, shown: str) -> None:
        self._agent, self._shown = agent, shown

    @property
    def digest(self) -> str:
        """The digest of the agent's own and of what it is shown."""
        return digest_of([self._agent.name, str(getattr(self._agent, "digest", "")), self._shown])

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """The agent's answer to the task with the solved ones in its context."""
        context = "\n\n".join(part for part in (self._shown, task.context) if part)
        return await self._agent.run(task.model_copy(update={"context": context}), rollout)


class FewShot:
    """Evaluates the cell's agent on the test tasks, with train tasks shown; a `MethodRunner`."""

    async def run(self, work: CellWork) -> CellRecord:
        """One evaluation, in the run "evaluation".

        Raises:
            ConfigError: An option is wrong, or there are fewer train tasks with a target than shots.
            ToolwrightError: As `Trainer.evaluate`.
        """
        agent = FewShotAgent(work.parts().agent, _shown(work))
        stages = Stages(work)
        return stages.record(test=await stages.evaluate("evaluation", agent, tested(work)))

    def estimate(self, work: CellWork) -> RoleEstimate:
        """What the evaluation will take.

        Raises:
            ConfigError: As `run`.
        """
        repeats, high = work.config.training.repeats, min(HIGH.turns, work.config.agent.turns)
        written = AnswerForm.of(work.config.agent).instructions + _shown(work)
        return estimated(work, requests_of(tested(work), 1, high, written, repeats=repeats))


def shown_tokens(work: CellWork) -> int:
    """Tokens of the examples before each task, by our estimate; ConfigError as of `FewShot.run`."""
    return tokens_of(_shown(work))


def _shown(work: CellWork) -> str:
    """The solved tasks as a text, drawn by the cell's seed and so the same in every session."""
    shots = options_of(FewShotOptions, work).shots
    known = [task for task in work.splits.train.tasks if task.target is not None]
    if len(known) < shots:
        raise ConfigError(
            f"methods.{work.key.method}.options.shots: {shots} are to be shown, but there are {len(known)} train tasks "
            "with a target; show fewer, or draw more train tasks"
        )
    return _examples(random.Random(work.key.seed).sample(known, shots), AnswerForm.of(work.config.agent))  # noqa: S311 - a draw, not a secret


def _examples(tasks: Sequence[Task], form: AnswerForm) -> str:
    examples = [_example(number, task, form) for number, task in enumerate(tasks, start=1)]
    return prompt("few_shot", examples="\n\n".join(examples))


def _example(number: int, task: Task, form: AnswerForm) -> str:
    answer, solution = form.written(_target(task)), task.metadata.get("solution")
    if isinstance(solution, str) and solution.strip():
        shown = shorten(solution.strip(), SOLUTION_CHARACTERS)
        return prompt("few_shot_solution", number=number, task=task.text, solution=shown, answer=answer)
    return prompt("few_shot_example", number=number, task=task.text, answer=answer)


def _target(task: Task) -> str:
    return task.target if isinstance(task.target, str) else json.dumps(task.target, ensure_ascii=False)
