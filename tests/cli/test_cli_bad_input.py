"""Bad input: each has a clear message on standard error, a non-zero exit and no traceback."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Project

Spoil = Callable[[Project], object]


def said(project: Project, *arguments: str) -> str:
    """What a command that must fail says."""
    ran = project.run(*(arguments or ("train", "c.toml")))
    assert (ran.code, ran.out) == (1, "")
    assert "Traceback" not in ran.err
    return next(line for line in ran.err.splitlines() if line.startswith("error: "))


def config(old: str, new: str) -> Spoil:
    """Spoils the config."""

    def spoil(project: Project) -> None:
        assert old in project.config
        project.edit("c.toml", lambda text: text.replace(old, new))

    return spoil


def line(file: str, number: int, text: str) -> Spoil:
    """Spoils a line of a file, counted from 1."""

    def spoil(project: Project) -> None:
        lines = (project.folder / file).read_text().splitlines()
        lines[number - 1] = text
        (project.folder / file).write_text("\n".join(lines) + "\n")

    return spoil


def broken_functions(project: Project) -> None:
    (project.folder / "mine").mkdir()
    (project.folder / "mine/half.py").write_text("def half(x: int) -> int:\n    return x //\n")
    project.edit("c.toml", lambda text: text + '\n[functions]\nstart = "mine"\n')


def frozen(start: str) -> Spoil:
    def spoil(project: Project) -> None:
        (project.folder / "mine").mkdir()
        (project.folder / "mine/half.py").write_text("def half(x: int) -> int:\n    return x // 2\n")
        project.edit("c.toml", lambda text: f'{text}\n[functions]\nstart = "{start}"\nfreeze = ["hlaf"]\n')

    return spoil


def overlap(project: Project) -> None:
    project.edit("test.jsonl", lambda text: text + (project.folder / "train.jsonl").read_text())


def emptied(project: Project) -> None:
    project.edit("train.jsonl", lambda _: "")


def runs_in_the_way(project: Project) -> None:
    (project.folder / "runs").write_text("a file where the folder should be")


def no_config(project: Project) -> None:
    (project.folder / "c.toml").unlink()


def not_utf8(project: Project) -> None:
    (project.folder / "c.toml").write_bytes(b"\xff\xfe")


SPOILT: list[tuple[Spoil, list[str]]] = [
    (config("agent = {", "helper = {"), ["c.toml", "missing key 'models.agent'", "[models] agent ="]),
    (config("epochs = 3", 'epochs = "many"'), ["c.toml", "'training.epochs'", "'many'"]),
    (config("epochs = 3", "epoch = 3"), ["unknown key 'training.epoch'", "did you mean 'epochs'"]),
    (config("epochs = 3", "epochs = "), ["c.toml is not valid TOML", "line"]),
    (config("[tasks]", "[nothing]"), ["unknown key 'nothing'"]),
    (config('"exact"', '"exacct"'), ["unknown scorer 'exacct'", "did you mean 'exact'"]),
    (config('"jsonl"', '"jsnl"'), ["tasks.", "unknown reader 'jsnl'", "did you mean 'jsonl'"]),
    (config('"train.jsonl"', '"none.jsonl"'), ["none.jsonl"]),
    (line("train.jsonl", 2, '{"id": "a", "question": '), ["train.jsonl:2", "broken JSON"]),
    (line("train.jsonl", 3, '{"id": "train-0", "question": "?", "target": 1}'), ["train.jsonl:3", "train-0"]),
    (emptied, ["train", "empty"]),
    (overlap, ["train and test overlap", "train-0"]),
    (broken_functions, ["half.py", "line 2"]),
    (frozen("mine"), ["functions.freeze, in mine: there is no function 'hlaf'; did you mean 'half'?"]),
    (frozen(""), ["functions.freeze", "'hlaf' cannot be frozen", "functions.start"]),
    (runs_in_the_way, ["runs", "name a folder"]),
    (no_config, ["c.toml cannot be read"]),
    (not_utf8, ["c.toml cannot be read"]),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILT)
def test_bad_input_is_named_with_the_remedy(project: Project, spoil: Spoil, words: list[str]) -> None:
    spoil(project)
    message = said(project)
    assert [word for word in words if word not in message] == []
    assert "Sandbox:" not in project.run("train", "c.toml").err


def test_a_model_without_its_key_says_which_variable_to_set(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    url = project.endpoint.url
    project.edit("c.toml", lambda text: text.replace(f'model = "agent", base_url = "{url}"', 'model = "openai:gpt-5"'))
    assert "export OPENAI_API_KEY=" in said(project)


def test_a_model_without_a_provider_says_how_to_name_one(project: Project) -> None:
    url = project.endpoint.url
    project.edit("c.toml", lambda text: text.replace(f', base_url = "{url}"', ""))
    message = said(project)
    assert "names no provider" in message
    assert "base_url = " in message


def test_a_run_is_never_overwritten(project: Project) -> None:
    (project.folder / "runs/mine").mkdir(parents=True)
    assert "runs/mine exists" in said(project, "train", "c.toml", "--name", "mine")


def test_a_missing_recording_is_named(project: Project) -> None:
    assert "nothing.jsonl" in said(project, "train", "c.toml", "--model", "replay:nothing.jsonl")


def test_a_recording_that_could_not_be_written_is_refused_before_anything_is_asked(project: Project) -> None:
    before = project.endpoint.counts()
    assert "nowhere" in said(project, "record", "c.toml", "--out", "nowhere/rec.jsonl")
    assert project.endpoint.counts() == before


def test_a_file_is_not_recorded_over_before_the_user_says_so(project: Project) -> None:
    (project.folder / "rec.jsonl").write_text("precious")
    before = project.endpoint.counts()
    message = said(project, "record", "c.toml", "--out", "rec.jsonl")
    assert [word for word in ("rec.jsonl exists", "--from rec.jsonl", "--force") if word not in message] == []
    assert "is a folder" in said(project, "record", "c.toml", "--out", ".", "--force")
    assert project.endpoint.counts() == before
    assert (project.folder / "rec.jsonl").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["functions", "list", "nowhere"], "nowhere is no folder of functions"),
        (["functions", "diff", "nowhere", "elsewhere"], "nowhere is no folder of functions"),
        (["evaluate", "c.toml", "-f", "nowhere"], "nowhere is no folder of functions"),
        (["evaluate", "c.toml", "-f", ".", "--tasks", "validation"], "validation"),
        (["evaluate", "c.toml", "-f", ".", "--tasks", "none.jsonl"], "none.jsonl"),
        (["show", "nowhere"], "there is no run in runs; `toolwright train CONFIG` starts one"),
        (["estimate", "none.toml"], "none.toml cannot be read"),
    ],
)
def test_every_command_says_what_was_wrong(project: Project, arguments: list[str], word: str) -> None:
    assert word in said(project, *arguments)


def test_wrong_usage_is_code_2(project: Project) -> None:
    assert [project.run(*arguments).code for arguments in (["train"], ["nothing"], ["runs", "--nothing"])] == [2, 2, 2]


@pytest.mark.parametrize("module", [["-m", "toolwright.cli"], ["-c", "from toolwright.cli import main; exit(main())"]])
def test_a_real_process_fails_the_same_way(tmp_path: Path, module: list[str]) -> None:
    (tmp_path / "c.toml").write_text('[models]\nagent = "openai:x"\n')
    ran = subprocess.run(
        [sys.executable, *module, "train", "c.toml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.splitlines()[-1].startswith("error: missing key 'tasks.train'")
