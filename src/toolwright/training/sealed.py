"""The sealed test: read once, at the end of a training; a second use says so."""

from toolwright.evaluations import Evaluation
from toolwright.events import TestOpened, Warned, task_set_given
from toolwright.parameters import Parameters
from toolwright.protocols import EventSink, Keeper
from toolwright.sync import together
from toolwright.tasks import TaskSet
from toolwright.training.evaluate import Evaluator
from toolwright.training.result import BeforeAfter
from toolwright.training.rollouts import ScorerFailed
from toolwright.training.state import Ended, check_complete


class SealedTest:
    """Reads the test tasks with the starting and with the best parameters.

    Args:
        evaluator: Runs and scores the agent.
        keeper: Is given the evaluations.
        events: Is told what happens.
        tasks: The test tasks.
        opened: How often they were read before, at an earlier end of this training.
    """

    def __init__(
        self, evaluator: Evaluator, keeper: Keeper, events: EventSink, tasks: TaskSet, *, opened: int = 0
    ) -> None:
        self._evaluator, self._keeper, self._events, self._tasks = evaluator, keeper, events, tasks
        self._opened = opened

    async def read(self, start: Parameters, best: Parameters, accepted: int) -> tuple[BeforeAfter | None, str]:
        """Before and after, read together, once where both are equal; None and why where they could not be read.

        Args:
            start: What the training began with.
            best: What it arrived at.
            accepted: The epoch that was accepted last.
        """
        self._events.emit(TestOpened(times=self._opened + 1, forced=False))
        self._events.emit(task_set_given("test", self._tasks))
        epochs = {start.digest: (start, 0)}
        epochs.setdefault(best.digest, (best, accepted))
        known: list[Evaluation] = []
        try:
            found = await together(
                self._evaluator.evaluate(parameters, self._tasks, "test", epoch)
                for parameters, epoch in epochs.values()
            )
            for evaluation, (_, epoch) in zip(found, epochs.values(), strict=True):
                check_complete(evaluation)
                self._keeper.keep_evaluation(evaluation, epoch)
                known.append(evaluation)
        except (Ended, ScorerFailed) as ended:  # the training is paid for: it has its result without the test, too
            scored = f" (the starting set scored {known[0].mean:.1%})" if known else ""
            text = f"the sealed test could not be read to its end{scored}: {ended}"
            self._events.emit(Warned(text=text))
            return None, f"; {text}"
        return BeforeAfter(before=known[0], after=known[-1]), ""
