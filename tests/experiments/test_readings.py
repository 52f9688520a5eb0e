"""What is read beside a training: a curve and transfers, later or at once, broken off and gone on with.

A training is asked for once, whatever is read of it and whenever; its figures stay as they were.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cell_works import TEST, asked, elsewhere, killed_after, timeless, work

from simulated_endpoint import SimulatedEndpoint, simulated_endpoint
from toolwright.api import Trainer
from toolwright.evaluations import Evaluation
from toolwright.experiments.allowance import Allowance, Spent
from toolwright.experiments.attempt import Attempt
from toolwright.experiments.cell_folder import CellFolder, spent_in, used_by_runs
from toolwright.experiments.cells import Cell, Readings
from toolwright.experiments.matrix import Draw
from toolwright.experiments.measuring.readings import estimate_readings
from toolwright.experiments.measuring.side_runs import took_in
from toolwright.experiments.methods.training import TrainingMethod
from toolwright.experiments.methods.work import CellWork, Other
from toolwright.experiments.planning import Planned
from toolwright.experiments.records import CellKey, CellRecord
from toolwright.functions import FunctionSet
from toolwright.models.ledger import Limits
from toolwright.parameters import Parameters
from toolwright.protocols import EventSink
from toolwright.runs.folder import DATABASE, RunFolder
from toolwright.sync import run_sync

OTHERS = {"near": elsewhere(), "hurried": elsewhere(turns=1)}
TRAINED = 41
"""Requests of the training, as test_method_training counts them."""

CURVE, NEAR, HURRIED = 5 * 2, 4 * 2, 4 * 1
"""Of the rejected set alone, five tasks of two turns each; the sealed test read both others. Four tasks elsewhere."""

ALL = CURVE + NEAR + HURRIED


def planned(
    endpoint: SimulatedEndpoint | str,
    out: Path,
    *,
    curve: bool = True,
    others: Mapping[str, Other] = OTHERS,
    events: Sequence[EventSink] = (),
) -> Planned:
    """The cell as an experiment plans it whose tables want these readings of it."""
    folder = CellFolder(out, CellKey(domain="seals", agent="plain", model="simulated", method="trained"))
    given = work(endpoint, folder.path, events=events)
    wanted = Readings(curve=curve, transfer=tuple(others))
    cell = Cell(key=given.key, config=given.config, method=given.method, draw=Draw(), readings=wanted)
    return Planned(cell, {}, others, given, folder, again=False, kept=folder.record)


def ends(one: Planned, requests: int | None = None, budget: int | None = None) -> CellRecord:
    """What the cell comes to, as an experiment has it run: its training where that is left, then its readings.

    Args:
        one: The cell.
        requests: What of them it may use; all where that is not said.
        budget: The experiment's, of which others used the rest; where there is none, what it may use is its own limit.
    """
    own, given = (Limits(requests=requests), Limits()) if budget is None else (Limits(), Limits(requests=budget))
    others = Spent(requests=(budget or 0) - (requests or 0)) if budget else Spent()
    attempt = Attempt(one, Allowance(own=own, budget=given, others=others), one.work.events)
    record = run_sync(attempt.end(TrainingMethod(), lambda _: None))
    assert (one.folder.record, attempt.fault) == (record, "")
    return record


@dataclass(frozen=True)
class Ended:
    """A cell at its end: the experiment's folder, its work, its record, and how many requests the last part took."""

    out: Path
    work: CellWork
    record: CellRecord
    asked: int


