"""The method "train": a real training on the simulated endpoint, what is recorded of it, and how it goes on."""

from dataclasses import replace
from pathlib import Path

import pytest
from cell_works import Clean, asked, killed_after, limited, timeless, work

from simulated_endpoint import SimulatedEndpoint, simulated_endpoint
from toolwright.config.schema import OptimizerOptions, Training
from toolwright.events import Warned
from toolwright.experiments.measuring.side_runs import NOTHING, took_in
from toolwright.experiments.methods.training import ONE_SHOT, TrainingMethod
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord
from toolwright.runs.folder import RunFolder
from toolwright.sync import run_sync

TRAINED = 4 + (2 + 8) + (2 + 8) + 1 + 1 + (5 + 10)
"""Requests of the training: four tasks asked once, then by epochs the optimizer's and both turns of every task, two
epochs in which it terminates, the test tasks with and without the function."""


def run(given: CellWork) -> CellRecord:
    return run_sync(TrainingMethod().run(given))


@pytest.fixture(scope="module")
def clean(endpoint: SimulatedEndpoint, tmp_path_factory: pytest.TempPathFactory) -> Clean:
    return Clean.of(endpoint, work(endpoint, tmp_path_factory.mktemp("clean")), TrainingMethod())


def test_the_record_has_both_sides_of_every_split_and_what_it_took(clean: Clean):
    record = clean.record
    assert (record.status, record.key, record.digest) == ("done", clean.work.key, "d")
    assert record.reason == "the optimizer changed nothing 2 times in a row"
    assert record.train is not None
    assert record.test is not None
    assert record.train.before is not None
    assert record.test.before is not None
    assert (record.train.before.mean, record.train.after.mean) == (0.0, 0.75)
    assert (record.test.before.mean, record.test.after.mean) == (0.0, 0.6)
    assert record.test.after.by_task == {f"test-{n}": (float(n < 3),) for n in range(5)}
    assert record.validation is None
    assert {role: usage.requests for role, usage in record.usage.items()} == {"agent": TRAINED - 6, "optimizer": 6}
    assert record.minutes > 0
    assert (clean.asked, [path.name for path in clean.work.runs.iterdir()]) == (TRAINED, ["training"])
    assert (record.measuring.requests, record.curve, record.transfer) == (0, False, {})
    assert {point.test for point in record.points} == {None}
    assert record.substitutes == ()


def test_what_is_left_out_beside_progressive_update_is_named(endpoint: SimulatedEndpoint, tmp_path: Path):
    one_shot = OptimizerOptions(update="one_shot")
    record = run(work(endpoint, tmp_path, training=Training(epochs=0), optimizer=one_shot))
    assert (record.status, record.substitutes) == ("done", ONE_SHOT)


def test_every_epoch_has_its_point(clean: Clean):
    points = clean.record.points
    assert [point.decision for point in points] == ["start", "reject", "accept", "none", "none"]
    assert [point.train for point in points] == [0.0, 0.0, 0.75, None, None]
    assert [point.best for point in points] == [0.0, 0.0, 0.75, 0.75, 0.75]
    assert [point.functions for point in points] == [0, 1, 1, 1, 1]
    assert [point.requests for point in points] == [4, 10, 10, 1, 1]
    assert sum(point.requests for point in points) == TRAINED - 15  # the sealed test belongs to no epoch


def test_the_longest_prompt_of_an_epoch_is_what_the_provider_counted(endpoint: SimulatedEndpoint, clean: Clean):
    with RunFolder.read(clean.work.runs / "training") as folder:
        entries = list(folder.store.requests("optimizer"))
    counted = {n: [e.reply.usage.input_tokens for e in entries if e.site.purpose == f"step {n}"] for n in range(1, 5)}
    assert [len(each) for each in counted.values()] == [2, 2, 1, 1]
    assert [point.prompt_tokens for point in clean.record.points] == [0, *(max(each) for each in counted.values())]


