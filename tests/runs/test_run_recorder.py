import tempfile
from pathlib import Path

from conversations import conversation, exchanges, neutral
from hypothesis import assume, given

from toolwright.messages import ModelRequest, Reply
from toolwright.models.replay import ReplayModel
from toolwright.protocols import CallSite
from toolwright.recordings import Recording
from toolwright.runs.recorder import recording_from
from toolwright.runs.store import RunStore


@given(exchanges)
async def test_whatever_was_journalled_replays_from_the_recording(made: list[tuple[CallSite, ModelRequest, Reply]]):
    assume(not any(reply.finish.startswith("refused") for *_, reply in made))  # a kept refusal is raised again
    with tempfile.TemporaryDirectory() as folder:
        with RunStore.create(Path(folder) / "run.sqlite", run="x") as store:
            for exchange in made:
                store.keep_reply(*exchange)
            recording = recording_from(store, {"api_key": "k"}, {"agent": "m"}, "note")
        read = Recording.read(recording.write(Path(folder) / "run.jsonl"))
    assert read == recording
    assert [(e.site, e.request, e.reply) for e in read.entries] == [(s, neutral(q), r) for s, q, r in made]
    for role in ("agent", "optimizer"):
        model = ReplayModel(read, role)
        expected = [(site, request, reply) for site, request, reply in made if site.role == role]
        assert [await model.request(site, request) for site, request, _ in expected] == [r for *_, r in expected]
        assert model.unused() == ()


def test_a_recording_says_what_it_is_of_and_holds_no_key(tmp_path: Path):
    with RunStore.create(tmp_path / "run.sqlite", run="x") as store:
        for exchange in conversation(turns=2):
            store.keep_reply(*exchange)
        header = recording_from(store, {"agent": {"api_key": "k"}, "epochs": 3}, {"agent": "m"}, "By hand.").header
    assert header.config == {"agent": {"api_key": "***"}, "epochs": 3}
    assert (header.models, header.note) == ({"agent": "m"}, "By hand.")
    assert header.toolwright
