"""The command line, called in this process in a folder with a config and tasks, against a simulated endpoint."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulated_endpoint import SimulatedEndpoint, question, seal, simulated_endpoint
from toolwright.cli import main

CONFIG = """
scorer = "exact"
[models]
agent = {{ model = "agent", base_url = "{url}", price = {{ input = 3.0, output = 15.0 }} }}
optimizer = {{ model = "optimizer", base_url = "{url}" }}
[tasks]
train = {{ reader = "jsonl", path = "train.jsonl" }}
test = {{ reader = "jsonl", path = "test.jsonl" }}
[training]
epochs = 3
[sandbox]
packages = ["hashlib"]
"""


@dataclass
class Ran:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str


@dataclass
class Project:
    """A folder with a config and tasks; `run` is `toolwright` called in it."""

    folder: Path
    endpoint: SimulatedEndpoint

    def run(self, *arguments: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(arguments)
        return Ran(code, out.getvalue(), err.getvalue())

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        path = self.folder / file
        path.write_text(change(path.read_text()))

    @property
    def config(self) -> str:
        return (self.folder / "c.toml").read_text()


def tasks(split: str, count: int) -> str:
    words = [f"{split}word{number}" for number in range(count)]
    rows = [{"id": f"{split}-{n}", "question": question(word), "target": seal(word)} for n, word in enumerate(words)]
    return "".join(json.dumps(row) + "\n" for row in rows)


def make_project(folder: Path, endpoint: SimulatedEndpoint) -> Project:
    (folder / "c.toml").write_text(CONFIG.format(url=endpoint.url))
    (folder / "train.jsonl").write_text(tasks("train", 4))
    (folder / "test.jsonl").write_text(tasks("test", 3))
    return Project(folder, endpoint)


@pytest.fixture(scope="session", autouse=True)
def wide_lines() -> Iterator[None]:
    """Whatever width this process was told, tables are drawn 120 characters wide."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "120")
        yield


@pytest.fixture(scope="session")
def endpoint() -> Iterator[SimulatedEndpoint]:
    with simulated_endpoint() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, endpoint: SimulatedEndpoint) -> Project:
    return make_project(tmp_path, endpoint)


@dataclass
class Trained:
    """A project in which one training, named "first", has been recorded in rec.jsonl."""

    project: Project
    ran: Ran


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, endpoint: SimulatedEndpoint) -> Trained:
    """Made once; tests only read it, or add runs to it."""
    project = make_project(tmp_path_factory.mktemp("trained"), endpoint)
    ran = project.run("train", "c.toml", "--name", "first")
    assert ran.code == 0, ran.err
    recorded = project.run("record", "c.toml", "--out", "rec.jsonl", "--from", "runs/first", "--quiet")
    assert recorded.code == 0, recorded.err
    return Trained(project, ran)
