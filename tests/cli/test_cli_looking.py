"""`functions`, `runs` and `show`: looking at what lies on disk, running nothing of it."""

import json
import shutil
from pathlib import Path

import pytest
from projects import Project, Trained
from pydantic import JsonValue

from toolwright.events import TestOpened
from toolwright.report.figures import figures_of
from toolwright.report.unfinished import figures_so_far
from toolwright.runs.folder import RunFolder
from toolwright.training.result import TrainingResult

SOURCE = '''from pathlib import Path

Path("ran").write_text("imported")


def half(number: int) -> int:
    """Half of it."""
    return number // 2
'''


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "half.py").write_text(SOURCE)
    return folder


def test_functions_are_shown_with_schema_and_source_and_never_run(project: Project, functions: Path) -> None:
    listed = project.run("functions", "list", "mine")
    shown = project.run("functions", "show", "mine", "half")
    assert "half(number)" in listed.out
    assert "Half of it." in listed.out
    assert '"number"' in shown.out
    assert "return number // 2" in shown.out
    assert not (project.folder / "ran").exists()


def test_functions_as_json_hold_schema_and_source(project: Project, functions: Path) -> None:
    (shown,) = json.loads(project.run("functions", "show", "mine", "--json").out)
    assert (shown["source"], shown["parameters"]["required"]) == (SOURCE, ["number"])
    assert json.loads(project.run("functions", "list", "mine", "--json").out) == [shown]


def test_a_diff_shows_what_changed_and_nothing_where_nothing_did(project: Project, functions: Path) -> None:
    newer = project.folder / "newer"
    newer.mkdir()
    (newer / "half.py").write_text(SOURCE.replace("// 2", ">> 1"))
    changed = project.run("functions", "diff", "mine", "newer").out.splitlines()
    assert "-    return number // 2" in changed
    assert "+    return number >> 1" in changed
    assert project.run("functions", "diff", "mine", "mine").out == ""


def test_terminal_sequences_in_a_source_are_not_shown(project: Project, functions: Path) -> None:
    (functions / "half.py").write_text(SOURCE.replace("Half", "\x1b]0;owned\x07\x1b[31m[red]Half"))
    out = project.run("functions", "show", "mine").out
    assert "[red]Half of it." in out
    assert "\x1b" not in out
    assert "owned" not in out


def test_a_run_folder_stands_for_its_best_functions(trained: Trained) -> None:
    out = trained.project.run("functions", "diff", "runs/first/accepted/epoch-0", "runs/first").out
    assert "+def seal(word: str) -> str:" in out


def test_runs_are_listed_whatever_their_state(project: Project) -> None:
    assert "There are no runs in runs." in project.run("runs").out
    (project.folder / "runs/broken").mkdir(parents=True)
    (project.folder / "runs/broken/run.sqlite").write_bytes(b"nothing of the kind")
    (info,) = json.loads(project.run("runs", "--json").out)
    assert (info["id"], info["state"]) == ("broken", "unreadable")
    assert "unreadable" in project.run("runs").out


def test_runs_takes_the_folder_as_an_argument_too(trained: Trained, project: Project) -> None:
    root = str(trained.project.folder / "runs")
    listed = project.run("runs", root, "--json")
    assert "first" in [info["id"] for info in json.loads(listed.out)]
    assert listed.out == project.run("runs", "--root", root, "--json").out


