import json
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from whole_runs import ADD, BROKEN, DONE, REMOVE, TOTAL, WORSE, WRONG, adds_where_it_can, trainer

from support import Events, Said, ScriptedModel, strip_times, sums
from toolwright.api import Trainer
from toolwright.errors import ReplayError
from toolwright.events import Event
from toolwright.runs.recorder import recording_from
from toolwright.runs.store import RunStore
from toolwright.sandbox import ConfinedSandbox
from toolwright.training.result import TrainingResult

TRAIN, VALIDATION, TEST = sums(3, start=1), sums(2, start=10), sums(2, start=20)
SHORT: dict[str, Any] = {"epochs": 2, "patience": 2, "gate": "strict"}


async def record(script: Sequence[Said], folder: Path) -> tuple[TrainingResult, Events, Path]:
    events = Events()
    optimizer = ScriptedModel([*script, *[DONE] * 9])
    result = await trainer(adds_where_it_can, optimizer, folder / "runs", events=[events], **SHORT).afit(
        TRAIN, VALIDATION, TEST
    )
    with RunStore.read(Path(result.folder) / "run.sqlite") as store:
        recording = recording_from(store, {}, {"agent": "scripted", "optimizer": "scripted"})
    return result, events, recording.write(folder / "recording.jsonl")


async def replay(file: Path, folder: Path, **options: Any) -> tuple[TrainingResult, Events]:
    events = Events()
    replayed = Trainer(
        f"replay:{file}",
        sandbox=ConfinedSandbox(allowed=("math",)),
        runs=folder / "replayed",
        events=[events],
        **{**SHORT, **options},
    )
    return await replayed.afit(TRAIN, VALIDATION, TEST), events


TOGETHER = {"evaluation_started", "rollout_finished", "evaluation_finished", "model_replied", "call_finished"}
"""What evaluations that run together tell of, in whatever order they come to it."""


def told(events: Sequence[Event]) -> list[JsonValue]:
    """The events without times and names; those of evaluations that run together in one order."""
    rows = [cast("dict[str, JsonValue]", strip_times(event.model_dump(mode="json"))) for event in events]
    ordered: list[JsonValue] = []
    for together, group in groupby(rows, key=lambda row: row["kind"] in TOGETHER):
        found = [{key: row[key] for key in row if key != "models"} for row in group]
        ordered += sorted(found, key=json.dumps) if together else found
    return ordered


moves = st.lists(st.sampled_from([ADD, TOTAL, REMOVE, WRONG, WORSE, BROKEN, DONE, "I think."]), max_size=8)


@pytest.mark.soak
@settings(max_examples=8, deadline=None)
@given(moves)
async def test_replaying_a_run_gives_the_same_run(script: list[Said]):
    with tempfile.TemporaryDirectory() as scratch:
        first, seen, file = await record(script, Path(scratch))
        second, seen_again = await replay(file, Path(scratch))
        assert strip_times(second.model_dump(mode="json")) == strip_times(first.model_dump(mode="json"))
        assert told(seen_again.seen) == told(seen.seen)


async def test_a_recording_answers_exactly_what_it_was_asked_and_nothing_like_it(tmp_path: Path):
    _, _, file = await record([ADD, DONE], tmp_path)
    with pytest.raises(ReplayError, match="the recording has no reply to this request"):
        await replay(file, tmp_path, actions=2)
