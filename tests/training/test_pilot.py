"""A pilot of a few tasks against the truth: a whole training on the simulated endpoint, as its run journalled it."""

import contextlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simulated_endpoint import SimulatedEndpoint, question, seal, simulated_endpoint
from toolwright.cli import main
from toolwright.runs.store import RunStore

RIGHT = "import hashlib\n\ndef seal(word: str) -> str:\n    return hashlib.sha256(word.encode()).hexdigest()[:12]\n"
CONFIG = """
scorer = "exact"
[models]
agent = {{ model = "agent", base_url = "{url}", price = {{ input = 3.0, output = 15.0 }} }}
optimizer = {{ model = "optimizer", base_url = "{url}", price = {{ input = 5.0, output = 20.0 }} }}
[tasks]
{tasks}
[training]
epochs = {epochs}
patience = {epochs}
repeats = {repeats}
proposals = {proposals}
[optimizer]
prompt_tokens = {prompt_tokens}
[sandbox]
packages = ["hashlib"]
[run]
folder = "{folder}"
"""


@dataclass(frozen=True)
class Shape:
    """One training: its task sets, its schedule, its optimizer, and whether what it learns is of any use."""

    train: int = 20
    validation: int = 0
    test: int = 0
    pilot: int = 3
    epochs: int = 3
    repeats: int = 1
    proposals: int = 1
    prompt_tokens: int = 24_000
    learns: bool = True
    knows: bool = False
    endpoint: dict[str, Any] = field(default_factory=dict[str, Any])

    def solves(self, number: int) -> bool:
        """Whether what is learned solves a task: not every one of a busy optimizer's, to leave it something to gain."""
        return self.learns and (number % 4 > 0 or self.endpoint.get("optimizer") != "busy")


SHAPES = {
    "20 tasks": Shape(),
    "20 tasks, 20 for validation, 20 for the test": Shape(validation=20, test=20),
    "60 tasks": Shape(train=60, pilot=5),
    "60 tasks, 20 for validation, 40 for the test": Shape(train=60, validation=20, test=40, pilot=5, epochs=4),
    "3 repeats": Shape(repeats=3),
    "3 repeats, with validation and test": Shape(repeats=3, validation=20, test=20),
    "nothing learned": Shape(learns=False),
    "nothing learned, with validation and test": Shape(learns=False, validation=20, test=20),
    "nothing left to learn": Shape(knows=True, test=20),
    "6 epochs of actions": Shape(train=60, epochs=6, endpoint={"optimizer": "busy"}),
    "a small prompt": Shape(train=60, epochs=6, prompt_tokens=3_000, endpoint={"optimizer": "busy"}),
    "4 turns": Shape(validation=20, pilot=5, epochs=6, endpoint={"turns": 4, "optimizer": "busy"}),
    "3 proposals": Shape(epochs=4, proposals=3, endpoint={"optimizer": "busy"}),
}


def command(*arguments: str) -> str:
    """What a command printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    assert code == 0, err.getvalue()
    return out.getvalue()


def written(shape: Shape, endpoint: SimulatedEndpoint, folder: Path) -> Path:
    """The config of a shape, with its tasks beside it."""
    tables: list[str] = []
    for split in ("train", "validation", "test"):
        words = [f"{split}{'x' * (number % 7)}{number}" for number in range(getattr(shape, split))]
        rows = [
            {"id": word, "question": question(word), "target": seal(word) if shape.solves(number) else "unheard-of"}
            for number, word in enumerate(words)
        ]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        if rows:
            tables.append(f'{split} = {{ reader = "jsonl", path = "{split}.jsonl" }}')
    fields = {**vars(shape), "url": endpoint.url, "tasks": "\n".join(tables), "folder": folder / "runs"}
    text = CONFIG.format(**fields)
    if shape.knows:
        (folder / "known").mkdir()
        (folder / "known" / "seal.py").write_text(RIGHT)
        text += '[functions]\nstart = "known"\n'
    config = folder / "c.toml"
    config.write_text(text)
    return config


def taken(folder: Path) -> dict[str, float]:
    """What the run's journal says was used, both roles together."""
    with RunStore.read(folder / "runs" / "whole" / "run.sqlite") as store:
        usage = store.usage().values()
    return {
        "requests": sum(used.requests for used in usage),
        "tokens": sum(used.tokens for used in usage),
        "dollars": sum(used.dollars or 0.0 for used in usage),
    }


def estimated(config: Path, *arguments: str) -> dict[str, Any]:
    """The estimate, and by name what it expects."""
    found = json.loads(command("estimate", str(config), *arguments, "--json", "--quiet"))
    total = found["total"]
    return found | {
        case: {
            "requests": total["requests"][case],
            "tokens": total["input_tokens"][case] + total["output_tokens"][case],
            "dollars": total["dollars"][case],
        }
        for case in ("low", "expected", "high")
    }


SHORT = ("nothing learned",)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in SHORT else [pytest.mark.soak]) for name in SHAPES]
)
def test_the_expected_tokens_and_dollars_are_within_a_factor_of_two_of_what_the_training_takes(
    name: str, tmp_path: Path
) -> None:
    shape = SHAPES[name]
    with simulated_endpoint(**shape.endpoint) as endpoint:
        config = written(shape, endpoint, tmp_path)
        found = estimated(config, "--pilot", str(shape.pilot))
        command("train", str(config), "--name", "whole", "--quiet")
    truth = taken(tmp_path)
    ratios = {what: round(found["expected"][what] / truth[what], 2) for what in truth}
    assert all(0.5 < ratios[what] < 2 for what in ("tokens", "dollars")), f"{name}: expected to true {ratios}"
    assert all(found["low"][what] <= found["expected"][what] <= found["high"][what] for what in truth)


def test_what_the_pilot_says_it_took_is_what_the_endpoint_gave_and_no_run_is_kept(tmp_path: Path) -> None:
    with simulated_endpoint() as endpoint:
        config = written(Shape(test=5), endpoint, tmp_path)
        found = estimated(config, "--pilot", "4")
        counts, log = endpoint.counts(), endpoint.log()
    used = found["pilot"]["usage"]
    assert {role: usage["requests"] for role, usage in used.items()} == {
        role: counts[role] for role in ("agent", "optimizer")
    }
    assert counts["agent"] == 4 * 1 + 4 * 2  # without a function one request a task, with one two
    asked = {entry["body"]["messages"][1]["content"] for entry in log if entry["body"]["model"] == "agent"}
    assert asked < {question(f"train{'x' * (number % 7)}{number}") for number in range(20)}
    assert len(asked) == 4
    assert not (tmp_path / "runs").exists()


def test_the_same_tasks_are_drawn_again_the_estimate_is_the_same_and_more_epochs_are_an_option(tmp_path: Path) -> None:
    with simulated_endpoint() as endpoint:
        config = written(Shape(), endpoint, tmp_path)
        three, again, six = (estimated(config, "--pilot", "3", "--epochs", epochs) for epochs in ("3", "3", "6"))
    assert three["pilot"]["tasks"] == again["pilot"]["tasks"] == six["pilot"]["tasks"]
    assert three["total"] == again["total"]
    assert six["optimizer"]["requests"]["expected"] == 2 * three["optimizer"]["requests"]["expected"]
    assert six["agent"]["requests"]["expected"] - three["agent"]["requests"]["expected"] == 3 * 20 * 2
