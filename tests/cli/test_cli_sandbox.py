"""Where learned functions run, on the command line: confined quietly, without walls loudly and for who asks alone."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Project, Ran, Trained
from rich.console import Console

from toolwright.cli.sandboxing import SandboxTeller
from toolwright.events import RunStarted, SandboxStarted
from toolwright.recordings import Recording
from toolwright.report.unfinished import figures_so_far
from toolwright.runs.folder import RunFolder
from toolwright.sandbox import WARNING, Report

REPLAY = ("--model", "replay:rec.jsonl")


@pytest.fixture(scope="module")
def unwalled(trained: Trained) -> Ran:
    """A training without walls, named "open"."""
    ran = trained.project.run("train", "c.toml", *REPLAY, "--sandbox", "unconfined", "--name", "open")
    assert ran.code == 0, ran.err
    return ran


def shown(event: SandboxStarted | RunStarted, *, terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=terminal, color_system="standard" if terminal else None)
    SandboxTeller(console).emit(event)
    return out.getvalue()


def test_no_walls_are_said_first_in_the_terminal_and_first_in_the_report(unwalled: Ran) -> None:
    assert unwalled.err.splitlines()[0] == WARNING
    assert unwalled.out.splitlines()[0] == "Learned functions ran UNCONFINED"
    assert any(line.startswith("Sandbox: UNCONFINED") for line in unwalled.out.splitlines())


def test_no_walls_are_kept_in_the_run_for_whoever_looks(trained: Trained, unwalled: Ran) -> None:
    project = trained.project
    assert project.run("show", "open").out == unwalled.out
    assert json.loads(project.run("show", "open", "--json").out)["sandbox"] == "unconfined"
    rows = {line.split()[0]: line.split()[-1] for line in project.run("runs").out.splitlines()}
    assert (rows["open"], rows["first"]) == ("UNCONFINED", "confined")
    config = json.loads((project.folder / "runs/open/config.json").read_text())
    assert config["sandbox"]["kind"] == "unconfined"


def test_a_run_that_was_broken_off_says_it_too(trained: Trained, unwalled: Ran) -> None:
    for name, kind in (("open", "unconfined"), ("first", "confined")):
        with RunFolder.read(trained.project.folder / "runs" / name) as folder:
            figures = figures_so_far(folder)
        assert figures.sandbox == kind
        assert figures.confinement is not None
        assert bool(figures.confinement.tier) == (kind == "confined")


def test_a_panel_says_it_on_a_terminal_and_a_line_elsewhere() -> None:
    event = SandboxStarted(sandbox="unconfined", report=Report().model_dump(mode="json"))
    panel = shown(event, terminal=True)
    assert WARNING in panel
    assert "╭" in panel
    assert "\x1b[1;31m" in panel
    assert shown(event, terminal=False) == f"{WARNING}\n"


def test_walls_are_one_quiet_line(trained: Trained) -> None:
    told = [line for line in trained.ran.err.splitlines() if line.startswith("Sandbox")]
    figures = json.loads(trained.project.run("show", "first", "--json").out)
    report = Report.model_validate(figures["confinement"])
    assert len(told) == 1
    assert told[0].startswith(f"Sandbox: confined, tier {report.tier} (")
    assert told[0] in trained.ran.out.splitlines()


def test_other_events_say_nothing_of_the_sandbox() -> None:
    started = RunStarted(run="r", train=1, validation=0, test=0, epochs=1, sandbox="unconfined", agent="a", models={})
    assert shown(started, terminal=False) == ""


def test_quiet_leaves_the_reports_word_alone(trained: Trained) -> None:
    ran = trained.project.run("train", "c.toml", *REPLAY, "--sandbox", "unconfined", "--quiet")
    assert ran.err == ""
    assert ran.out.startswith("Learned functions ran UNCONFINED")


def test_an_evaluation_and_a_recording_say_it(trained: Trained) -> None:
    project = trained.project
    evaluated = project.run("evaluate", "c.toml", "-f", "runs/first", "--sandbox", "unconfined")
    assert evaluated.err.splitlines()[0] == WARNING
    assert "Sandbox: UNCONFINED" in evaluated.out
    data = json.loads(project.run("evaluate", "c.toml", "-f", "runs/first", "--json").out)
    assert data["sandbox"] == "confined"
    options = ("--out", "open.jsonl", "--from", "rec.jsonl", "--sandbox", "unconfined")
    recorded = project.run("record", "c.toml", *options)
    assert recorded.err.splitlines()[0] == WARNING
    header = Recording.read(project.folder / "open.jsonl").header
    assert isinstance(header.config["sandbox"], dict)
    assert header.config["sandbox"]["kind"] == "unconfined"


def test_the_demo_runs_where_the_user_says(project: Project) -> None:
    ran = project.run("demo", "--sandbox", "unconfined", "--json")
    assert (ran.code, json.loads(ran.out)["sandbox"]) == (0, "unconfined"), ran.err


def test_every_command_that_runs_learned_code_has_the_option_and_no_other(project: Project) -> None:
    commands = ("train", "resume", "evaluate", "record", "demo", "doctor", "estimate", "runs", "show", "functions")
    having = [command for command in commands if "--sandbox" in project.run(command, "--help").out]
    assert having == ["train", "resume", "evaluate", "record", "demo", "doctor", "estimate"]


def test_an_unknown_kind_is_wrong_usage_and_lists_those_there_are(project: Project) -> None:
    ran = project.run("train", "c.toml", "--sandbox", "jail")
    assert ran.code == 2
    assert all(kind in ran.err for kind in ("confined", "container", "unconfined"))


def kind_in_config(project: Project) -> None:
    project.edit("c.toml", lambda text: text + 'kind = "unconfined"\n')


def no_python(project: Project) -> None:
    project.edit("c.toml", lambda text: text + 'python = "nowhere/python"\n')


def old_python(project: Project) -> None:
    program(project.folder / "python", "echo 3 8")
    project.edit("c.toml", lambda text: text + 'python = "./python"\n')


def no_engine(project: Project) -> None:
    project.edit("c.toml", lambda text: text + 'kind = "container"\n')


def no_image(project: Project) -> None:
    program(project.folder / "podman", 'if [ "$1" = info ]; then echo "{}"; else exit 1; fi')
    project.edit("c.toml", lambda text: text + 'kind = "container"\n[sandbox.container]\nimage = "localhost/mine"\n')


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (kind_in_config, ["c.toml: key 'sandbox.kind'", "--sandbox unconfined"]),
        (no_python, ["sandbox.python", "nowhere/python is no file"]),
        (old_python, ["sandbox.python", "is Python 3.8; functions need 3.11"]),
        (no_engine, ["podman is not installed", "docker is not installed", "Install podman"]),
        (no_image, ["there is no image localhost/mine", "build -t localhost/mine"]),
    ],
)
@pytest.mark.parametrize("command", [("train",), ("evaluate", "-f", "mine"), ("record", "-o", "r.jsonl")])
def test_a_sandbox_that_cannot_start_is_told_before_anything_is_asked_or_kept(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Project], None],
    words: list[str],
    command: tuple[str, ...],
) -> None:
    monkeypatch.setenv("PATH", str(project.folder))
    (project.folder / "mine").mkdir()
    (project.folder / "mine/one.py").write_text("def one() -> int:\n    return 1\n")
    spoil(project)
    before = project.endpoint.counts()
    ran = project.run(command[0], "c.toml", *command[1:])
    assert (ran.code, ran.out) == (1, "")
    assert "Traceback" not in ran.err
    assert [word for word in words if word not in ran.err] == []
    assert project.endpoint.counts() == before
    assert not (project.folder / "runs").exists()
