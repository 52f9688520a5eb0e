"""reasoning-gym's own scorer: each generator judges the answers to its entries, some of them by degrees."""

from importlib.util import find_spec

from pydantic import Field, JsonValue, PrivateAttr

from toolwright.base import Frozen, canonical_json
from toolwright.errors import ConfigError, DataError
from toolwright.evaluations import Score
from toolwright.scoring.judge import Judge
from toolwright.scoring.verdicts import NO_ANSWER, SHOWN
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory


class GymScorer(Frozen):
    """Scores tasks of the reasoning-gym reader, whose metadata hold the generator, its options and the entry.

    Some generators evaluate an answer as an expression, so the comparison is made in a process that can be killed.

    Attributes:
        name: What the run and the report call it.
        timeout: Seconds of processor time after which a comparison is given up, and scores 0; six times that by the
            clock. Making the generator, once, does not count.

    Raises:
        ConfigError: The library is not installed.
    """

    name: str = "reasoning-gym"
    timeout: float = Field(default=10.0, gt=0.0)
    _judge: Judge = PrivateAttr()

    def model_post_init(self, _context: object) -> None:
        """Sees that the library is there; its process starts with the first comparison."""
        if find_spec("reasoning_gym") is None:
            raise ConfigError("scorer 'reasoning-gym' needs its library: pip install 'toolwright[reasoning-gym]'")
        self._judge = Judge("gym", self.timeout)

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """The generator's score, 0 to 1; a comparison that hangs or fails scores 0 and says so.

        Raises:
            DataError: The task is not of the reasoning-gym reader.
            ToolwrightError: The task's generator cannot be made.
        """
        if self.unfit(task):
            raise DataError(f"task {task.id!r}: scorer {self.name!r} judges only tasks of the reasoning-gym reader")
        generator, entry = task.metadata["generator"], task.metadata["entry"]
        if trajectory.answer is None:
            return NO_ANSWER
        needs: dict[str, JsonValue] = {
            "generator": generator,
            "options": canonical_json(task.metadata.get("options") or {}),
        }
        ruling = await self._judge.ask({**needs, "entry": entry, "answer": trajectory.answer}, needs)
        if ruling.value is None:
            return Score(value=0.0, reason=ruling.reason)
        value = min(1.0, max(0.0, ruling.value))
        return Score(value=value, reason=_said(trajectory.answer, task.target, value))

    def unfit(self, task: Task) -> str:
        """Why a task cannot be scored, whatever the answer; "" where it can."""
        told = all(isinstance(task.metadata.get(key), str) for key in ("generator", "entry"))
        return "" if told else "it is not of the reasoning-gym reader"


def _said(answer: str, target: JsonValue, value: float) -> str:
    """The reason: a target is one valid answer, and whoever reads it beside another one must see that both count."""
    judged = {0.0: "wrong", 1.0: "right"}.get(value, f"{value:g} of 1")
    said = f"{answer[:SHOWN]!r} is judged {judged} by the task's own checker"
    another = value == 1.0 and answer.strip() != str(target).strip()
    return f"{said}: another answer than the target, and it counts" if another else said
