"""The transfer matrix: what `evaluate --json` wrote, function sets by task sets."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulated_endpoint import question, seal, simulated_endpoint
from support import function, having
from toolwright.cli import main
from toolwright.errors import DataError
from toolwright.functions import Function, FunctionSet
from toolwright.parameters import Parameters
from toolwright.report.documents.comparison.building import comparison_of
from toolwright.report.documents.comparison.evaluation_files import read_evaluation, read_evaluations
from toolwright.report.documents.comparison.transfer import transfer_of
from toolwright.runs.folder import RunFolder
from toolwright.training.intervals import Interval
from trained_runs import trained_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs on the same tasks."""
    root = tmp_path_factory.mktemp("compared")
    return Path(trained_run(root).folder), Path(trained_run(root).folder)


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


def test_a_function_set_is_named_by_the_run_whose_last_it_is(evaluated: Evaluated, tmp_path: Path) -> None:
    one, two = having(named("a")), having(named("a"), named("b"))
    for run, sets in (("longer", (one, two)), ("shorter", (one,))):
        with RunFolder.create(tmp_path, run) as folder:
            for epoch, parameters in enumerate(sets):
                folder.save_accepted(epoch, parameters)
    files = [evaluated("one.json", parameters=one.digest), evaluated("two.json", parameters=two.digest)]
    found = comparison_of([tmp_path / "longer", tmp_path / "shorter"], files)
    assert [cell.functions for cell in found.transfer] == ["shorter", "longer"]


def test_a_folder_stands_for_its_files_and_each_is_read_once(evaluated: Evaluated, tmp_path: Path) -> None:
    two, one = evaluated("two.json", parameters="c" * 32), evaluated("one.json")
    (tmp_path / "notes.txt").write_text("no evaluation")
    (tmp_path / "folder.json").mkdir()
    found = comparison_of([], [two, tmp_path, one, tmp_path / ".." / tmp_path.name / "two.json"])
    assert [cell.file for cell in found.transfer] == ["two.json", "one.json"]
    assert found.notices == ()


def test_a_folder_without_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"there is no \*\.json in {tmp_path}"):
        read_evaluations([tmp_path])


def test_evaluations_by_other_agents_models_or_scorers_are_said_to_differ(evaluated: Evaluated) -> None:
    def by(letter: str, kind: str, model: str, scorer: str) -> Path:
        return evaluated(f"{letter}.json", parameters=letter * 32, agent={"kind": kind, "model": model}, scorer=scorer)

    same = [by("b", "react", "small", "exact"), by("c", "react", "small", "exact")]
    assert transfer_of(read_evaluations(same), {}).notices == ()
    files = [*same, by("d", "function_calling", "small", "numeric"), evaluated("old.json", parameters="e" * 32)]
    again = evaluated("again.json", parameters="b" * 32, agent={"kind": "own", "model": "own"})
    said = "\n".join(transfer_of(read_evaluations(files), {}).notices)
    assert "different agents, and differ by that, too: react (b.json, c.json) against function_calling (d.json)" in said
    assert "different scorers, and differ by that, too: exact (b.json, c.json) against numeric (d.json)" in said
    assert "different models" not in said
    assert "Whether the models of the transfer matrix are the same is not known of old.json" in said
    assert "own" not in "\n".join(transfer_of(read_evaluations([*same, again]), {}).notices[1:])  # it is not shown


def test_evaluations_that_were_set_otherwise_are_said_to_differ(evaluated: Evaluated) -> None:
    def by(letter: str, model: dict[str, Any], answer: str = "boxed") -> Path:
        settings = {"agent": {"kind": "react", "answer": answer}, "model": model, "scorer": {"kind": "exact"}}
        return evaluated(f"{letter}.json", parameters=letter * 32, settings=settings)

    cold, same, warm = by("b", {"temperature": 0.0}), by("c", {"temperature": 0.0}), by("d", {"temperature": 1.0})
    assert transfer_of(read_evaluations([cold, same]), {}).notices == ()
    files = [cold, same, warm, by("e", {}, "last_line"), evaluated("old.json", parameters="f" * 32)]
    answers, warmths, unsaid = transfer_of(read_evaluations(files), {}).notices
    assert answers.startswith(
        "The evaluations of the transfer matrix have agent.answer set differently, and differ by "
    )
    assert answers.endswith('too: "boxed" (b.json, c.json, d.json) against "last_line" (e.json)')
    assert "have model.temperature set differently" in warmths
    assert warmths.endswith("too: 0.0 (b.json, c.json) against 1.0 (d.json) against not (e.json)")
    assert unsaid.startswith("Whether the settings of the transfer matrix are the same is not known of old.json: ")


def named(name: str) -> Function:
    return function(name, f"def {name}() -> int:\n    return 1\n")


def test_evaluations_alone_make_a_transfer_matrix(evaluated: Evaluated) -> None:
    found = comparison_of([], [evaluated("own.json")])
    assert (found.runs, found.sections, len(found.transfer)) == ((), (), 1)


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
        ({"score": {"mean": 0.9, "low": 0.1, "high": 0.8}}, "score"),
        ({"score": {"mean": 0.05, "low": 0.1, "high": 0.8}}, "score"),
        ({"schema_version": 99}, "schema_version"),
        ({"agent": {"kind": 5}}, "agent.kind"),
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
models.agent = {{ model = "agent", base_url = "{url}", settings = {{ top_p = 0.5, extra_body = {{ token = "s3" }} }} }}
models.optimizer = {{ model = "optimizer", base_url = "{url}" }}
tasks = {{ train = {{ reader = "jsonl", path = "words.jsonl" }} }}
sandbox = {{ packages = ["hashlib"] }}
"""


def test_what_evaluate_prints_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = [{"id": word, "question": question(word), "target": seal(word)} for word in ("fig", "kiwi")]
    (tmp_path / "words.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks))
    FunctionSet().save(tmp_path / "none")
    with simulated_endpoint() as endpoint:
        (tmp_path / "c.toml").write_text(CONFIG.format(url=endpoint.url))
        code = main(("evaluate", str(tmp_path / "c.toml"), "--functions", str(tmp_path / "none"), "--json"))
    assert code == 0
    printed = capsys.readouterr().out
    settings = json.loads(printed)["settings"]
    assert (settings["agent"]["kind"], settings["agent"]["turns"]) == ("function_calling", 12)
    assert settings["model"] == {"top_p": 0.5, "extra_body": {"token": "***"}}
    assert settings["scorer"] == {"kind": "exact"}
    file = tmp_path / "words.json"
    file.write_text(printed)
    found = comparison_of([], [file])
    assert [(cell.functions, cell.rollouts, cell.score.mean) for cell in found.transfer] == [("no functions", 2, 0.0)]
    assert found.notices == ()
