"""A folder with a config and tasks in which `toolwright` is called, in this process."""

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simulated_endpoint import SimulatedEndpoint, question, seal
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


@dataclass
class Trained:
    """A project in which one training, named "first", has been recorded in rec.jsonl."""

    project: Project
    ran: Ran
