"""What docs/trackers.md shows is true: its Python trains and is tracked, its TOML is accepted."""

import importlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from simulated_endpoint import question, seal, simulated_endpoint
from toolwright.config.load import parse_config
from toolwright.config.shortcuts import trackers_of
from toolwright.trackers import genai

PAGE = (Path(__file__).parents[2] / "docs" / "trackers.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """train.jsonl and test.jsonl, where the code that runs finds them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    for name, words in (("train", ("apple", "pear", "plum")), ("test", ("fig", "kiwi"))):
        rows = [{"id": w, "question": question(w), "target": seal(w)} for w in words]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def run(code: str, **scope: Any) -> dict[str, Any]:
    """Runs a block with the simulated models in the place of those it names."""
    with simulated_endpoint() as endpoint:
        models = (
            f'ModelSpec(model="agent", base_url="{endpoint.url}"), '
            f'optimizer_model=ModelSpec(model="optimizer", base_url="{endpoint.url}")'
        )
        exec("from toolwright import ModelSpec\n" + code.replace('"openai:gpt-5-mini"', models), scope)
    return scope


@pytest.mark.soak
def test_a_training_is_followed_by_both_as_the_page_says(files: Path) -> None:
    exporter, provider = InMemorySpanExporter(), trace.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    code = blocks("python")[0].replace("OpenTelemetryTracker()", "OpenTelemetryTracker(provider)")
    result = run(code, provider=provider)["result"]
    assert result.functions.names == ("seal",)
    client = importlib.import_module("mlflow").MlflowClient()
    experiment = client.get_experiment_by_name("seals")
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id])
    assert [(one.data.metrics["test.before"], one.data.metrics["test.after"]) for one in found] == [(0.0, 1.0)]
    named = {f"`{name}`" for name in found[0].data.metrics if not re.search(r"^(usage|total)\.", name)}
    assert [name for name in named if name not in PAGE] == []
    spans = {span.name for span in exporter.get_finished_spans()}
    assert {"invoke_workflow training", "chat agent", "chat optimizer", "execute_tool seal", "evaluate test"} <= spans
    said = [dict(span.attributes or {}) for span in exporter.get_finished_spans() if span.name == "chat agent"]
    assert {(one[genai.PROVIDER], one[genai.REQUEST_MODEL]) for one in said} == {("openai", "agent")}


@pytest.mark.usefixtures("few_packages")
def test_a_tracker_of_ones_own_works_as_the_page_says(files: Path) -> None:
    run(blocks("python")[1])
    (lines,) = files.glob("*.txt")
    assert re.fullmatch(r"1 [\d.]+\n([\d.]+ [\d.]+\n)*\d+ 0\.0\n", lines.read_text())


def test_the_configuration_shown_names_both(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    made = trackers_of(parse_config(tomllib.loads(block), "the page").run.trackers, tmp_path)
    assert [one.name for one in made] == ["opentelemetry", "mlflow"]
