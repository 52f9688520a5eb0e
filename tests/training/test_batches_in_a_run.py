"""A whole training on batches, and what its run folder shows of it: figures, the heat map, the way it came."""

from collections import Counter
from pathlib import Path

import pytest
from whole_runs import DONE, TOTAL, WORSE, WRONG, adds_where_it_can, trainer

from support import ScriptedModel, proposal, says, sums
from toolwright import Task, TrainingResult
from toolwright.errors import ModelError
from toolwright.report.documents.reading import Reading
from toolwright.report.figures import figures_of
from toolwright.report.unfinished import figures_so_far
from toolwright.runs.folder import RunFolder
from toolwright.training.batches import Batches

TRAIN, TEST = sums(12, start=1), sums(3, start=40)
BATCHES = Batches(TRAIN, 4)
QUARTERS = "def add(a: int, b: int) -> int:\n    return a + b if a % 4 else 0\n"
SOME = says(add_function=proposal("add", QUARTERS, {"arguments": {"a": 1, "b": 2}}))
"""Right where the first number is no multiple of four, so on some batches more often than on others."""


def half(task: Task, answer: str) -> float:
    """Half a point for what is right: there is always something to gain."""
    return (answer == task.target) / 2


@pytest.fixture(name="ran", scope="module")
def a_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingResult, ScriptedModel]:
    """Rejected, accepted, rejected: the incumbent is run on three batches after the first."""
    optimizer = ScriptedModel([WRONG, DONE, SOME, DONE, WORSE, WORSE, DONE, DONE])
    one = trainer(
        adds_where_it_can,
        optimizer,
        tmp_path_factory.mktemp("runs"),
        scorer=half,
        batch=4,
        history="running",
        epochs=4,
        patience=4,
    )
    return one.fit(TRAIN, test=TEST), optimizer


Ran = tuple[TrainingResult, ScriptedModel]


def ids(epoch: int) -> set[str]:
    return {task.id for task in BATCHES.of(epoch).tasks}


def test_it_comes_to_what_the_loop_says(ran: Ran):
    result, _ = ran
    assert [record.decision for record in result.epochs] == ["start", "reject", "accept", "reject", "none"]
    assert [record.train for record in result.epochs] == [0.0, 0.0, 0.375, 0.0, None]
    assert (result.train.before.mean, result.train.after.mean) == (0.0, 0.25)
    assert {one.trajectory.task_id for one in result.train.after.results} == ids(4)
    assert result.test is not None
    assert (result.test.before.mean, result.test.after.mean) == (0.0, pytest.approx(1 / 3))


def test_what_the_optimizer_reads_is_the_batch_and_the_earlier_tasks_marked(ran: Ran):
    _, optimizer = ran
    prompts = {site.purpose: request.messages[1].text for site, request in optimizer.requests}
    for epoch in (1, 2, 3, 4):
        seen = [line for line in prompts[f"step {epoch}"].splitlines() if line.startswith("## Task ")]
        marked = {line.split()[2] for line in seen if "(earlier, with " in line}
        assert marked == set[str]().union(*map(ids, range(1, epoch))) - ids(epoch)
        assert {line.split()[2].rstrip(":") for line in seen} - marked == ids(epoch)


def test_the_page_shows_each_evaluation_on_its_own_tasks_and_the_others_as_not_run(ran: Ran):
    result, _ = ran
    with RunFolder.read(result.folder) as folder:
        document = Reading(folder).tasks()
    assert [row.id for row in document.tasks if row.split == "train"] == [task.id for task in TRAIN.tasks]
    columns = [
        (column.epoch, frozenset(row.id for row in document.tasks if place in row.cells))
        for place, column in enumerate(document.columns)
        if column.split == "train"
    ]
    incumbents = {(0, 1), (0, 2), (2, 3), (2, 4), (0, 4)}
    candidates = {(1, 1), (2, 2), (3, 3)}
    assert Counter(columns) == Counter((epoch, frozenset(ids(batch))) for epoch, batch in incumbents | candidates)


def test_the_curves_show_each_candidate_on_its_own_batch_also_where_the_run_has_no_summary(ran: Ran):
    result, _ = ran
    with RunFolder.read(result.folder) as folder:
        overview, so_far = Reading(folder).overview(), figures_so_far(folder)
    means = [record.train for record in result.epochs]
    assert [epoch.train and epoch.train.mean for epoch in overview.epochs] == means
    assert [record.train for record in so_far.epochs] == means
    assert overview.splits[0] == figures_of(result).splits[0] == so_far.splits[0]


def test_a_broken_off_run_has_no_train_figures_before_and_after_where_no_batch_was_run_with_both(tmp_path: Path):
    better = ScriptedModel([WRONG, DONE, TOTAL, DONE, ModelError("no such model")])
    one = trainer(adds_where_it_can, better, tmp_path, scorer=half, batch=4, gate="always")
    with pytest.raises(ModelError):
        one.fit(TRAIN)
    (path,) = tmp_path.iterdir()
    with RunFolder.read(path) as folder:
        found = figures_so_far(folder)
    assert [record.epoch for record in found.epochs] == [0, 1, 2]
    assert found.splits == ()
