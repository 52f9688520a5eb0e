import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conversations import conversation, exchanges, json_values, neutral, texts
from hypothesis import given

from toolwright.errors import RunError
from toolwright.events import Warned
from toolwright.messages import AssistantMessage, ModelRequest, Reply, ToolCall, Usage, UserMessage
from toolwright.protocols import CallSite, EventSink, Journal
from toolwright.runs.store import RunStore
from toolwright.trajectories import Outcome

ASK = ModelRequest(messages=(UserMessage(text="2 + 2?"),))
SAID = Reply(message=AssistantMessage(text="4"), usage=Usage(requests=1, input_tokens=5, dollars=0.1))


def site(turn: int = 0, task: str = "t") -> CallSite:
    return CallSite(role="agent", purpose="train", parameters="p" * 32, task=task, turn=turn)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[RunStore]:
    with RunStore.create(path, run="first") as made:
        yield made


def test_a_store_is_the_journal_and_the_event_sink_the_others_ask_for(store: RunStore):
    journal: Journal = store
    sink: EventSink = store
    assert journal.reply(site(), ASK) is None
    assert journal.outcome(site(), 0) is None
    sink.emit(Warned(text="x"))
    assert [item.event for item in store.events()] == [Warned(text="x")]


@given(exchanges)
def test_whatever_was_journalled_is_there_in_order_after_reopening(made: list[tuple[CallSite, ModelRequest, Reply]]):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.sqlite"
        with RunStore.create(path, run="x") as store:
            for exchange in made:
                store.keep_reply(*exchange)
        with RunStore.open(path) as store:
            kept = list(store.requests())
            assert [(k.site, k.request, k.reply) for k in kept] == [(s, neutral(q), r) for s, q, r in made]
            assert [k.request.digest for k in kept] == [request.digest for _, request, _ in made]
            assert [store.reply(s, q) for s, q, _ in made] == [reply for _, _, reply in made]


def test_tools_keep_the_order_of_their_keys_because_the_prompt_has_it(store: RunStore):
    made = ModelRequest.model_validate(
        {"messages": [], "tools": [{"name": "f", "description": "", "parameters": {"z": 1, "a": {"y": 2, "b": 3}}}]}
    )
    store.keep_reply(site(), made, SAID)
    (kept,) = store.requests()
    assert kept.request.model_dump_json() == made.model_dump_json()


def test_a_reply_is_found_again_when_the_provider_gave_its_calls_other_ids(store: RunStore):
    def asked(call_id: str) -> ModelRequest:
        said = AssistantMessage(calls=(ToolCall(id=call_id, name="add", arguments="{}"),), provider={"signed": call_id})
        return ModelRequest(messages=(UserMessage(text="go"), said))

    store.keep_reply(site(), asked("one"), SAID)
    assert store.reply(site(), asked("two")) == SAID


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (ModelRequest(messages=(UserMessage(text="3 + 3?"),)), r"its message 1 \(user\) differs"),
        (ModelRequest(messages=ASK.messages, settings={"temperature": 1}), "its settings differ"),
        (ModelRequest(messages=(*ASK.messages, *ASK.messages)), "it had 1 messages and has 2"),
    ],
)
def test_a_site_that_now_asks_something_else_is_refused_saying_which_and_what_changed(
    store: RunStore, asked: ModelRequest, said: str
):
    store.keep_reply(site(3, "loan-1"), ASK, SAID)
    with pytest.raises(RunError, match=rf"turn 3 \(task 'loan-1', repeat 0.*{said}.*config, the tasks or the code"):
        store.reply(site(3, "loan-1"), asked)


def test_a_site_is_answered_once_and_a_call_has_one_outcome(store: RunStore):
    store.keep_reply(site(), ASK, SAID)
    store.keep_outcome(site(), 0, "add", Outcome(status="ok", result=1))
    with pytest.raises(RunError, match="answered once"):
        store.keep_reply(site(), ASK, Reply(message=AssistantMessage(text="5")))
    with pytest.raises(RunError, match="outcome of call 0"):
        store.keep_outcome(site(), 0, "add", Outcome(status="ok", result=2))
    assert store.reply(site(), ASK) == SAID
    assert store.outcome(site(), 0) == Outcome(status="ok", result=1)


