import tempfile
import tracemalloc
from pathlib import Path

import pytest
from conversations import texts
from hypothesis import given, settings
from hypothesis import strategies as st

from toolwright.events import (
    EpochFinished,
    Event,
    ModelRetried,
    PaceWaited,
    RolloutFinished,
    RunFinished,
    SandboxStarted,
    TestOpened,
    Warned,
)
from toolwright.runs.store import RunStore

told_events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Warned, text=texts | st.sampled_from(["a", "b"])),
    st.builds(EpochFinished, epoch=st.integers(0, 2), loss=st.none(), best=st.just(0.5), accepted=st.booleans()),
    st.builds(TestOpened, times=st.integers(1, 2), forced=st.booleans()),
    st.builds(SandboxStarted, sandbox=st.just("confined"), report=st.none() | st.just({"selftest_seconds": 0.5})),
)


def kept(store: RunStore) -> list[Event]:
    return [timed.event for timed in store.events()]


@settings(max_examples=15, deadline=None)
@given(st.lists(told_events, max_size=6))
def test_a_run_told_again_after_any_beginning_holds_what_an_uninterrupted_one_does(told: list[Event]):
    for length in range(len(told) + 1):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run.sqlite"
            with RunStore.create(path, run="x") as store:
                for event in told[:length]:
                    store.emit(event)
            with RunStore.open(path) as store:  # stopped again on its way
                for event in told[: length // 2]:
                    store.emit(event)
            with RunStore.open(path) as store:
                for event in told:
                    store.emit(event)
                assert kept(store) == told


def test_events_that_came_in_another_order_the_second_time_are_each_kept_once(tmp_path: Path):
    def finished(task: str) -> RolloutFinished:
        return RolloutFinished(split="train", parameters="p", task=task, repeat=0, score=1.0, end="answer", calls=0)

    path = tmp_path / "run.sqlite"
    with RunStore.create(path, run="x") as store:
        store.emit(finished("b"))
    with RunStore.open(path) as store:
        for task in "abc":
            store.emit(finished(task))
        assert kept(store) == [finished("b"), finished("a"), finished("c")]


def test_a_run_that_begins_keeps_all_it_is_told_also_the_same_twice(tmp_path: Path):
    with RunStore.create(tmp_path / "run.sqlite", run="x") as store:
        for _ in range(2):
            store.emit(Warned(text="again"))
        assert kept(store) == [Warned(text="again")] * 2


def test_durations_make_no_event_another_one_and_anything_else_does(tmp_path: Path):
    def started(seconds: float, tier: str) -> SandboxStarted:
        return SandboxStarted(sandbox="confined", report={"tier": tier, "inner": [{"selftest_seconds": seconds}]})

    path = tmp_path / "run.sqlite"
    with RunStore.create(path, run="x") as store:
        store.emit(started(0.5, "B"))
    with RunStore.open(path) as store:
        store.emit(started(0.9, "B"))
        store.emit(started(0.5, "A"))
        assert kept(store) == [started(0.5, "B"), started(0.5, "A")]


@pytest.mark.parametrize(
    "event",
    [
        RunFinished(why="budget", end="x", best="p", functions=(), usage={}),
        ModelRetried(role="agent", attempt=1, fault="429", wait=1.0),
        PaceWaited(role="agent", limit="requests_per_minute = 2", wait=30.0),
    ],
)
def test_what_happens_to_a_session_happened_again_in_the_next(tmp_path: Path, event: Event):
    path = tmp_path / "run.sqlite"
    with RunStore.create(path, run="x") as store:
        store.emit(event)
    with RunStore.open(path) as store:
        store.emit(event)
        assert kept(store) == [event, event]


@pytest.mark.soak
def test_what_a_run_was_told_takes_little_memory_when_it_goes_on_and_none_once_told_again(tmp_path: Path):
    path, many = tmp_path / "run.sqlite", 10_000
    with RunStore.create(path, run="x") as store:
        for number in range(many):
            store.emit(Warned(text=f"event {number} " + "with many words " * 20))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        with RunStore.open(path) as store:
            held = tracemalloc.get_traced_memory()[0] - before
            assert held < 200 * many
            for number in range(many):
                store.emit(Warned(text=f"event {number} " + "with many words " * 20))
            assert not store._events._held  # pyright: ignore[reportPrivateUsage] - nothing is left to be told
    finally:
        tracemalloc.stop()
