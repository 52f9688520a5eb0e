"""Several runs beside each other, and the transfer matrix of `evaluate --json` results."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from simulated_endpoint import question, seal, simulated_endpoint
from support import function, having
from toolwright.cli import main
from toolwright.errors import DataError, RunError
from toolwright.functions import Function, FunctionSet
from toolwright.parameters import Parameters
from toolwright.report.page.compare import CompareDocuments, comparison_of
from toolwright.report.page.documents import Comparison
from toolwright.report.sections import Section
from toolwright.report.transfer import read_evaluation, transfer_of
from toolwright.runs.folder import RunFolder
from toolwright.training.intervals import Interval
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


@pytest.fixture
def evaluated(tmp_path: Path) -> "Evaluated":
    return Evaluated(tmp_path)


class Evaluated:
    """Writes files as `toolwright evaluate --json` does; what is given takes the place of what stands there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, **fields: Any) -> Path:
        data = {
            "tasks": {"name": "sums", "count": 4, "digest": "a" * 32},
            "parameters": "b" * 32,
            "functions": ["add"],
            "sandbox": "confined",
            "complete": True,
            "scored": 4,
            "score": {"mean": 0.5, "low": 0.15, "high": 0.85},
            "results": [],
        }
        file = self._folder / name
        file.write_text(json.dumps({**data, **fields}))
        return file


def section(found: Comparison, title: str) -> Section:
    (one,) = (each for each in found.sections if each.title.startswith(title))
    return one


def test_the_page_of_several_runs_has_one_document(runs: tuple[Path, Path]) -> None:
    documents = CompareDocuments(runs)
    assert list(documents.names()) == ["comparison"]
    assert documents.read("comparison") is documents.read("comparison")
    with pytest.raises(KeyError):
        documents.read("overview")


def test_runs_stand_beside_each_other_with_their_curves_and_final_figures(runs: tuple[Path, Path]) -> None:
    found = comparison_of(runs)
    names = [folder.name for folder in runs]
    assert [run.run for run in found.runs] == names
    assert all(run.overview.epochs and not run.overview.charts and not run.overview.sections for run in found.runs)
    assert {value["run"] for value in found.charts["accuracy"]["data"]["values"]} == set(names)
    assert set(found.charts) == {"accuracy", "cost"}
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


def test_function_sets_are_named_by_the_run_that_learned_them(runs: tuple[Path, Path], evaluated: Evaluated) -> None:
    digest = best_of(runs[0])
    files = [
        evaluated("none.json", parameters=Parameters().digest, functions=[]),
        evaluated("own.json", parameters=digest),
        evaluated("far.json", parameters=digest, tasks={"name": "dates", "count": 2, "digest": "d" * 32}),
        evaluated("alien.json", parameters="c" * 32),
    ]
    found = comparison_of([runs[0]], files)
    assert [(cell.functions, cell.tasks, cell.file) for cell in found.transfer] == [
        ("no functions", "sums", "none.json"),
        (runs[0].name, "sums", "own.json"),
        (runs[0].name, "dates", "far.json"),
        ("functions cccccccc", "sums", "alien.json"),
    ]
    assert found.transfer[1].score == Interval(mean=0.5, low=0.15, high=0.85)
    assert {value["functions"] for value in found.charts["transfer"]["data"]["values"]} == {
        "no functions",
        runs[0].name,
        "functions cccccccc",
    }


def test_earlier_function_sets_of_a_run_are_named_by_their_epoch(evaluated: Evaluated, tmp_path: Path) -> None:
    sets = [having(*map(named, names)) for names in ("a", "ab", "abc")]
    with RunFolder.create(tmp_path, "grown") as folder:
        for epoch, parameters in enumerate(sets):
            folder.save_accepted(epoch, parameters)
    files = [evaluated(f"{n}.json", parameters=each.digest) for n, each in enumerate(sets)]
    found = comparison_of([folder.path], files)
    assert [cell.functions for cell in found.transfer] == ["grown, start", "grown, epoch 1", "grown"]
    (folder.path / "accepted" / "epoch-1" / "a.py").write_text("no function")
    changed = comparison_of([folder.path], files)
    assert [cell.functions for cell in changed.transfer][1] == f"functions {sets[1].digest[:8]}"