def test_a_folder_that_is_no_run_is_called_that(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    ran = project.run("show", str(tmp_path / "elsewhere"))
    assert ran.code == 1
    assert "elsewhere is no run folder: run.sqlite is not there" in ran.err


def test_show_prints_the_report_the_training_ended_with(trained: Trained) -> None:
    assert trained.project.run("show", "first").out == trained.ran.out
    assert trained.project.run("show", "fir").out == trained.ran.out


def test_show_says_what_a_task_took_before_and_after(trained: Trained) -> None:
    figures = json.loads(trained.project.run("show", "first", "--json").out)
    test = next(split for split in figures["splits"] if split["split"] == "test")
    assert (test["took"]["requests"], test["takes"]["requests"]) == (1.0, 2.0)
    assert test["took"]["tokens"] < test["takes"]["tokens"]
    assert test["took"]["seconds"] > 0
    row = next(line for line in trained.ran.out.splitlines() if line.startswith("test (sealed)") and "→" in line)
    assert "1.0 → 2.0" in row


def test_show_says_how_much_the_sealed_test_shows(trained: Trained) -> None:
    out = trained.project.run("show", "first").out
    assert "Sealed test: better by 100.0 points [" in out
    assert "not shown: paired test" in out
    assert "The paper's bound for 4 training tasks: a loss at most 1.36 above the best, which says nothing." in out


def test_show_marks_a_run_whose_sealed_test_was_forced_open(trained: Trained, project: Project) -> None:
    copy = project.folder / "runs/forced"
    shutil.copytree(trained.project.folder / "runs/first", copy)
    with RunFolder.open(copy) as folder:
        folder.store.emit(TestOpened(times=2, forced=True))
    shown = project.run("show", str(copy))
    assert "The sealed test was read 2 times, 1 of them FORCED" in shown.out
    assert json.loads(project.run("show", str(copy), "--json").out)["told"]["forced"] == 1


def test_a_run_of_an_older_version_is_shown_with_what_it_knows(trained: Trained, project: Project) -> None:
    copy = project.folder / "runs/older"
    shutil.copytree(trained.project.folder / "runs/first", copy)
    summary = json.loads((copy / "summary.json").read_text())
    (copy / "summary.json").write_text(json.dumps(without(summary, {"gate", "looks", "saved", "screened", "seconds"})))
    shown = project.run("show", str(copy))
    assert shown.code == 0, shown.err
    assert "Accuracy" in shown.out
    assert "seconds" not in shown.out.partition("A task takes")[2].partition("\n\n")[0]


def without(value: JsonValue, keys: set[str]) -> JsonValue:
    """A JSON value without these keys, at any depth."""
    if isinstance(value, dict):
        return {key: without(item, keys) for key, item in value.items() if key not in keys}
    return [without(item, keys) for item in value] if isinstance(value, list) else value


def test_a_run_found_by_another_root_is_shown_with_paths_that_lead_there(trained: Trained, project: Project) -> None:
    root = trained.project.folder / "runs"
    folder = json.loads(project.run("show", "first", "--root", str(root), "--json").out)["functions_folder"]
    assert (Path(folder) / "seal.py").is_file()


def test_how_a_task_went_is_shown_evaluation_by_evaluation(trained: Trained) -> None:
    out = trained.project.run("show", "first", "--task", "train-1").out
    assert [line for line in out.splitlines() if line.startswith("Epoch ")] == [
        "Epoch 0, train, repeat 0: score 0",
        "Epoch 1, train, repeat 0: score 0",
        "Epoch 2, train, repeat 0: score 1",
    ]
    assert '[calls] seal({"word": "trainword1"})' in out
    data = json.loads(trained.project.run("show", "first", "--task", "train-1", "--json").out)
    assert [attempt["score"]["value"] for attempt in data] == [0.0, 0.0, 1.0]


def test_an_unknown_task_lists_those_there_are(trained: Trained) -> None:
    ran = trained.project.run("show", "first", "--task", "train-99")
    assert ran.code == 1
    assert "train-0, train-1" in ran.err


def test_the_figures_read_from_a_journal_are_those_the_run_ended_with(trained: Trained) -> None:
    with RunFolder.read(trained.project.folder / "runs/first") as folder:
        so_far = figures_so_far(folder)
        ended = figures_of(TrainingResult.model_validate(folder.summary))
    assert so_far.functions == ended.functions
    assert so_far.usage == ended.usage
    assert so_far.splits == tuple(split for split in ended.splits if split.split != "test")
    assert [(e.epoch, e.train, e.decision, e.actions, e.refused) for e in so_far.epochs] == [
        (e.epoch, e.train, e.decision, e.actions, e.refused) for e in ended.epochs
    ]
