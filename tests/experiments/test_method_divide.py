"""The method "divide": real trainings of the parts on the simulated endpoint, their merges, and how a cell goes on."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest
from cell_works import Clean, Sealing, asked, killed_after, limited, tasks, timeless, work

from simulated_endpoint import SimulatedEndpoint
from toolwright.config.schema import Training
from toolwright.errors import ConfigError
from toolwright.events import Event
from toolwright.experiments.matrix import Method
from toolwright.experiments.methods.divide import Divide
from toolwright.experiments.methods.divide.dividing import divided
from toolwright.experiments.methods.divide.shared import shared_sandbox
from toolwright.experiments.methods.divide.trained import train_parts
from toolwright.experiments.methods.kinds import RUNNERS
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord
from toolwright.runs.folder import RunFolder
from toolwright.sync import run_sync
from toolwright.training.trainer import Splits

TRAIN = tasks("train", right=4, never=2)
TEST = tasks("test", right=3, turned=1, never=1)
METHOD = Method(kind="divide", options={"parts": 2})
PART = 3 + (2 + 6) + (2 + 6) + 1 + 1
"""Requests of a part: three tasks asked once, then by epochs the optimizer's and both turns of every task, then two
epochs in which it terminates."""
MERGE = 6 * 2
"""Both parts learned the same function, so that all that is to be evaluated is one set on all tasks."""
TESTED = 5 + 5 * 2


def cell(endpoint: SimulatedEndpoint | str, folder: Path, **changes: Any) -> CellWork:
    given: dict[str, Any] = {"method": METHOD, "splits": Splits(train=TRAIN, test=TEST), **changes}
    return work(endpoint, folder, **given)


def run(given: CellWork) -> CellRecord:
    return run_sync(Divide().run(given))


@pytest.fixture(scope="module")
def clean(endpoint: SimulatedEndpoint, tmp_path_factory: pytest.TempPathFactory) -> Clean:
    return Clean.of(endpoint, cell(endpoint, tmp_path_factory.mktemp("clean")), Divide())


def test_an_experiment_finds_it_by_its_kind():
    assert isinstance(RUNNERS["divide"], Divide)


def test_the_record_has_all_train_tasks_and_the_test_before_and_after(clean: Clean):
    record = clean.record
    assert (record.status, record.reason) == ("done", "2 parts were trained on; 1 of 1 merges were kept")
    assert record.train is not None
    assert record.train.before is not None
    assert record.test is not None
    assert record.test.before is not None
    assert [*record.train.after.by_task] == [*record.train.before.by_task] == [task.id for task in TRAIN.tasks]
    assert (record.train.before.mean, record.train.after.mean) == (0.0, 4 / 6)
    assert (record.test.before.mean, record.test.after.mean) == (0.0, 0.6)
    assert any("only the abstract of FGO was at hand" in text for text in record.substitutes)


def test_each_part_is_a_run_of_its_own_on_tasks_of_its_own(clean: Clean):
    assert sorted(path.name for path in clean.work.runs.iterdir()) == ["merge", "part-1", "part-2", "test"]
    read: list[set[str]] = []
    for name in ("part-1", "part-2"):
        with RunFolder.read(clean.work.runs / name) as folder:
            read.append({entry.site.task for entry in folder.store.requests("agent")})
    assert [len(ids) for ids in read] == [3, 3]
    assert read[0] | read[1] == {task.id for task in TRAIN.tasks}


def test_every_request_is_counted_and_what_the_parts_know_of_the_start_is_not_run_again(clean: Clean):
    assert clean.asked == 2 * PART + MERGE + TESTED
    used = {role: usage.requests for role, usage in clean.record.usage.items()}
    assert used == {"agent": clean.asked - 2 * 6, "optimizer": 2 * 6}
    assert clean.record.minutes > 0


def test_the_points_are_the_start_the_parts_and_every_round(clean: Clean):
    points = clean.record.points
    assert [point.decision for point in points] == ["start", "accept", "accept"]
    assert [point.train for point in points] == pytest.approx([0.0, 4 / 6, 4 / 6])
    assert [point.requests for point in points] == [6, 2 * (PART - 3), MERGE]
    assert [point.examples for point in points] == [
        6,
        2 * (3 + 3),
        6,
    ]  # each part's two candidates, then one merged set
    assert points[1].prompt_tokens > 0
    assert [point.functions for point in points] == [0, 1, 1]


def test_the_figures_are_of_the_merged_set_on_train_and_test_tasks(clean: Clean):
    figures = clean.record.functions
    assert figures is not None
    assert [one.name for one in figures.functions] == ["seal"]
    assert figures.most_used == (("seal", 6 + 5),)
    assert figures.tasks_using == 1.0


def test_the_cell_took_no_more_than_its_estimate_and_no_less(clean: Clean):
    found = Divide().estimate(clean.work).requests
    assert found.low <= clean.asked <= found.high


def test_called_again_after_its_end_it_asks_nothing_and_says_the_same(endpoint: SimulatedEndpoint, clean: Clean):
    before = asked(endpoint)
    assert run(clean.work) == clean.record
    assert asked(endpoint) == before


def test_the_parts_are_trained_at_once_in_one_sandbox(endpoint: SimulatedEndpoint, tmp_path: Path):
    class Counted(Sealing):
        entered = left = 0

        async def __aenter__(self) -> Self:
            self.entered += 1
            return self

        async def __aexit__(self, *error: object) -> None:
            self.left += 1

    sandbox, order = Counted(), list[str]()

    class Order:
        def emit(self, event: Event) -> None:
            if event.kind in ("run_started", "run_finished"):
                order.append(event.kind)

    run(replace(cell(endpoint, tmp_path, events=(Order(),)), sandbox=sandbox))
    assert (sandbox.entered, sandbox.left) == (1, 1)
    assert order == ["run_started"] * 2 + ["run_finished"] * 2


def test_without_test_tasks_none_are_read(endpoint: SimulatedEndpoint, tmp_path: Path):
    record = run(cell(endpoint, tmp_path, splits=Splits(train=TRAIN), training=Training(epochs=1)))
    assert (record.status, record.test) == ("done", None)
    assert not (tmp_path / "test").exists()


@pytest.mark.soak
def test_killed_again_and_again_it_comes_to_the_same(endpoint: SimulatedEndpoint, clean: Clean, tmp_path: Path):
    given = cell(endpoint, tmp_path)
    before, kills = asked(endpoint), 0
    while killed_after(20, lambda killer: run(replace(given, events=(killer,)))):
        kills += 1
    assert kills >= 3
    assert timeless(run(given)) == timeless(clean.record)
    under_way = 2  # requests at once of both parts; a reply that came with the end is asked for once more
    assert clean.asked <= asked(endpoint) - before <= clean.asked + kills * under_way


async def only_train_parts(given: CellWork) -> None:
    async with shared_sandbox(given) as sandbox:
        await train_parts(replace(given, sandbox=sandbox), divided(TRAIN, 2, seed=0))


@pytest.mark.soak
def test_a_budget_is_shared_by_the_parts_and_what_they_leave_is_for_the_merges(
    endpoint: SimulatedEndpoint, clean: Clean, tmp_path: Path
):
    given, before = cell(endpoint, tmp_path), asked(endpoint)
    record = run(replace(given, config=limited(given, 40)))
    assert record.status == "incomplete"
    assert "train, part 1 of 2: the limit of " in record.reason
    assert sum(usage.requests for usage in record.usage.values()) == asked(endpoint) - before < 40
    for limit in (2 * PART + 5, 2 * PART + MERGE + 7):  # in the middle of the merges, then of the test
        run_sync(only_train_parts(given))
        record = run(replace(given, config=limited(given, limit)))
        assert record.status == "incomplete"
        assert f"the limit of {limit} requests is reached" in record.reason
        assert sum(usage.requests for usage in record.usage.values()) == limit
    assert timeless(run(given)) == timeless(clean.record)
    assert asked(endpoint) - before == clean.asked


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": Method(kind="divide", options={"parts": 7})}, "6 train tasks cannot be divided into 7 parts"),
        ({"method": Method(kind="divide", options={"parts": 1})}, "key 'methods.trained.options.parts'"),
        ({"method": Method(kind="divide", options={"part": 2})}, "key 'methods.trained.options.part'"),
        ({"splits": Splits(train=TRAIN, validation=tasks("v", right=2))}, "draw = { validation = 0 }"),
        ({"training": Training(batch=4)}, "a batch of 4 tasks cannot be drawn from 3 training tasks"),
    ],
)
def test_what_cannot_be_divided_is_said_before_anything_is_asked(changes: dict[str, Any], said: str, tmp_path: Path):
    given = cell("http://127.0.0.1:9/v1", tmp_path, **changes)
    for tried in (Divide().estimate, run):
        with pytest.raises(ConfigError, match=said):
            tried(given)
    assert not [*tmp_path.iterdir()]
