"""Finding an engine and an image, and the command that starts a container: clear where something is missing."""

from pathlib import Path

import pytest

from toolwright.errors import SandboxError
from toolwright.sandbox import Limits
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sandbox.container.engine import (
    CONTAINERFILE,
    Engine,
    container,
    engine_of,
    find_engine,
    remedy,
    run_command,
)

from .engines import docker_stand_in

PODMAN = Engine(path="/usr/bin/podman", podman=True, limits=True)
DOCKER = Engine(path="/usr/bin/docker", podman=False, limits=True)
WALLS = {
    "--rm", "--interactive", "--pull=never", "--read-only", "--network=none", "--cap-drop=all",
    "--security-opt=no-new-privileges", "--user=65534:65534",
}  # fmt: skip


def command(engine: Engine, runtime: str | None = None) -> list[str]:
    return run_command(engine, container("an/image", runtime, "python3", Limits(), children=2), "{}")


@pytest.mark.parametrize("engine", [PODMAN, DOCKER], ids=["podman", "docker"])
def test_both_engines_are_given_the_same_walls_before_the_image(engine: Engine) -> None:
    words = command(engine)
    assert set(words[: words.index("an/image")]) >= WALLS


def test_the_worker_is_all_that_is_shown_to_the_container_and_read_only() -> None:
    shown = [word.removeprefix("--volume=").split(":") for word in command(PODMAN) if word.startswith("--volume=")]
    assert [Path(source).name for source, _, _ in shown] == ["worker", "confinement"]
    assert {mode for _, _, mode in shown} == {"ro"}


def test_memory_and_processes_are_limited_where_the_engine_can() -> None:
    limited = ("--memory=", "--pids-limit=")
    assert all(any(word.startswith(one) for word in command(PODMAN)) for one in limited)
    weak = PODMAN.model_copy(update={"limits": False})
    assert not any(word.startswith(one) for word in command(weak) for one in limited)


def test_the_runtime_is_named_where_each_engine_takes_it() -> None:
    assert command(PODMAN, "runsc")[1] == "--runtime=runsc"
    docker = command(DOCKER, "runsc")
    assert docker.index("run") < docker.index("--runtime=runsc")


@pytest.mark.parametrize(
    ("info", "podman", "limits"),
    [
        ('{"host": {"cgroupControllers": ["cpu", "memory", "pids"]}}', True, True),
        ('{"host": {"cgroupControllers": ["cpu"]}}', True, False),
        ('{"host": {"cgroupControllers": null}}', True, False),
        ('{"MemoryLimit": true, "PidsLimit": true}', False, True),
        ('{"MemoryLimit": true}', False, False),
        ("what?", False, False),
    ],
)
def test_an_engine_is_known_by_what_it_says_of_itself(info: str, podman: bool, limits: bool) -> None:
    engine = engine_of("/usr/bin/docker", info)
    assert (engine.podman, engine.limits) == (podman, limits)


def test_where_there_is_no_engine_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"podman is not installed; docker is not installed.*apt install podman"):
        find_engine(None)


def test_an_engine_that_does_not_work_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "podman"
    broken.write_text("#!/bin/sh\necho no user namespaces >&2\nexit 125\n")
    broken.chmod(0o755)
    with docker_stand_in():
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        assert not find_engine(None).podman
        with pytest.raises(SandboxError, match="podman does not work here: no user namespaces"):
            find_engine("podman")


async def test_a_missing_image_is_never_pulled_and_the_commands_that_build_it_are_said() -> None:
    with docker_stand_in(), pytest.raises(SandboxError, match="no image no/such, and none is pulled") as caught:
        async with ContainerSandbox(engine="docker", image="no/such"):
            pass
    printf, build = str(caught.value).splitlines()[1:]
    assert CONTAINERFILE.encode().decode().replace("\n", "\\n") in printf
    assert "build -t no/such -f Containerfile ." in build


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("Unknown option: -P\nusage: python3 [option]", "3.11 or newer"),
        ('exec: "python3": executable file not found in $PATH', "`python`"),
        ("python3: can't open file '/srv/worker/x.py': [Errno 13] Permission denied", "chmod -R a+rX"),
    ],
)
def test_known_troubles_come_with_their_remedy(said: str, cure: str) -> None:
    assert cure in remedy(said)


def test_unknown_troubles_are_left_as_they_are() -> None:
    assert remedy("something else") == ""
