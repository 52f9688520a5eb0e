"""A journal with somebody watching tells of what it is given to keep, and keeps all that it did without."""

import time
from pathlib import Path

import pytest

from support import Events, MemoryJournal, rolled, sums
from toolwright.errors import RunError
from toolwright.events import CallFinished, Event, ModelReplied
from toolwright.messages import AssistantMessage, ModelRequest, Reply, Usage, UserMessage
from toolwright.protocols import CallSite, SampleKey
from toolwright.runs.store import RunStore
from toolwright.runs.watched import WatchedJournal
from toolwright.trajectories import Outcome

SITE = CallSite(role="agent", purpose="train", parameters="p", task="t", repeat=1, turn=2)
REQUEST = ModelRequest(messages=(UserMessage(text="a secret question"),))
USAGE = Usage(requests=1, input_tokens=7, output_tokens=3, cached_tokens=2, dollars=None)
REPLY = Reply(message=AssistantMessage(text="a secret answer"), usage=USAGE, finish="stop", model="m-2026")


def test_a_reply_is_told_with_where_it_belongs_and_how_long_it_took(tmp_path: Path) -> None:
    events = Events()
    with RunStore.create(tmp_path / "run.sqlite", run="x") as store:
        journal = WatchedJournal(store, events)
        began = time.monotonic()
        assert journal.reply(SITE, REQUEST) is None
        time.sleep(0.02)
        journal.keep_reply(SITE, REQUEST, REPLY)
        took = time.monotonic() - began
        assert store.reply(SITE, REQUEST) == REPLY
    (told,) = events.of(ModelReplied)
    assert told.model_dump(include=set(CallSite.model_fields)) == SITE.model_dump()
    assert (told.model, told.finish, told.usage) == ("m-2026", "stop", USAGE)
    assert 0.02 <= told.seconds <= took
    assert "secret" not in told.model_dump_json()


def test_a_reply_asked_for_again_after_a_fault_is_timed_from_then() -> None:
    events, journal = Events(), MemoryJournal()
    watched = WatchedJournal(journal, events)
    watched.reply(SITE, REQUEST)
    time.sleep(0.05)  # nothing came
    began = time.monotonic()
    watched.reply(SITE, REQUEST)
    watched.keep_reply(SITE, REQUEST, REPLY)
    took = time.monotonic() - began
    assert events.of(ModelReplied)[0].seconds <= took


def test_what_is_read_from_the_journal_is_not_told(tmp_path: Path) -> None:
    outcome, result = Outcome(status="ok", result=1), rolled(sums(1).tasks[0], 1.0)
    key = SampleKey(parameters="p", agent="a", scorer="s", task="t")
    with RunStore.create(tmp_path / "run.sqlite", run="x") as store:
        WatchedJournal(store, Events()).keep_reply(SITE, REQUEST, REPLY)
        WatchedJournal(store, Events()).keep_outcome(SITE, 0, "f", outcome)
        WatchedJournal(store, Events()).keep_result(key, result)
    events = Events()
    with RunStore.open(tmp_path / "run.sqlite") as store:
        journal = WatchedJournal(store, events)
        assert journal.reply(SITE, REQUEST) == REPLY
        assert journal.outcome(SITE, 0) == outcome
        assert journal.result(key) == result
        assert journal.outcome(SITE, 1) is None
    assert events.seen == []


def test_a_call_is_told_with_what_became_of_it() -> None:
    events = Events()
    outcome = Outcome(status="timeout", error="too slow", stdout="printed", seconds=2.5)
    WatchedJournal(MemoryJournal(), events).keep_outcome(SITE, 3, "f", outcome)
    (told,) = events.of(CallFinished)
    assert (told.name, told.index, told.turn, told.task) == ("f", 3, 2, "t")
    assert (told.status, told.error, told.seconds) == ("timeout", "too slow", 2.5)


class Looking:
    """A sink that looks, when it is told, whether what it is told of is kept."""

    def __init__(self, store: RunStore) -> None:
        self.store, self.kept = store, list[bool]()

    def emit(self, event: Event) -> None:
        found = self.store.outcome(SITE, 0) if isinstance(event, CallFinished) else self.store.reply(SITE, REQUEST)
        self.kept.append(found is not None)


def test_everything_is_kept_before_it_is_told_and_what_is_not_kept_is_not_told(tmp_path: Path) -> None:
    with RunStore.create(tmp_path / "run.sqlite", run="x") as store:
        looking = Looking(store)
        journal = WatchedJournal(store, looking)
        journal.keep_reply(SITE, REQUEST, REPLY)
        journal.keep_outcome(SITE, 0, "f", Outcome(status="ok"))
        for again in (
            lambda: journal.keep_reply(SITE, REQUEST, REPLY),
            lambda: journal.keep_outcome(SITE, 0, "f", Outcome(status="ok")),
        ):
            with pytest.raises(RunError):
                again()
    assert looking.kept == [True, True]
