"""The bundled recording: what it claims about itself is true, and the product replays it to the end."""

from importlib.resources import files
from pathlib import Path

import pytest

from toolwright.api import Trainer
from toolwright.config import load_config
from toolwright.config.shortcuts import splits_of
from toolwright.functions import FunctionSet
from toolwright.protocols import CallSite
from toolwright.recordings import Recording
from toolwright.runs.folder import RunFolder
from toolwright.training.result import TrainingResult

DEMO = Path(str(files("toolwright.demo")))
RECORDING = DEMO / "recording.jsonl"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    """The demo's training, every reply from the recording."""
    config = load_config(DEMO / "demo.toml").with_model(f"replay:{RECORDING}")
    runs = str(tmp_path_factory.mktemp("runs"))
    config = config.model_copy(update={"run": config.run.model_copy(update={"folder": runs})})
    splits = splits_of(config.tasks, DEMO)
    return Trainer.from_config(config, DEMO).fit(splits.train, splits.validation, splits.test)


def sites(recording: Recording) -> list[CallSite]:
    """Where each reply was asked for, in order of task and turn."""
    return sorted((entry.site for entry in recording.entries), key=lambda site: site.key)


def test_the_unaided_agent_solves_at_most_two_tasks_in_five(replayed: TrainingResult) -> None:
    assert replayed.test is not None
    assert replayed.train.before.mean <= 0.4
    assert replayed.test.before.mean <= 0.4


def test_training_runs_at_least_three_epochs_and_helps_on_the_sealed_test(replayed: TrainingResult) -> None:
    assert replayed.test is not None
    assert len(replayed.epochs) - 1 >= 3
    assert replayed.test.after.mean > replayed.test.before.mean


def test_it_is_as_uneventful_as_the_readme_says(replayed: TrainingResult) -> None:
    assert [epoch.decision for epoch in replayed.epochs] == ["start", "accept", "accept", "accept"]
    assert not any(epoch.refused for epoch in replayed.epochs)
    readme = " ".join((DEMO / "README.md").read_text(encoding="utf-8").split())
    assert (
        "every action was admitted, every candidate was better, and three epochs of two actions each solved all "
        "training tasks, which ended it"
    ) in readme


def test_every_recorded_reply_is_used_exactly_once(replayed: TrainingResult) -> None:
    with RunFolder.read(replayed.folder) as folder:
        used = sorted((kept.site for kept in folder.store.requests()), key=lambda site: site.key)
    assert used == sites(Recording.read(RECORDING))


def test_the_learned_functions_lie_in_the_run_folder_and_work(replayed: TrainingResult) -> None:
    learned = FunctionSet.load(Path(replayed.folder) / "functions")
    assert learned == replayed.functions
    crc = next(name for name in learned.names if "crc" in name)
    (parameter,) = learned.get(crc).signature.properties
    assert learned.call(crc, {parameter: "123456789"}).result == "cbf43926"  # the CRC-32 catalogue's check value


def test_the_recording_says_who_answered() -> None:
    note = Recording.read(RECORDING).header.note
    assert "answering each request from its prompt alone through a relay, without tools" in note
    assert "tokens estimated as characters/4" in note
    assert note in (DEMO / "README.md").read_text(encoding="utf-8").replace("\n", " ")
