"""`demo`: a training like any other, from the bundled config, tasks and recording."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from projects import Project, Trained

from toolwright.cli.jobs import demo
from toolwright.config import load_config
from toolwright.config.shortcuts import splits_of


@pytest.fixture
def bundle(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo of our own in the bundled one's place."""
    source, folder = trained.project.folder, tmp_path / "bundle"
    folder.mkdir()
    shutil.copy(source / "c.toml", folder / "demo.toml")
    shutil.copy(source / "rec.jsonl", folder / "recording.jsonl")
    for split in ("train", "test"):
        shutil.copy(source / f"{split}.jsonl", folder)

    def found(package: str) -> Path:
        assert package == "toolwright.demo"
        return folder

    monkeypatch.setattr(demo, "files", found)
    return folder


def test_the_demo_asks_nobody_and_ends_with_what_to_look_at_next(project: Project, bundle: Path) -> None:
    before = project.endpoint.counts()
    ran = project.run("demo")
    assert ran.code == 0, ran.err
    assert "1 accepted, 1 rolled back, 0 refused" in ran.out
    hint = next(line for line in ran.out.splitlines() if "toolwright functions show" in line)
    assert (project.folder / hint.split()[-1] / "seal.py").is_file()
    assert project.endpoint.counts() == before


def test_a_demo_without_its_recording_says_so(project: Project, bundle: Path) -> None:
    (bundle / "recording.jsonl").unlink()
    ran = project.run("demo")
    assert (ran.code, ran.out) == (1, "")
    assert "recording.jsonl is missing" in ran.err


def test_the_bundled_config_and_its_tasks_are_sound() -> None:
    folder = Path(str(files("toolwright.demo")))
    splits = splits_of(load_config(folder / "demo.toml").tasks, folder)
    assert splits.test is not None
    assert (len(splits.train), len(splits.test)) == (20, 20)
