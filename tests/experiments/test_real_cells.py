"""The recorded cells of docs/experiments: replayed by the product, they give what the documentation says."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from toolwright.experiments.records import CellRecord

ROOT = Path(__file__).parents[2]
REAL = ROOT / "docs" / "experiments" / "real"


def toolwright(*arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "toolwright.cli", "experiment", *arguments], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "out"
    toolwright("run", str(REAL / "real.toml"), "--out", str(folder))
    return folder


def without_times(cell: Mapping[str, Any]) -> dict[str, Any]:
    whole = CellRecord.model_validate(cell).model_dump(mode="json")  # what was kept lacks fields that came later
    text = json.dumps({**whole, "minutes": 0})
    return json.loads(text, object_hook=lambda found: {**found, "seconds": 0} if "seconds" in found else found)


@pytest.mark.soak
def test_every_cell_replays_and_its_figures_are_those_that_were_kept(out: Path) -> None:
    found, kept = (json.loads((folder / "results.json").read_text()) for folder in (out, REAL))
    assert [cell["status"] for cell in found["cells"]] == ["done"] * 6
    assert list(map(without_times, found["cells"])) == list(map(without_times, kept["cells"]))


def test_the_tables_of_the_documentation_are_drawn_from_the_results_that_were_kept() -> None:
    page = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    drawn = toolwright("table", str(REAL), "--table", "main", "--format", "markdown")
    assert drawn.strip() in page
