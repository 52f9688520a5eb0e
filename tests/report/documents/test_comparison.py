"""Several runs beside each other."""

import re
import shutil
from pathlib import Path

import pytest

from toolwright.errors import RunError
from toolwright.report.documents import ComparisonDocument
from toolwright.report.documents.comparison.building import comparison_of
from toolwright.report.sections import Section
from trained_runs import trained_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs on the same tasks."""
    root = tmp_path_factory.mktemp("compared")
    return Path(trained_run(root).folder), Path(trained_run(root).folder)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on other training tasks, and the same test."""
    return Path(trained_run(tmp_path_factory.mktemp("other"), tasks=5).folder)


def section(found: ComparisonDocument, title: str) -> Section:
    (one,) = (each for each in found.sections if each.title.startswith(title))
    return one


def test_runs_stand_beside_each_other_with_their_curves_and_final_figures(runs: tuple[Path, Path]) -> None:
    found = comparison_of(runs)
    names = [folder.name for folder in runs]
    assert [run.run for run in found.runs] == names
    assert all(run.overview.epochs and not run.overview.sections for run in found.runs)
    assert [row[:5] for row in section(found, "Accuracy").rows[:2]] == [
        (names[0], "train", "4", "0.0% [0.0%, 49.0%]", "75.0% [30.1%, 95.4%]"),
        (names[0], "test", "3", "0.0% [0.0%, 56.1%]", "100.0% [43.9%, 100.0%]"),
    ]
    assert [row[-1] for row in section(found, "Accuracy").rows] == ["+75.0 points", "+100.0 points"] * 2
    assert [row[4:] for row in section(found, "The runs").rows] == [("2", "1", "add")] * 2
    used = found.runs[0].overview.usage
    assert section(found, "What it took").rows[0][1] == str(sum(each.requests for each in used.values()))


def test_runs_on_the_same_tasks_are_not_said_to_differ(runs: tuple[Path, Path]) -> None:
    assert [notice for notice in comparison_of(runs).notices if "differ" in notice] == []


def test_runs_on_other_tasks_are_said_not_to_be_comparable(runs: tuple[Path, Path], other: Path) -> None:
    first, second = runs
    said = [notice for notice in comparison_of([first, other, second]).notices if "comparable" in notice]
    groups = f"{first.name} and {second.name} against {other.name}"
    assert said == [f"The training tasks differ, so neither curves nor scores on train are comparable: {groups}"]


def test_a_run_named_twice_is_shown_once_and_said(runs: tuple[Path, Path]) -> None:
    first, second = runs
    again = first.parent / "." / first.name / ".." / first.name
    found = comparison_of([first, second, again])
    assert [run.run for run in found.runs] == [first.name, second.name]
    assert found.notices[0] == "1 run of those named is the same as another, and is shown once"


def test_two_runs_of_one_id_are_told_apart_and_said(runs: tuple[Path, Path], tmp_path: Path) -> None:
    first = runs[0]
    copied = shutil.copytree(first, tmp_path / "copied")
    found = comparison_of([first, copied])
    assert [run.run for run in found.runs] == [first.name, f"{first.name} (2)"]
    assert f"the one in {copied} is shown as {first.name} (2)" in found.notices[0]


def test_a_damaged_run_is_left_out_and_said_and_nothing_but_damaged_ones_is_an_error(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "run.sqlite").write_bytes(b"no database" * 1000)
    found = comparison_of([damaged, runs[0]])
    assert [run.run for run in found.runs] == [runs[0].name]
    assert re.match(r"damaged cannot be read and is left out: .*no run database or is damaged", found.notices[0])
    with pytest.raises(RunError, match="damaged"):
        comparison_of([damaged])


def test_what_an_overview_warns_of_is_said_with_the_runs_name(runs: tuple[Path, Path], tmp_path: Path) -> None:
    killed = shutil.copytree(runs[0], tmp_path / "killed")
    (killed / "summary.json").write_text("{")
    found = comparison_of([killed, runs[1]])
    own = found.runs[0].overview.notices
    assert own
    assert [f"{runs[0].name}: {notice}" for notice in own] == [
        notice for notice in found.notices if notice.startswith(f"{runs[0].name}: ")
    ]
