"""The method "none": only the test tasks are read, in a run that goes on where it was broken off."""

import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from cell_works import TRAIN, asked, limited, work

from simulated_endpoint import SimulatedEndpoint, simulated_endpoint
from toolwright import FunctionSet
from toolwright.api import Trainer
from toolwright.config.schema import Functions
from toolwright.errors import ConfigError
from toolwright.experiments.methods.evaluating import EvaluationMethod
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord
from toolwright.functions import Function
from toolwright.sync import run_sync
from toolwright.training.trainer import Splits

TURNED = Function(name="seal", source="def seal(word: str) -> str:\n    return word[::-1]\n")


@pytest.fixture(scope="module")
def endpoint() -> Generator[SimulatedEndpoint]:
    with simulated_endpoint(latency=0.05) as one:
        yield one


def run(given: CellWork) -> CellRecord:
    return run_sync(EvaluationMethod().run(given))


def started(endpoint: SimulatedEndpoint, folder: Path) -> CellWork:
    """A cell that starts from the function that turns words around: two requests a task."""
    FunctionSet(functions=(TURNED,)).save(folder / "mine")
    return work(endpoint, folder / "runs", functions=Functions(start=str(folder / "mine")))


def test_it_reads_the_test_tasks_alone_and_has_no_before(endpoint: SimulatedEndpoint, tmp_path: Path):
    before, record = asked(endpoint), run(work(endpoint, tmp_path))
    assert (record.status, record.train, record.validation, record.points, record.functions) == (
        *("done", None, None, ()),
        None,
    )
    assert record.test is not None
    assert (record.test.before, record.test.after.mean) == (None, 0.0)
    assert asked(endpoint) - before == record.usage["agent"].requests == 5


def test_its_scores_are_those_of_an_evaluation_made_directly(endpoint: SimulatedEndpoint, tmp_path: Path):
    given = started(endpoint, tmp_path)
    record, tests = run(given), given.splits.test
    assert record.test is not None
    assert tests is not None
    found = Trainer.of(replace(given.parts(), runs=tmp_path / "direct")).evaluate(tests)
    assert found.mean == record.test.after.mean == 0.2
    assert (found.usage, found.scores_by_task()) == (
        record.test.after.usage,
        {task: list(scores) for task, scores in record.test.after.by_task.items()},
    )


def test_called_again_it_asks_nothing_and_says_the_same(endpoint: SimulatedEndpoint, tmp_path: Path):
    given = started(endpoint, tmp_path)
    record, before = run(given), asked(endpoint)
    assert run(given) == record
    assert asked(endpoint) == before


@pytest.mark.soak
def test_broken_off_by_its_budget_it_goes_on_and_a_pause_is_no_time_it_took(
    endpoint: SimulatedEndpoint, tmp_path: Path
):
    given, before, began = started(endpoint, tmp_path), asked(endpoint), time.monotonic()
    short = run(replace(given, config=limited(given, 5)))  # in the middle of the third task's conversation
    assert (short.status, short.test) == ("incomplete", None)
    assert "the limit of 5 requests is reached" in short.reason
    assert short.usage["agent"].requests == 5
    time.sleep(1)
    record = run(given)
    assert (record.status, record.usage["agent"].requests) == ("done", 10)
    assert asked(endpoint) - before == 10
    assert 10 * 0.05 <= record.minutes * 60 < time.monotonic() - began - 0.9


def test_its_budget_counts_what_earlier_sessions_used(endpoint: SimulatedEndpoint, tmp_path: Path):
    given, before = started(endpoint, tmp_path), asked(endpoint)
    given = replace(given, config=limited(given, 5))
    first, again = run(given), run(given)
    assert (first.status, again.status) == ("incomplete", "incomplete")
    assert asked(endpoint) - before == 5


def test_a_provider_that_is_out_leaves_the_cell_incomplete(tmp_path: Path):
    with simulated_endpoint(die_after=3) as mortal:
        record = run(work(mortal, tmp_path))
    assert (record.status, record.test) == ("incomplete", None)
    assert "out" in record.reason
    assert record.usage["agent"].requests == 3


def test_a_cell_without_test_tasks_is_refused_before_anything_is_asked(endpoint: SimulatedEndpoint, tmp_path: Path):
    given, before = work(endpoint, tmp_path, splits=Splits(train=TRAIN)), asked(endpoint)
    for refused in (EvaluationMethod().estimate, run):
        with pytest.raises(ConfigError, match=r"cell seals/plain/simulated/trained/0 has no test tasks .* draw\.test"):
            refused(given)
    assert asked(endpoint) == before
    assert not (tmp_path / "evaluation").exists()