@given(result=json_values, error=texts, name=texts)
def test_an_outcome_comes_back_as_it_was(result: object, error: str, name: str):
    outcome = Outcome.model_validate({"status": "ok", "result": result, "error": error, "seconds": 0.1})
    with tempfile.TemporaryDirectory() as folder, RunStore.create(Path(folder) / "run.sqlite", run="x") as store:
        store.keep_outcome(site(), 2, name, outcome)
        assert store.outcome(site(), 2) == outcome
        assert store.outcome(site(), 1) is None


def test_a_conversation_of_n_turns_costs_n_messages(store: RunStore, path: Path, tmp_path: Path):
    RunStore.create(tmp_path / "empty.sqlite", run="x").close()
    made = conversation(turns=60)
    for exchange in made:
        store.keep_reply(*exchange)
    everything_once = sum(len(message.model_dump_json()) for message in made[-1][1].messages)
    with_every_repeat = sum(len(message.model_dump_json()) for _, ask, _ in made for message in ask.messages)
    store.close()
    assert with_every_repeat > 20 * everything_once
    size = path.stat().st_size - (tmp_path / "empty.sqlite").stat().st_size
    assert size < 2 * everything_once + 60 * 400


def test_a_second_sample_of_a_conversation_shares_its_beginning(store: RunStore):
    first, second = conversation(turns=2), conversation(turns=2)
    for where, request, reply in first:
        store.keep_reply(where, request, reply)
    for where, request, reply in second:
        store.keep_reply(where.model_copy(update={"repeat": 1}), request, reply)
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("SELECT count(*) FROM links").fetchone() == (2,)  # one a request
    connection.close()


def test_what_replies_used_is_added_by_role_and_an_unknown_price_stays_unknown(store: RunStore):
    store.keep_reply(site(0), ASK, SAID)
    store.keep_reply(site(1), ASK, SAID)
    assert store.usage() == {"agent": Usage(requests=2, input_tokens=10, dollars=0.2)}
    free = Reply(message=AssistantMessage(), usage=Usage(requests=1, dollars=None))
    store.keep_reply(site(2), ASK, free)
    assert store.usage()["agent"].dollars is None


def test_what_brought_no_reply_is_used_and_is_no_request(store: RunStore):
    store.keep_reply(site(0), ASK, SAID)
    said = store.usage()["agent"]
    place = store.ordinal + 1
    store.keep_usage(site(0), Usage(requests=1, input_tokens=3, dollars=0.5))
    store.keep_usage(site(1).model_copy(update={"role": "optimizer"}), Usage(requests=1, input_tokens=9, dollars=None))
    assert store.usage()["agent"] == said + Usage(requests=1, input_tokens=3, dollars=0.5)
    assert store.usage()["optimizer"].dollars is None
    assert store.usage_between(0, place) == {"agent": said}
    assert {role: used.input_tokens for role, used in store.usage_between(place, place + 9).items()} == {
        "agent": 3,
        "optimizer": 9,
    }
    assert store.usage_between(place, place + 9, site(0).purpose) == {}
    assert store.usage("evaluation") == {}
    assert store.usage(None) == store.usage()
    assert [entry.reply for entry in store.requests()] == [SAID]
    assert store.reply(site(1), ASK) is None


def test_requests_can_be_read_of_one_role_only(store: RunStore):
    store.keep_reply(site(), ASK, SAID)
    store.keep_reply(site().model_copy(update={"role": "optimizer"}), ASK, SAID)
    assert [kept.site.role for kept in store.requests("optimizer")] == ["optimizer"]
    assert len(list(store.requests())) == 2


def test_events_come_back_in_order_with_their_times_between_replies(store: RunStore):
    before = datetime.now(UTC) - timedelta(seconds=1)
    store.emit(Warned(text="\ud800 one"))
    store.keep_reply(site(), ASK, SAID)
    store.emit(Warned(text="two"))
    first, second = store.events()
    assert (first.event, second.event) == (Warned(text="\ud800 one"), Warned(text="two"))
    assert (first.ordinal, second.ordinal) == (1, 3)
    assert before < first.time <= second.time <= datetime.now(UTC)
