import os
import sqlite3
import time
from pathlib import Path

import pytest

from toolwright.events import EpochFinished, Event, ModelRetried, RunFinished, TestOpened, Warned
from toolwright.messages import AssistantMessage, ModelRequest, Reply, Usage
from toolwright.protocols import CallSite
from toolwright.report.told import Told, told_of
from toolwright.runs.sessions import SessionKind
from toolwright.runs.store import RunStore


class Clocks:
    """Both clocks of the machine, set by the test."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.wall = 1_800_000_000.0
        self.since_boot = 5000.0
        patch.setattr(time, "time_ns", lambda: int(self.wall * 1e9))
        patch.setattr(time, "monotonic", lambda: self.since_boot)

    def pass_by(self, seconds: float, jump: float = 0.0) -> None:
        self.since_boot += seconds
        self.wall += seconds + jump


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


def ended(why: str) -> RunFinished:
    return RunFinished(why=why, end="the end", best="p", functions=(), usage={})


def keep(store: RunStore, *tasks: str) -> None:
    """Keeps a reply of 7 tokens for each task."""
    for task in tasks:
        site = CallSite(role="agent", purpose="train", parameters="p", task=task, turn=0)
        reply = Reply(message=AssistantMessage(text="4"), usage=Usage(requests=1, input_tokens=7))
        store.keep_reply(site, ModelRequest(messages=()), reply)


@pytest.mark.parametrize("jump", [-86_400.0, 0.0, 86_400.0])
def test_the_time_a_run_took_is_right_whatever_the_clock_on_the_wall_does(path: Path, clocks: Clocks, jump: float):
    with RunStore.create(path, run="x") as store:
        assert store.minutes == 0
        clocks.pass_by(60)
        store.emit(Warned(text="one"))
        clocks.pass_by(60, jump)
        store.emit(Warned(text="two"))
        assert store.minutes == 0  # earlier sessions only
    clocks.pass_by(7200, -jump)  # between sessions nobody worked
    clocks.since_boot = 3.0  # the machine was started anew
    with RunStore.open(path) as store:
        assert store.minutes == 2
        clocks.pass_by(30, jump)
        store.emit(Warned(text="three"))
    with RunStore.open(path) as store:
        assert store.minutes == 2.5
    with RunStore.read(path) as store:
        assert store.minutes == 2.5
        assert [timed.event for timed in store.events()] == [Warned(text=text) for text in ("one", "two", "three")]


def test_sessions_that_wrote_nothing_took_no_time(path: Path, clocks: Clocks):
    RunStore.create(path, run="x").close()
    for _ in range(2):
        with RunStore.open(path) as store:
            clocks.pass_by(60)
            assert store.minutes == 0


def test_every_process_that_writes_is_a_session_of_a_kind_and_a_reader_is_none(path: Path):
    RunStore.create(path, run="x").close()
    RunStore.read(path).close()
    with RunStore.open(path, "evaluation") as store:
        store.emit(Warned(text="x"))
    RunStore.open(path).close()
    connection = sqlite3.connect(path)
    kept = connection.execute("SELECT kind, process, first FROM sessions ORDER BY id").fetchall()
    connection.close()
    assert kept == [("training", os.getpid(), 1), ("evaluation", os.getpid(), 1), ("training", os.getpid(), 2)]


def test_a_run_ended_where_a_training_said_so_whatever_that_one_wrote_after(path: Path):
    with RunStore.create(path, run="x") as store:
        assert store.ended is None
        store.emit(ended("provider"))
        store.emit(Warned(text="still the same session"))
    with RunStore.read(path) as store:
        assert store.ended == ended("provider")


def test_a_run_that_goes_on_after_its_end_has_ended_when_it_ends_again(path: Path):
    with RunStore.create(path, run="x") as store:
        store.emit(Warned(text="once"))
        store.emit(ended("budget"))
    with RunStore.open(path) as store:
        store.emit(Warned(text="once"))  # told again, not new
        assert store.ended == ended("budget")
        store.emit(Warned(text="new"))
        assert store.ended is None
    with RunStore.open(path) as store:
        assert store.ended is None
        store.emit(ended("epochs"))
        assert store.ended == ended("epochs")


@pytest.mark.parametrize("why", ["epochs", "provider"])
def test_an_evaluation_leaves_a_run_as_ended_as_it_was_however_it_ends_itself(path: Path, why: str):
    with RunStore.create(path, run="x") as store:
        store.emit(ended(why))
    with RunStore.open(path, "evaluation") as store:
        keep(store, "evaluated")
        assert store.ended == ended(why)
    with RunStore.read(path) as store:
        assert store.ended == ended(why)
    with RunStore.open(path) as store:
        keep(store, "trained")
        assert store.ended is None


def test_a_run_took_what_its_trainings_took_whatever_was_evaluated_in_it(path: Path, clocks: Clocks):
    with RunStore.create(path, run="x") as store:
        clocks.pass_by(60)
        keep(store, "one")
    with RunStore.open(path, "evaluation") as store:
        assert (store.usage()["agent"].requests, store.minutes) == (1, 1)
        clocks.pass_by(600)
        keep(store, "two", "three")
    with RunStore.open(path) as store:
        assert (store.usage()["agent"].requests, store.minutes) == (1, 1)
        clocks.pass_by(30)
        keep(store, "four")
    with RunStore.read(path) as store:
        assert store.usage() == {"agent": Usage(requests=2, input_tokens=14)}
        assert store.minutes == 1.5
        assert store.count() == (0, 4)


def test_an_evaluation_does_not_answer_for_what_a_training_is_to_tell(path: Path):
    RunStore.create(path, run="x").close()
    with RunStore.open(path, "evaluation") as store:
        store.emit(Warned(text="said by both"))
    for kind in ("training", "evaluation", "training"):
        with RunStore.open(path, kind) as store:
            store.emit(Warned(text="said by both"))
            assert len(list(store.events())) == 2


def test_epochs_are_counted_once_and_openings_of_the_test_each_time(path: Path):
    epoch = EpochFinished(epoch=1, loss=None, best=0.5, accepted=False, without_acceptance=1)
    told: list[Event] = [
        epoch,
        epoch,
        TestOpened(times=1, forced=False),
        ModelRetried(role="agent", attempt=1, fault="429", wait=1.0),
    ]
    with RunStore.create(path, run="x") as store:
        assert store.tests_opened == 0
        for event in told:
            store.emit(event)
        assert store.count() == (1, 0)
        assert store.tests_opened == 1
    with RunStore.open(path) as store:
        store.emit(TestOpened(times=2, forced=True))
        assert store.tests_opened == 2


def test_what_an_evaluation_met_is_not_told_of_the_training_but_every_reading_of_the_test_is(path: Path):
    opened = [TestOpened(times=1, forced=False), TestOpened(times=2, forced=True)]
    waited = ModelRetried(role="agent", attempt=1, fault="timeout", wait=1.0)
    with RunStore.create(path, run="x") as store:
        store.emit(waited)
        store.emit(opened[0])
    with RunStore.open(path, "evaluation") as store:
        store.emit(waited)
        store.emit(opened[1])
    with RunStore.read(path) as store:
        assert [timed.session for timed in store.events()] == ["training", "training", "evaluation", "evaluation"]
        assert [timed.ordinal for timed in store.events()] == [1, 2, 3, 4]
        assert told_of(store) == Told(openings=2, forced=1, retries=1)


@pytest.mark.parametrize(("kind", "trains"), [("training", True), ("evaluation", False)])
def test_a_run_that_was_made_to_evaluate_trains_nothing(path: Path, kind: SessionKind, trains: bool):
    with RunStore.create(path, run="x", session=kind) as store:
        assert store.trains is trains
    with RunStore.open(path, "evaluation") as store:
        assert store.trains is trains
