"""The sealed test is read when all is paid for: nothing that a scorer says of it may cost the training."""

from pathlib import Path

import pytest
from loops import numbered, train
from whole_runs import ADD, DONE, adds_where_it_can, trainer

from support import ScriptedModel, sums
from toolwright.errors import ConfigError, DataError, ToolwrightError
from toolwright.evaluations import Score
from toolwright.events import TestOpened, Warned
from toolwright.tasks import Task, TaskSet
from toolwright.training.rollouts import ScorerFailed
from toolwright.training.trainer import Splits
from toolwright.trajectories import Trajectory

TRAIN, TEST = sums(4), sums(2, start=20)


def with_bad_row(tasks: TaskSet) -> TaskSet:
    return TaskSet(name="bad", tasks=(*tasks.tasks[:-1], tasks.tasks[-1].model_copy(update={"target": None})))


async def test_a_scorer_that_can_score_nothing_leaves_the_test_unread_and_the_training_whole():
    def score(parameters: object, split: str) -> list[float] | Exception:
        return ScorerFailed("it cannot begin") if split == "test" else [0.5 if parameters == numbered(1) else 0.0] * 4

    trained = await train(score, [numbered(1)], Splits(train=TRAIN, test=TEST), epochs=1)
    assert (trained.result.best, trained.result.end, trained.result.test) == (numbered(1), "epochs", None)
    assert trained.result.end_text.endswith("the sealed test could not be read to its end: it cannot begin")
    assert len(trained.events.of(TestOpened)) == 1
    assert trained.events.of(Warned)


def test_a_test_task_that_the_scorer_cannot_score_is_refused_before_anything_is_asked_or_kept(tmp_path: Path):
    agent = ScriptedModel(adds_where_it_can)
    with pytest.raises(DataError, match=r"scorer 'numeric' cannot score 1 of the tasks.*\n  test, task 't21' of bad"):
        trainer(agent, [], tmp_path / "runs", scorer="numeric").fit(TRAIN, test=with_bad_row(TEST))
    assert (agent.requests, (tmp_path / "runs").exists()) == ([], False)


class Particular:
    """A scorer of one's own that finds a task wrong when it is to score it."""

    name = "particular"

    def __init__(self, error: ToolwrightError) -> None:
        self._error = error

    async def score(self, task: Task, trajectory: Trajectory) -> Score:
        if task.target is None:
            raise self._error
        return Score(value=float(str(task.target) == trajectory.answer))


@pytest.mark.parametrize("error", [DataError("no target"), ConfigError("a bad option")])
def test_one_test_task_that_a_scorer_finds_wrong_is_scored_0_and_said(tmp_path: Path, error: ToolwrightError):
    options = {"scorer": Particular(error), "epochs": 1}
    result = trainer(adds_where_it_can, [ADD, DONE], tmp_path, **options).fit(TRAIN, test=with_bad_row(TEST))
    assert result.test is not None
    assert (result.test.after.mean, result.functions.names) == (0.5, ("add",))
    (_, bad) = result.test.after.results
    assert bad.score is not None
    assert str(error) in bad.score.reason
