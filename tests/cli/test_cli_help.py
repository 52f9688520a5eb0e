"""`--help`: fast, complete, and worth reading."""

import subprocess
import sys

import pytest
from projects import Project, Trained

COMMANDS = (
    "train",
    "resume",
    "evaluate",
    "estimate",
    "record",
    "runs",
    "show",
    "view",
    "report",
    "doctor",
    "demo",
    "functions",
    "experiment",
)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from toolwright.cli import main; main(['--help']);"
        "print([m for m in ('pydantic', 'pydantic_ai', 'scipy', 'toolwright.api') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_help_names_every_command_and_every_exit_code(project: Project) -> None:
    out = project.run("--help").out
    assert [command for command in COMMANDS if f"│ {command} " not in out] == []
    assert [
        code for code in ("0 all well", "1 an error", "2 wrong usage", "3 ended", "130 int", "143 ") if code not in out
    ] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(project: Project, command: str) -> None:
    ran = project.run(command, "--help")
    assert (ran.code, f"toolwright {command}" in ran.out) == (0, True)


def test_the_version_is_told(project: Project) -> None:
    assert project.run("--version").out.startswith("toolwright 0.")


def test_a_reader_that_has_seen_enough_causes_no_traceback(trained: Trained) -> None:
    command = f"{sys.executable} -m toolwright.cli functions show runs/first | true"
    ran = subprocess.run(command, shell=True, cwd=trained.project.folder, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
