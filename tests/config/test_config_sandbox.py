"""Which sandbox a configuration means, and what it can never ask for."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from toolwright.config import load_config
from toolwright.config.load import parse_config
from toolwright.config.sandboxes import sandbox_of, usable_python
from toolwright.config.schema import ContainerOptions, SandboxOptions
from toolwright.errors import ConfigError, SandboxError
from toolwright.functions import Function
from toolwright.sandbox import ConfinedSandbox, UnconfinedSandbox
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sandbox.kinds import default_kind

MODELS = {"agent": "openai:gpt-5-mini"}
IMPORTS = '''def imports() -> list[str]:
    """What of the agent's packages can be had."""
    found = []
    for name in ("toolwright", "pydantic", "pydantic_ai", "openai"):
        try:
            __import__(name)
            found.append(name)
        except ImportError:
            pass
    return found
'''

skip_without_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")


def script(path: Path, text: str, *, runnable: bool = True) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755 if runnable else 0o644)
    return path


@pytest.mark.parametrize("kind", ["unconfined", "process"])
def test_no_configuration_can_ask_for_no_walls(tmp_path: Path, kind: str) -> None:
    (tmp_path / "c.toml").write_text(f'[models]\nagent = "openai:x"\n[sandbox]\nkind = "{kind}"\n')
    with pytest.raises(ConfigError) as refused:
        load_config(tmp_path / "c.toml")
    for word in ("c.toml: key 'sandbox.kind'", "`--sandbox unconfined` on the command line", "UnconfinedSandbox()"):
        assert word in str(refused.value)


def test_nor_can_a_value_in_python() -> None:
    with pytest.raises(ValueError, match="no configuration can ask for an unconfined sandbox"):
        SandboxOptions.model_validate({"kind": "unconfined"})


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"sandbox\.kind.*'confined' or 'container', not 'jail'"):
        parse_config({"models": MODELS, "sandbox": {"kind": "jail"}}, "c.toml")
    with pytest.raises(ConfigError, match="unknown kind 'jail'; there are: confined, container, unconfined"):
        sandbox_of(SandboxOptions(), kind="jail")


def test_an_unknown_option_of_a_container_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'sandbox\.container\.imige'; did you mean 'image'"):
        parse_config({"models": MODELS, "sandbox": {"container": {"imige": "x"}}}, "c.toml")
    with pytest.raises(ConfigError, match=r"sandbox\.container\.engine.*'podman' or 'docker', not 'lxc'"):
        parse_config({"models": MODELS, "sandbox": {"container": {"engine": "lxc"}}}, "c.toml")


@pytest.mark.parametrize(
    ("system", "kind"),
    [("linux", "confined"), ("darwin", "container"), ("win32", "container"), ("cygwin", "container")],
)
def test_where_no_kind_is_named_it_is_the_platforms(system: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_kind(system) == kind
    monkeypatch.setattr(sys, "platform", system)
    assert sandbox_of(SandboxOptions()).kind == kind


@pytest.mark.parametrize("named", ["", "confined", "container"])
def test_the_command_line_stands_in_the_configurations_place(named: str) -> None:
    options = SandboxOptions.model_validate({"kind": named})
    assert isinstance(sandbox_of(options, kind="unconfined"), UnconfinedSandbox)
    assert isinstance(sandbox_of(options, kind="container"), ContainerSandbox)
    assert isinstance(sandbox_of(options, kind="confined"), ConfinedSandbox)


BAD: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: None, "is no file; name an interpreter"),
    (lambda path: path.mkdir(), "is no file; name an interpreter"),
    (lambda path: script(path, "echo 3 12", runnable=False), "cannot be run; name an interpreter"),
    (lambda path: script(path, "echo 3 9"), r"is Python 3\.9; functions need 3\.11 or newer"),
    (lambda path: script(path, "echo 2 7"), r"is Python 2\.7; functions need 3\.11 or newer"),
    (lambda path: script(path, "echo hello"), "does not answer as Python does"),
    (lambda path: script(path, "echo broken >&2; exit 3"), "does not answer as Python does: broken"),
    (lambda path: path.write_bytes(b"\x00") and path.chmod(0o755), "does not answer as Python does"),
]


@pytest.mark.parametrize(("make", "said"), BAD)
def test_an_interpreter_that_cannot_be_used_is_named(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    make(tmp_path / "python")
    for kind in ("confined", "unconfined"):
        with pytest.raises(ConfigError, match=rf"sandbox\.python: .*{said}"):
            sandbox_of(SandboxOptions(python="./python"), tmp_path, kind)


def test_a_name_without_a_slash_is_looked_up_in_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"sandbox\.python: there is no 'snake' in PATH"):
        usable_python("snake", tmp_path)
    snake = script(tmp_path / "snake", "echo 3 11")
    assert usable_python("snake", tmp_path) == snake


def test_a_path_is_relative_to_the_configuration_and_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(sys.executable)
    assert usable_python("bin/python", tmp_path) == tmp_path / "bin/python"


def separate(folder: Path, which: str) -> str:
    """An interpreter without Toolwright: a new environment's, or the system's."""
    if which == "system":
        if not Path("/usr/bin/python3").exists():
            pytest.skip("no /usr/bin/python3")
        try:
            return str(usable_python("/usr/bin/python3", folder))
        except ConfigError as error:
            pytest.skip(str(error))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "own"], check=True)
    return str(folder / "own/bin/python")


@skip_without_fork
@pytest.mark.parametrize("which", ["environment", "system"])
@pytest.mark.parametrize("kind", ["confined", "unconfined"])
async def test_on_an_interpreter_of_their_own_functions_cannot_import_the_agents_packages(
    tmp_path: Path, which: str, kind: str
) -> None:
    allowed = ("math", "toolwright", "pydantic", "pydantic_ai", "openai")  # so it is not the allow-list that refuses
    options = SandboxOptions(packages=allowed, python=separate(tmp_path, which))
    sandbox = sandbox_of(options, kind=kind)
    assert isinstance(sandbox, ConfinedSandbox | UnconfinedSandbox)
    async with sandbox:
        outcome = await sandbox.call(Function(name="imports", source=IMPORTS), {})
        assert (set(sandbox.packages()), set(sandbox.faults())) == ({"math"}, set(allowed[1:]))
    assert (outcome.status, outcome.result) == ("ok", [])


def engine(folder: Path, text: str, name: str = "podman") -> None:
    """A program that goes by an engine's name."""
    script(folder / name, f'case "$1" in info) echo "{{}}";; {text} esac')


async def start(options: ContainerOptions) -> str:
    """What starting a container with these options says."""
    with pytest.raises(SandboxError) as refused:
        await sandbox_of(SandboxOptions(kind="container", container=options)).__aenter__()
    return str(refused.value)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, and what the shell needs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


async def test_without_an_engine_a_container_says_what_to_install(programs: Path) -> None:
    said = await start(ContainerOptions())
    for word in ("podman is not installed", "docker is not installed", "apt install podman"):
        assert word in said


async def test_the_engine_the_configuration_names_is_the_one_that_is_asked(programs: Path) -> None:
    engine(programs, "image) exit 1;;")
    said = await start(ContainerOptions(engine="docker"))
    assert "docker is not installed" in said
    assert "podman is not" not in said


async def test_an_image_that_is_not_there_is_named_with_how_to_build_it(programs: Path) -> None:
    engine(programs, "image) echo 'no such image' >&2; exit 125;;")
    said = await start(ContainerOptions(image="localhost/mine"))
    assert "there is no image localhost/mine, and none is pulled" in said
    assert f"{programs}/podman build -t localhost/mine" in said


async def test_the_runtime_and_the_image_the_configuration_names_are_what_is_started(programs: Path) -> None:
    engine(programs, f'image) exit 0;; *) echo "$@" > {programs}/asked; exit 9;;')
    await start(ContainerOptions(image="localhost/mine", runtime="runsc"))
    asked = (programs / "asked").read_text()
    assert "--runtime=runsc" in asked
    assert " localhost/mine " in asked
