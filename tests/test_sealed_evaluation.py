"""`Trainer.evaluate(…, run=…)`: a task of the run's sealed test is known by what it asks, and read by force alone."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dicing import TEST, TRAIN, VALIDATION, World
from support import sums
from toolwright import Task, TaskSet
from toolwright.errors import RunError
from toolwright.events import TestOpened
from toolwright.runs.folder import RunFolder


def opened_in(folder: str) -> list[TestOpened]:
    with RunFolder.read(folder) as run:
        return [timed.event for timed in run.store.events() if isinstance(timed.event, TestOpened)]


def disguised(**changes: Callable[[Task], object]) -> TaskSet:
    """The test tasks, with a field of each made anew."""
    made = [{name: change(task) for name, change in changes.items()} for task in TEST.tasks]
    copies = [task.model_copy(update=fields) for task, fields in zip(TEST.tasks, made, strict=True)]
    return TaskSet(name="mine", tasks=tuple(copies))


async def test_the_sealed_test_is_read_once_more_by_force_alone_and_the_run_says_so(tmp_path: Path):
    world = World(tmp_path)
    result = await world.trainer().afit(TRAIN, VALIDATION, TEST)
    best = world.trainer(functions=result.functions)
    renamed = TaskSet(name="another name", tasks=TEST.tasks)
    with pytest.raises(RunError, match=r"sealed test tasks .* insist with --force"):
        await best.aevaluate(renamed, "validation", run=result.folder)
    assert result.test is not None
    forced = await best.aevaluate(renamed, run=result.folder, force=True)
    assert forced.results == result.test.after.results
    assert opened_in(result.folder) == [TestOpened(times=1, forced=False), TestOpened(times=2, forced=True)]


@pytest.mark.parametrize(
    ("tasks", "found"),
    [
        pytest.param(TaskSet(name="mine", tasks=TEST.tasks[::-1]), "2 of the 2", id="reordered"),
        pytest.param(TaskSet(name="mine", tasks=TEST.tasks[1:]), "1 of the 1", id="a subset"),
        pytest.param(TaskSet(name="mine", tasks=sums(3, start=50).tasks + TEST.tasks[:1]), "1 of the 4", id="mixed"),
        pytest.param(disguised(id=lambda task: f"other {task.id}"), "2 of the 2", id="other ids"),
        pytest.param(disguised(question=lambda task: f"{task.question} "), "2 of the 2", id="an added space"),
        pytest.param(disguised(target=lambda _: "", metadata=lambda _: {"n": 1}), "2 of the 2", id="other targets"),
    ],
)
async def test_a_sealed_task_is_recognised_in_any_other_set_by_what_it_asks(tmp_path: Path, tasks: TaskSet, found: str):
    world = World(tmp_path)
    result = await world.trainer().afit(TRAIN, VALIDATION, TEST)
    best, asked = world.trainer(functions=result.functions), world.asked
    with pytest.raises(RunError, match=f"^{found} tasks given are among the sealed test tasks .* insist with --force"):
        await best.aevaluate(tasks, run=result.folder)
    assert world.asked == asked
    assert opened_in(result.folder) == [TestOpened(times=1, forced=False)]
    forced = await best.aevaluate(tasks, run=result.folder, force=True)
    assert len(forced.results) == len(tasks)
    assert opened_in(result.folder)[1:] == [TestOpened(times=2, forced=True)]


async def test_other_tasks_are_read_and_nothing_is_marked_also_where_one_insists(tmp_path: Path):
    world = World(tmp_path)
    result = await world.trainer().afit(TRAIN, VALIDATION, TEST)
    best = world.trainer(functions=result.functions)
    for tasks in (TRAIN, VALIDATION, sums(2, start=50)):
        assert (await best.aevaluate(tasks, run=result.folder, force=True)).complete
    assert opened_in(result.folder) == [TestOpened(times=1, forced=False)]


async def test_the_test_of_an_unfinished_run_that_went_on_is_sealed_as_well(tmp_path: Path):
    world = World(tmp_path)
    folder = await world.broken_off(4)
    subset = TaskSet(name="mine", tasks=TEST.tasks[1:])
    with pytest.raises(RunError, match="1 of the 1 tasks given"):
        await world.trainer().aevaluate(subset, run=folder)
    await world.trainer().afit(TRAIN, VALIDATION, TEST, resume=folder)
    with pytest.raises(RunError, match="1 of the 1 tasks given"):
        await world.trainer().aevaluate(subset, run=folder)


async def test_of_a_run_that_does_not_keep_what_its_test_asks_the_whole_test_is_refused(tmp_path: Path):
    world = World(tmp_path)
    result = await world.trainer().afit(TRAIN, VALIDATION, TEST)
    with closing(sqlite3.connect(Path(result.folder) / "run.sqlite")) as database, database:
        database.execute("UPDATE meta SET value = json_remove(value, '$.sealed') WHERE name = 'origin'")
    with pytest.raises(RunError, match="2 of the 2 tasks given are among the sealed test tasks"):
        await world.trainer().aevaluate(TEST, run=result.folder)