@pytest.fixture(scope="module")
def trained(endpoint: SimulatedEndpoint, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A training of which nothing was read."""
    out = tmp_path_factory.mktemp("trained")
    one, before = planned(endpoint, out, curve=False, others={}), asked(endpoint)
    return Ended(out, one.work, ends(one), asked(endpoint) - before)


@pytest.fixture(scope="module")
def read(endpoint: SimulatedEndpoint, trained: Ended, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The same with everything read of it at once."""
    out = copied(trained, tmp_path_factory.mktemp("read"))
    one, before = planned(endpoint, out), asked(endpoint)
    return Ended(out, one.work, ends(one), asked(endpoint) - before)


def copied(ended: Ended, folder: Path) -> Path:
    """A copy of the experiment's folder."""
    return Path(shutil.copytree(ended.out, folder / "out"))


def directly(given: CellWork, parameters: Parameters, folder: Path) -> Evaluation:
    """The same evaluation, made with nothing of an experiment."""
    return Trainer.of(replace(given.parts(), start=parameters, runs=folder)).evaluate(TEST)


def candidate(given: CellWork, epoch: int) -> Parameters:
    """What an accepted epoch kept."""
    return Parameters(functions=FunctionSet.load(given.runs / "training" / "accepted" / f"epoch-{epoch}"))


def test_readings_ask_for_themselves_alone_and_leave_the_trainings_figures(trained: Ended, read: Ended) -> None:
    assert (trained.asked, read.asked) == (TRAINED, ALL)
    before, after = trained.record, read.record
    assert (after.usage, after.minutes, after.train, after.test) == (
        before.usage,
        before.minutes,
        before.train,
        before.test,
    )
    assert [point.model_copy(update={"test": None}) for point in after.points] == list(before.points)
    assert (before.curve, before.transfer, before.measuring.requests) == (False, {}, 0)
    assert (after.curve, list(after.transfer), after.unread) == (True, ["near", "hurried"], "")


def test_what_is_read_one_by_one_is_what_is_read_at_once(
    endpoint: SimulatedEndpoint, trained: Ended, read: Ended, tmp_path: Path
) -> None:
    out, record = copied(trained, tmp_path), trained.record
    for curve, domains, requests in (
        (False, ("near",), NEAR),
        (True, (), CURVE),
        (True, ("near", "hurried"), HURRIED),
        (True, ("near", "hurried"), 0),
        (False, (), 0),
    ):
        before = asked(endpoint)
        record = ends(planned(endpoint, out, curve=curve, others={name: OTHERS[name] for name in domains}))
        assert asked(endpoint) - before == requests
    assert timeless(record) == timeless(read.record)
    assert list(planned(endpoint, out).folder.read_on) == ["near", "hurried"]


def test_a_curve_has_the_score_of_what_each_epoch_proposed(read: Ended, tmp_path: Path) -> None:
    points = read.record.points
    assert [point.test for point in points] == [0.0, 0.2, 0.6, None, None]
    for epoch in (0, 2):
        assert directly(read.work, candidate(read.work, epoch), tmp_path).mean == points[epoch].test


def test_a_curve_asks_only_for_what_the_sealed_test_has_not_read_and_leaves_it_sealed(read: Ended) -> None:
    with RunFolder.read(read.work.runs / "curve") as folder:
        assert folder.store.count()[1] == CURVE
    with RunFolder.read(read.work.runs / "training") as folder:
        assert folder.store.tests_opened == 1
        assert {timed.session for timed in folder.store.events()} == {"training"}


def test_transfer_runs_the_other_domains_agent_and_scorer(read: Ended, tmp_path: Path) -> None:
    found, other = read.record.transfer, OTHERS["near"]
    assert found["near"].mean == 0.25  # its targets are in capitals, which its scorer overlooks
    assert found["hurried"].mean == 0.0  # its agent has one turn, which the call takes
    changed = read.work.config.model_copy(update={"agent": other.agent, "scorer": other.scorer})
    parts = replace(replace(read.work, config=changed).parts(), start=candidate(read.work, 2), runs=tmp_path)
    assert Trainer.of(parts).evaluate(other.tasks).scores_by_task() == {
        task: list(scores) for task, scores in found["near"].by_task.items()
    }


def test_what_readings_used_is_apart(read: Ended) -> None:
    assert read.record.measuring.requests == ALL
    apart = [took_in(read.work.runs / name) for name in ("curve", "transfer-near", "transfer-hurried")]
    assert read.record.measuring_minutes == pytest.approx(sum(took.minutes for took in apart)) != 0
    usage, minutes = used_by_runs(read.work.runs)
    assert sum(used.requests for used in usage.values()) == TRAINED + ALL
    with RunFolder.read(read.work.runs / "training") as folder:
        assert minutes == pytest.approx(folder.store.minutes + read.record.measuring_minutes)


def test_of_a_training_that_is_done_the_estimate_knows_how_many_sets_a_curve_reads(
    endpoint: SimulatedEndpoint, trained: Ended
) -> None:
    one = planned(endpoint, trained.out)
    assert sum(part.requests.low for part in estimate_readings(one.work, trained=False)) == 3 * 5 + 4 + 4
    known = estimate_readings(one.work, trained=True)
    assert [part.requests.low for part in known] == [5, 4, 4]
    assert [part.requests.high for part in known] == [4 * 5, 4 * 4, 4]


ENDS = {TRAINED + 3: (), TRAINED + CURVE + 5: ("curve",), TRAINED + ALL - 1: ("curve", "near")}
"""What was read when a limit of so many requests ended it."""


@pytest.mark.parametrize(
    "requests", [TRAINED + CURVE + 5, *(pytest.param(TRAINED + one, marks=pytest.mark.soak) for one in (3, ALL - 1))]
)
def test_a_budget_that_ends_a_reading_leaves_the_training_and_what_was_read(
    endpoint: SimulatedEndpoint, trained: Ended, read: Ended, tmp_path: Path, requests: int
) -> None:
    out, before, held = copied(trained, tmp_path), asked(endpoint), ENDS[requests]
    record = ends(planned(endpoint, out), requests, budget=requests + 1_000)
    assert (record.status, record.test, record.usage) == ("done", trained.record.test, trained.record.usage)
    assert record.unread == (
        f"the experiment's budget of {requests + 1_000:,} requests was used up (this cell could use {requests} of it): "
        f"{requests} used, 1 more needed; raise [budget] of the experiment"
    )
    assert [*(["curve"] if record.curve else []), *record.transfer] == [*held]
    one = planned(endpoint, out)
    assert asked(endpoint) - before == record.measuring.requests == requests - TRAINED
    assert spent_in(one.folder.path).requests == requests
    finished = {"curve": CURVE, "near": NEAR}
    assert one.used_before.requests == TRAINED + sum(finished[name] for name in held)
    assert timeless(ends(one)) == timeless(read.record)
    assert asked(endpoint) - before == ALL


@pytest.mark.parametrize("replies", [3, pytest.param(CURVE + 5, marks=pytest.mark.soak)])
def test_what_a_killed_reading_used_counts_and_is_not_asked_again(
    endpoint: SimulatedEndpoint, trained: Ended, read: Ended, tmp_path: Path, replies: int
) -> None:
    out, before = copied(trained, tmp_path), asked(endpoint)
    assert killed_after(replies, lambda killer: ends(planned(endpoint, out, events=(killer,))))
    one = planned(endpoint, out)
    assert one.trained is not None
    assert (one.trained.status, one.trained.test) == ("done", trained.record.test)
    assert one.trained.unread.startswith("broken off")
    assert one.trained.measuring.requests == replies
    assert spent_in(one.folder.path).requests == TRAINED + replies
    assert timeless(ends(one)) == timeless(read.record)
    assert asked(endpoint) - before == ALL


def test_a_reading_that_fails_is_told_and_the_training_stands(
    endpoint: SimulatedEndpoint, trained: Ended, tmp_path: Path
) -> None:
    out = copied(trained, tmp_path)
    one = planned(endpoint, out)
    (one.work.runs / "training" / DATABASE).write_bytes(b"nothing of a database")
    attempt = Attempt(one, Allowance(), ())
    record = run_sync(attempt.end(TrainingMethod(), lambda _: None))
    assert (record.status, record.test) == ("done", trained.record.test)
    assert attempt.fault == record.unread != ""
    assert not attempt.ended_by_provider(record)


def test_a_reading_that_no_table_wants_any_more_is_said_to_be_missing_as_long_as_it_is(
    endpoint: SimulatedEndpoint, trained: Ended, tmp_path: Path
) -> None:
    out, near = copied(trained, tmp_path), {"near": OTHERS["near"]}
    short = ends(planned(endpoint, out, curve=False, others=near), TRAINED + 3)
    assert short.unread.startswith(f"the limit of {TRAINED + 3} requests is reached: ")
    assert short.unread.endswith("; raise [limits] of the experiment")
    curve = ends(planned(endpoint, out, others={}))
    assert (curve.curve, curve.unread) == (True, short.unread)
    assert ends(planned(endpoint, out, others=near)).unread == ""


@pytest.mark.soak
def test_a_provider_that_dies_while_it_is_read_leaves_the_training_until_it_is_back(
    trained: Ended, read: Ended, tmp_path: Path
) -> None:
    out, replies, port = copied(trained, tmp_path), 0, 0
    for dies in (4, CURVE, 1):  # in the curve, in the first domain, in the next one
        with simulated_endpoint(port=port, die_after=dies) as mortal:
            port = int(mortal.url.split(":")[2].split("/")[0])
            one = planned(mortal, out)
            attempt = Attempt(one, Allowance(), ())
            record = run_sync(attempt.end(TrainingMethod(), lambda _: None))
        assert attempt.ended_by_provider(record)
        assert (record.status, record.test, attempt.fault) == ("done", trained.record.test, "")
        assert record.measuring.requests == (replies := replies + dies)
    with simulated_endpoint(port=port) as back:
        assert timeless(ends(planned(back, out))) == timeless(read.record)
        assert replies + asked(back) == ALL


@pytest.mark.soak
def test_killed_again_and_again_training_and_readings_come_to_the_same_and_ask_nothing_twice(
    endpoint: SimulatedEndpoint, read: Ended, tmp_path: Path
) -> None:
    before, kills = asked(endpoint), 0
    while killed_after(17, lambda killer: ends(planned(endpoint, tmp_path, events=(killer,)))):
        kills += 1
    assert kills == (TRAINED + ALL) // 17 == 3
    assert timeless(ends(planned(endpoint, tmp_path))) == timeless(read.record)
    assert asked(endpoint) - before == TRAINED + ALL
