"""A run is followed: what is new in it, what parts of it took, without reading it whole."""

from pathlib import Path

import pytest

from support import evaluation, sums
from toolwright.events import EpochFinished, EvaluationStarted, PaceWaited, RolloutFinished, Warned
from toolwright.messages import Usage
from toolwright.runs.folder import RunFolder
from toolwright.runs.store import RunStore
from trained_runs import trained_run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    """Of a finished training, open for reading."""
    return RunStore.read(Path(trained_run(tmp_path_factory.mktemp("following")).folder) / "run.sqlite")


def test_what_is_new_after_a_place_is_the_end_of_the_events(store: RunStore) -> None:
    events = list(store.events())
    assert list(store.events(0)) == events
    for place in range(0, store.ordinal + 1, 7):
        assert list(store.events(place)) == [timed for timed in events if timed.ordinal > place]


def test_what_parts_used_adds_up_to_what_the_training_used(store: RunStore) -> None:
    whole = store.usage()
    for place in range(1, store.ordinal, 11):
        parts = [store.usage_between(0, place), store.usage_between(place, store.ordinal + 1)]
        for role, used in whole.items():
            assert sum((part.get(role, Usage()) for part in parts), Usage()) == used


def test_a_purpose_can_be_left_out(store: RunStore) -> None:
    tested = sum(entry.reply.usage.requests for entry in store.requests() if entry.site.purpose == "test")
    used = store.usage_between(0, store.ordinal + 1, "test")
    assert tested > 0
    assert sum(used.values(), Usage()).requests == sum(store.usage().values(), Usage()).requests - tested


def test_minutes_at_the_last_place_are_those_of_the_run(store: RunStore) -> None:
    assert store.minutes_at(store.ordinal) == store.minutes
    assert store.minutes_at(0) == 0


def test_evaluating_beside_a_training_takes_none_of_its_time_and_tells_of_no_training(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "one") as folder:
        folder.store.emit(EpochFinished(epoch=1, loss=None, best=0.5, accepted=False, without_acceptance=1))
        place = folder.store.ordinal
    with RunFolder.open(tmp_path / "one", "evaluation") as folder:
        folder.store.emit(EvaluationStarted(epoch=0, split="mine", parameters="p", rollouts=1))
    with RunFolder.read(tmp_path / "one") as folder:
        [new] = folder.store.events(place)
        assert new.session == "evaluation"
        assert folder.store.minutes_at(new.ordinal) == folder.store.minutes_at(place)


def test_single_rollouts_change_no_figures_of_a_run_but_an_evaluation_that_is_kept_does(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "one") as folder:
        store = folder.store
        assert (store.figures_ordinal, store.ordinal) == (0, 0)
        store.emit(Warned(text="so"))
        changed = store.figures_ordinal
        store.emit(PaceWaited(role="agent", limit="requests_per_minute = 2", wait=30.0))
        store.emit(RolloutFinished(split="train", parameters="p", task="t", repeat=0, score=1, end="answer", calls=0))
        assert (store.figures_ordinal, store.ordinal) == (changed, changed + 2)
        store.keep_evaluation(evaluation(sums(1), [1]), 0)
        assert store.figures_ordinal == store.ordinal == changed + 3