def named(name: str) -> Function:
    return function(name, f"def {name}() -> int:\n    return 1\n")


def test_evaluations_alone_make_a_transfer_matrix(evaluated: Evaluated) -> None:
    found = comparison_of([], [evaluated("own.json")])
    assert (set(found.charts), found.sections, len(found.transfer)) == ({"transfer"}, (), 1)


def test_task_sets_of_one_name_are_told_apart(evaluated: Evaluated) -> None:
    files = [evaluated(f"{n}.json", tasks={"name": "sums", "count": 2, "digest": n * 32}) for n in "ef"]
    cells = transfer_of(list(map(read_evaluation, files)), {}).cells
    assert [cell.tasks for cell in cells] == ["sums (eeeeeeee)", "sums (ffffffff)"]


def test_of_two_evaluations_of_the_same_the_first_counts_and_the_other_is_said(evaluated: Evaluated) -> None:
    files = [evaluated("one.json"), evaluated("two.json", score={"mean": 1.0, "low": 0.5, "high": 1.0})]
    found = transfer_of(list(map(read_evaluation, files)), {})
    assert [(cell.file, cell.score.mean) for cell in found.cells] == [("one.json", 0.5)]
    assert "two.json: functions bbbbbbbb on sums is there already, from one.json" in found.notices[0]


def test_an_incomplete_evaluation_is_said_and_one_without_a_score_left_out(evaluated: Evaluated) -> None:
    files = [
        evaluated("none.json", score=None, scored=0, complete=False),
        evaluated("some.json", scored=2, complete=False),
    ]
    found = transfer_of(list(map(read_evaluation, files)), {})
    assert [(cell.file, cell.rollouts) for cell in found.cells] == [("some.json", 2)]
    assert [notice.partition(":")[0] for notice in found.notices] == ["none.json", "some.json"]
    assert "incomplete; its score is of the 2 rollouts that have one" in found.notices[1]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"parameters": 5}, "parameters"),
        ({"parameters": ""}, "parameters"),
        ({"tasks": {"name": "sums"}}, "tasks.digest"),
        ({"score": {"mean": 1.5, "low": 0, "high": 1}}, "score.mean"),
        ({"score": {"mean": float("nan"), "low": 0, "high": 1}}, "score.mean"),
        ({"scored": -1}, "scored"),
        ({"functions": "add"}, "functions"),
    ],
)
def test_a_wrong_field_is_named_with_its_file(evaluated: Evaluated, fields: dict[str, Any], where: str) -> None:
    file = evaluated("wrong.json", **fields)
    with pytest.raises(DataError, match=rf"wrong\.json is no result of `toolwright evaluate .*its field {where}: "):
        read_evaluation(file)


@pytest.mark.parametrize("content", [b"", b"no JSON", b"\xff\xfe", b"[1, 2]", b"[" * 100_000])
def test_a_file_that_holds_something_else_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"other\.json is no result of"):
        read_evaluation(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"lost\.json cannot be read: No such file"):
        read_evaluation(tmp_path / "lost.json")


def best_of(run: Path) -> str:
    """The digest of the parameters a run came to."""
    summary = json.loads((run / "summary.json").read_text())
    return Parameters.model_validate(summary["best"]).digest


CONFIG = """
scorer = "exact"
models.agent = {{ model = "agent", base_url = "{url}" }}
models.optimizer = {{ model = "optimizer", base_url = "{url}" }}
tasks = {{ train = {{ reader = "jsonl", path = "words.jsonl" }} }}
"""


def test_what_evaluate_prints_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = [{"id": word, "question": question(word), "target": seal(word)} for word in ("fig", "kiwi")]
    (tmp_path / "words.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks))
    FunctionSet().save(tmp_path / "none")
    with simulated_endpoint() as endpoint:
        (tmp_path / "c.toml").write_text(CONFIG.format(url=endpoint.url))
        code = main(("evaluate", str(tmp_path / "c.toml"), "--functions", str(tmp_path / "none"), "--json"))
    assert code == 0
    file = tmp_path / "words.json"
    file.write_text(capsys.readouterr().out)
    found = comparison_of([], [file])
    assert [(cell.functions, cell.rollouts, cell.score.mean) for cell in found.transfer] == [("no functions", 2, 0.0)]
    assert found.notices == ()
