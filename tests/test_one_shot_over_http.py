"""A training whose optimizer writes whole sets, by the command line against a simulated endpoint: it learns, too."""

import contextlib
import io
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from simulated_endpoint import SimulatedEndpoint, question, seal, simulated_endpoint
from toolwright.cli import main
from toolwright.events import ActionAdmitted
from toolwright.report.documents.functions.building import functions_document
from toolwright.resuming import kept_result
from toolwright.runs.folder import RunFolder

CONFIG = """
scorer = "exact"
[models]
agent = {{ model = "agent", base_url = "{url}", retry_wait = 0.01 }}
optimizer = {{ model = "optimizer", base_url = "{url}", retry_wait = 0.01 }}
[tasks]
train = {{ reader = "jsonl", path = "train.jsonl" }}
test = {{ reader = "jsonl", path = "test.jsonl" }}
[optimizer]
{optimizer}
[training]
epochs = 4
[sandbox]
packages = ["hashlib"]
"""


@pytest.fixture(scope="module")
def endpoint() -> Generator[SimulatedEndpoint]:
    with simulated_endpoint() as started:
        yield started


def project(folder: Path, endpoint: SimulatedEndpoint, optimizer: str) -> Path:
    config = folder / "c.toml"
    config.write_text(CONFIG.format(url=endpoint.url, optimizer=optimizer))
    for split, count in (("train", 4), ("test", 3)):
        words = [f"{split}word{number}" for number in range(count)]
        rows = [{"id": f"{split}-{word}", "question": question(word), "target": seal(word)} for word in words]
        rows[-1]["target"] = "nobody knows"  # so that something is left to gain, and the last steps are asked
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return config


def toolwright(folder: Path, *arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    return code, out.getvalue(), err.getvalue()


def sealed_scores(folder: RunFolder) -> tuple[float, float]:
    """The sealed test's mean score before and after."""
    result = kept_result(folder)
    assert result is not None
    assert result.test is not None
    return result.test.before.mean, result.test.after.mean


def test_it_learns_as_the_progressive_optimizer_does_with_one_request_a_step(
    tmp_path: Path, endpoint: SimulatedEndpoint
):
    project(tmp_path, endpoint, 'update = "one_shot"')
    asked = endpoint.counts().get("optimizer", 0)
    code, out, err = toolwright(tmp_path, "train", "c.toml", "--json")
    assert code == 0, err
    result: dict[str, Any] = json.loads(out)
    assert [epoch["decision"] for epoch in result["epochs"]] == ["start", "reject", "accept", "none", "none"]
    assert endpoint.counts()["optimizer"] - asked == 4
    offered = [
        tool["function"]["name"]
        for entry in endpoint.log()
        if entry["body"]["model"] == "optimizer"
        for tool in entry["body"]["tools"]
    ]
    assert set(offered) == {"write_functions"}
    with RunFolder.read(tmp_path / result["folder"]) as folder:
        assert sealed_scores(folder) == (0.0, 2 / 3)
        (history,) = functions_document(folder, list(folder.store.evaluations())).functions
    assert (history.name, history.state) == ("seal", "in use")
    assert [(one.happened, one.came_to) for one in history.versions] == [
        ("added", "rolled back"),
        ("added", "accepted"),
    ]


def test_a_run_goes_on_only_as_it_was_started(tmp_path: Path, endpoint: SimulatedEndpoint):
    config = project(tmp_path, endpoint, 'update = "one_shot"\ncredit = false')
    config.write_text(config.read_text() + "[limits]\nrequests = 6\n")
    toolwright(tmp_path, "train", "c.toml", "--name", "first")
    config.write_text(config.read_text().replace("requests = 6", "requests = 600"))
    other = tmp_path / "other.toml"
    other.write_text(config.read_text().replace("credit = false", "").replace('"one_shot"', '"progressive"'))
    code, _, err = toolwright(tmp_path, "resume", "first", "--config", "other.toml")
    assert code != 0
    assert 'optimizer.update: was "one_shot", now "progressive"' in err
    assert "optimizer.credit: was false, now true" in err
    code, _, err = toolwright(tmp_path, "resume", "first", "--config", "c.toml")
    assert code == 0, err
    with RunFolder.read(tmp_path / "runs" / "first") as folder:
        assert sealed_scores(folder) == (0.0, 2 / 3)


@pytest.mark.parametrize(("update", "on"), [("progressive", True), ("progressive", False), ("one_shot", False)])
def test_credit_and_the_trial_of_examples_are_as_the_configuration_says(
    update: str, on: bool, tmp_path: Path, endpoint: SimulatedEndpoint
):
    said = str(on).lower()
    project(tmp_path, endpoint, f'update = "{update}"\ncredit = {said}\ntry_examples = {said}')
    code, _, err = toolwright(tmp_path, "train", "c.toml", "--name", "first")
    assert code == 0, err
    with RunFolder.read(tmp_path / "runs" / "first") as folder:
        assert sealed_scores(folder) == (0.0, 2 / 3)
        prompts = [kept.request.messages[1].text for kept in folder.store.requests("optimizer")]
        admitted = [timed.event for timed in folder.store.events() if isinstance(timed.event, ActionAdmitted)]
    assert ("Use of each function" in prompts[-1]) is on
    assert [bool(event.tried) for event in admitted] == [on, on]
