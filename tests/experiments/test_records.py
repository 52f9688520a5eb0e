"""Records hold what can have been measured: a results file that says otherwise is damaged, and says where."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from results_builder import sample_results

from toolwright.errors import RunError
from toolwright.experiments.records import Results
from toolwright.experiments.results_file import read_results

REAL = Path(__file__).parents[2] / "docs/experiments/real/results.json"
FIRST = "algebra/plus/mini/trained/0"
SAMPLE = sample_results()
TEXT = SAMPLE.model_copy(update={"cells": SAMPLE.cells[:3]}).model_dump_json()

Change = Callable[[dict[str, Any]], object]
"""What befalls the first cell of a file."""


def at(*path: str, value: Any) -> Change:
    def change(cell: dict[str, Any]) -> None:
        for name in path[:-1]:
            cell = cell[name] if not name.isdigit() else cell[int(name)]  # pyright: ignore[reportArgumentType] - JSON
        cell[path[-1]] = value

    return change


def refused(path: Path, data: Any) -> str:
    file = path / "results.json"
    file.write_text(json.dumps(data))
    with pytest.raises(RunError) as error:
        read_results(file)
    return str(error.value)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (at("test", "after", "by_task", "t3", value=[7.0]), "test.after.by_task.t3.0"),
        (at("test", "after", "by_task", "t3", value=[1.0, float("nan")]), "test.after.by_task.t3.1"),
        (at("train", "before", "by_task", "t3", value=[-0.1]), "train.before.by_task.t3.0"),
        (at("transfer", "geometry", "by_task", "t3", value=[]), "transfer.geometry.by_task.t3"),
        (at("test", "after", "seconds", value=float("inf")), "test.after.seconds"),
        (at("points", "1", "test", value=1.01), "points.1.test"),
        (at("points", "1", "requests", value=-1), "points.1.requests"),
        (at("functions", "tasks_using", value=float("nan")), "functions.tasks_using"),
        (at("usage", "agent", "dollars", value=float("inf")), "usage.agent.dollars"),
        (at("usage", "agent", "input_tokens", value=-5), "usage.agent.input_tokens"),
        (at("minutes", value=float("nan")), "minutes"),
    ],
)
def test_what_cannot_have_been_measured_is_named(tmp_path: Path, change: Change, where: str) -> None:
    data = json.loads(TEXT)
    change(data["cells"][0])
    assert f"is damaged: key 'cells.0.{where}': " in refused(tmp_path, data)


def test_a_cell_that_is_there_twice_is_named(tmp_path: Path) -> None:
    data = json.loads(TEXT)
    data["cells"][2] = data["cells"][0]
    assert f"is damaged: key 'cells': 2: {FIRST} is there twice; restore a copy" in refused(tmp_path, data)


@pytest.mark.parametrize(
    ("part", "value"), [("domain", "x"), ("agent", "x"), ("model", "x"), ("method", "x"), ("seed", 9)]
)
def test_a_cell_that_is_not_in_its_matrix_is_named(tmp_path: Path, part: str, value: object) -> None:
    data = json.loads(TEXT)
    data["cells"][0]["key"][part] = value
    assert "is damaged: key 'cells': 0: " in (text := refused(tmp_path, data))
    assert "is none of the experiment's" in text


def test_a_seed_that_only_a_table_names_is_in_the_matrix() -> None:
    data = json.loads(TEXT)
    data["experiment"]["tables"][0]["seeds"] = [9]
    data["cells"][0]["key"]["seed"] = 9
    assert Results.model_validate(data).cells[0].key.seed == 9


def test_files_that_were_written_before_are_read() -> None:
    assert read_results(REAL).cells
