"""Mathematics: two answers are the same if they have the same value, judged by the math-verify library.

Same text, integers of any length and words are decided here, exactly; everything else in a process that can be killed.
"""

from importlib.util import find_spec

from pydantic import Field, PrivateAttr

from toolwright.base import Frozen
from toolwright.errors import ConfigError
from toolwright.evaluations import Score
from toolwright.scoring.judge import Judge
from toolwright.scoring.latex import as_latex, is_words, plain
from toolwright.scoring.quantities import read_quantity
from toolwright.scoring.verdicts import NO_ANSWER, target_text, unfit_target, verdict
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory


class MathScorer(Frozen):
    """Compares by value, in LaTeX or plain: 1/2, 0.5 and `frac{1}{2}` are the same.

    Attributes:
        name: What the run and the report call it.
        timeout: Seconds of processor time after which a comparison is given up, and scores 0.

    Raises:
        ConfigError: The library is not installed.
    """

    name: str = "math"
    timeout: float = Field(default=10.0, gt=0.0)
    _judge: Judge = PrivateAttr()

    def model_post_init(self, _context: object) -> None:
        """Sees that the library is there; its process starts with the first comparison."""
        if find_spec("math_verify") is None:
            raise ConfigError("scorer 'math' needs the math-verify library: pip install 'toolwright[math]'")
        self._judge = Judge("math", self.timeout)

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        """1 where the answer has the target's value, else 0; a comparison that hangs or fails scores 0 and says so."""
        target, answer = target_text(task, self.name), trajectory.answer
        if answer is None or not answer.strip():
            return NO_ANSWER
        right = decided_by_text(answer, target)
        if right is not None:
            return verdict(answer, right=right)
        ruling = await self._judge.ask({"target": as_latex(target), "answer": as_latex(answer)})
        if ruling.value is None:
            return Score(value=0.0, reason=ruling.reason)
        return verdict(answer, right=ruling.value == 1.0)

    def unfit(self, task: Task) -> str:
        """Why a task cannot be scored, whatever the answer; "" where it can."""
        return unfit_target(task)


def decided_by_text(answer: str, target: str) -> bool | None:
    """Whether an answer is right where its text alone tells; None where mathematics must decide."""
    if plain(answer) == plain(target):
        return True
    if is_words(target):
        return plain(answer).casefold() == plain(target).casefold()
    given, wanted = read_quantity(answer), read_quantity(target)
    if given is None or wanted is None:
        return None
    if given.value == wanted.value:
        return True
    return False if given.whole and wanted.whole else None