def test_asking_what_a_run_took_removes_nothing(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    assert took_in(tmp_path) == NOTHING
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_the_cell_took_no_more_than_its_estimate_and_no_less(clean: Clean):
    found = TrainingMethod().estimate(clean.work).requests
    assert found.low <= clean.asked <= found.high


def test_called_again_after_its_end_it_asks_nothing_and_says_the_same(endpoint: SimulatedEndpoint, clean: Clean):
    before = asked(endpoint)
    assert run(clean.work) == clean.record
    assert asked(endpoint) == before


@pytest.mark.soak
def test_killed_again_and_again_it_comes_to_the_same_and_asks_nothing_twice(
    endpoint: SimulatedEndpoint, clean: Clean, tmp_path: Path
):
    given = work(endpoint, tmp_path)
    before, kills = asked(endpoint), 0
    while killed_after(17, lambda killer: run(replace(given, events=(killer,)))):
        kills += 1
    assert kills == clean.asked // 17 == 2
    assert timeless(run(given)) == timeless(clean.record)
    assert asked(endpoint) - before == clean.asked


def test_a_budget_that_ends_the_training_leaves_the_cell_incomplete_until_there_is_more(
    endpoint: SimulatedEndpoint, clean: Clean, tmp_path: Path
):
    given, before = work(endpoint, tmp_path), asked(endpoint)
    record = run(replace(given, config=limited(given, 27)))
    assert record.status == "incomplete"
    assert "the limit of 27 requests is reached" in record.reason
    assert asked(endpoint) - before <= 27
    record = run(given)
    assert (record.status, timeless(record)["test"]) == ("done", timeless(clean.record)["test"])
    assert asked(endpoint) - before == TRAINED


@pytest.mark.soak
def test_a_sealed_test_that_was_not_read_to_its_end_is_read_on_until_it_is(tmp_path: Path):
    port, replies = 0, 0
    for dies in (6, 1, 1):  # four training tasks and two of five test tasks, then one each
        with simulated_endpoint(port=port, die_after=dies) as mortal:
            port = int(mortal.url.split(":")[2].split("/")[0])
            given = work(mortal, tmp_path, training=Training(epochs=0))
            record = run(given)
        assert (record.status, record.test) == ("incomplete", None)
        assert "the sealed test could not be read to its end" in record.reason
        assert record.usage["agent"].requests == (replies := replies + dies)
    with simulated_endpoint(port=port) as back:
        record = run(given)
        assert (record.status, record.reason) == ("done", "all 0 epochs were run")
        assert [point.requests for point in record.points] == [4]
        assert record.test is not None
        assert record.usage["agent"].requests == replies + asked(back) == 4 + 5
        assert run(given) == record
        assert asked(back) == 1
    with RunFolder.read(given.runs / "training") as folder:
        warned = [timed.event.text for timed in folder.store.events() if isinstance(timed.event, Warned)]
        assert folder.store.tests_opened == 1
    assert warned
    assert all(text.startswith("the sealed test could not be read to its end: ") for text in warned)


@pytest.mark.soak
def test_an_endpoint_that_dies_leaves_the_cell_incomplete_until_it_is_back(clean: Clean, tmp_path: Path):
    port, replies = 0, 0
    for dies, said in ((3, "the starting set could not be evaluated"), (12, "has been out"), (18, "sealed test")):
        with simulated_endpoint(port=port, die_after=dies) as mortal:
            port = int(mortal.url.split(":")[2].split("/")[0])
            given = work(mortal, tmp_path)
            record = run(given)
        assert record.status == "incomplete"
        assert said in record.reason
        assert sum(usage.requests for usage in record.usage.values()) == (replies := replies + dies)
    with simulated_endpoint(port=port) as back:
        assert timeless(run(given)) == timeless(clean.record)
        assert replies + asked(back) == clean.asked


def test_what_a_broken_off_creation_left_behind_is_removed(endpoint: SimulatedEndpoint, tmp_path: Path):
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "config.json").write_text("{}")
    assert run(work(endpoint, tmp_path, training=Training(epochs=0))).status == "done"
