"""The programs that run containers: which is there, what it can do, and the command that starts a container.

Tested with podman from Debian 12's packages, by an ordinary user and by root. What was not is in UNTESTED.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from toolwright.base import Frozen
from toolwright.errors import SandboxError
from toolwright.sandbox.limits import Limits

EngineName = Literal["podman", "docker"]
ENGINES: Final[tuple[EngineName, ...]] = ("podman", "docker")
PATH: Final = "/srv/worker"
ROOM: Final = f"{PATH}/toolwright/sandbox"
"""Where the worker's files are in the container, all that there is of Toolwright."""

_HERE: Final = Path(__file__).parent.parent
"""Where they are on this machine."""

CONTAINERFILE: Final = """\
FROM python:3.12-slim
RUN pip install --no-cache-dir numpy scipy sympy pandas python-dateutil
"""
"""All an image for functions needs: Python 3.11 or newer as `python3`, and the packages functions may import."""

DEFAULT_IMAGE: Final = "localhost/toolwright-functions"
UNTESTED: Final = {
    "docker": "untested: it is given podman's flags, but no docker daemon was there to try it with",
    "runsc": "gVisor was tried with podman and Debian 12's runsc only; untested with docker and with newer releases",
}
"""What could not be tried, by engine or runtime, for those who ask."""

NO_LIMITS: Final = "this user's engine cannot limit a container's memory and processes, each call has its own limits"

_BASE_MB: Final = 1024
"""Memory for the base and what it imported, beside the calls'."""

_ENGINE_SECONDS: Final = 30.0


class Engine(Frozen):
    """One program that runs containers.

    Attributes:
        path: The program.
        podman: Whether it is podman; else it is docker. Podman may answer to docker's name.
        limits: Whether it can limit a container's memory and processes; without, each call still has its own limits.
    """

    path: str
    podman: bool
    limits: bool


class Container(Frozen):
    """How one container is started.

    Attributes:
        image: The image.
        runtime: Another runtime than the engine's own, "runsc" for gVisor.
        python: The interpreter in the image, 3.11 or newer.
        memory_mb: Mebibytes for all calls and the base together, where the engine can limit it.
        processes: Processes and threads together.
        temporary_mb: Mebibytes of its one writable folder, /tmp.
        name: Its name, by which it is killed.
    """

    image: str
    runtime: str | None
    python: str
    memory_mb: int
    processes: int
    temporary_mb: int
    name: str = ""


def container(image: str, runtime: str | None, python: str, limits: Limits, *, children: int) -> Container:
    """A container large enough for so many children at once, without a name."""
    return Container(
        image=image,
        runtime=runtime,
        python=python,
        memory_mb=_BASE_MB + children * (limits.memory_mb + limits.scratch_mb),
        processes=64 + children * (limits.threads + 4),
        temporary_mb=64 + children * limits.scratch_mb,
    )


def run_command(engine: Engine, one: Container, setup: str) -> list[str]:
    """The command that starts it; it lasts as long as its stdin is open.

    Args:
        engine: What runs it.
        one: The container.
        setup: What the shim is told.
    """
    runtime = [f"--runtime={one.runtime}"] if one.runtime else []
    if engine.podman:
        before, after = [*runtime, *_runtime_flags(engine, one)], ["--read-only-tmpfs=false"]
    else:
        before, after = [], runtime
    folders = [f"--volume={_HERE / name}:{ROOM}/{name}:ro" for name in ("worker", "confinement")]
    shim = ["-P", "-s", "-B", "-m", "toolwright.sandbox.worker.shim", setup]
    return [engine.path, *before, "run", *after, *_flags(engine, one), *folders, one.image, *shim]


def _runtime_flags(engine: Engine, one: Container) -> list[str]:
    """What gVisor must be told by podman; docker has it in its own configuration."""
    if one.runtime is None or Path(one.runtime).name != "runsc":
        return []
    return ["--runtime-flag=network=none", *([] if engine.limits else ["--runtime-flag=ignore-cgroups"])]


def _flags(engine: Engine, one: Container) -> list[str]:
    limits = [f"--memory={one.memory_mb}m", f"--memory-swap={one.memory_mb}m", f"--pids-limit={one.processes}"]
    return [
        "--rm", "--interactive", f"--name={one.name}", "--pull=never", "--log-driver=none",
        "--read-only", "--network=none", "--cap-drop=all", "--security-opt=no-new-privileges",
        "--user=65534:65534", "--workdir=/tmp", "--ipc=none",
        f"--tmpfs=/tmp:rw,noexec,nosuid,nodev,mode=1777,size={one.temporary_mb}m",
        "--ulimit=core=0:0", "--ulimit=nofile=1024:1024", f"--ulimit=nproc={one.processes}:{one.processes}",
        *(limits if engine.limits else []),
        f"--env=PYTHONPATH={PATH}", f"--entrypoint={one.python}",
    ]  # fmt: skip


def find_engine(wanted: EngineName | None) -> Engine:
    """The engine asked for, or the first that answers: podman, then docker. Blocks.

    Raises:
        SandboxError: None is there, or none answers; the message has each one's reason and the remedy.
    """
    faults: list[str] = []
    for name in [wanted] if wanted else ENGINES:
        path = shutil.which(name)
        if path is None:
            faults.append(f"{name} is not installed")
            continue
        code, said = ask([path, "info", "--format", "{{json .}}"])
        if code == 0:
            return engine_of(path, said)
        faults.append(f"{name} does not work here: {said.strip()[-500:]}")
    raise SandboxError(
        f"no container engine: {'; '.join(faults)}. Install podman (Debian, Ubuntu: apt install podman uidmap; macOS: "
        "podman machine init), or use another kind of sandbox"
    )


def engine_of(path: str, info: str) -> Engine:
    """An engine by what it says of itself, as JSON."""
    try:
        told: Mapping[str, Any] = json.loads(info)
    except ValueError:
        told = {}
    host: Mapping[str, Any] | None = told.get("host")
    if host is not None:  # podman; the controllers are those its user was given
        limits = {"memory", "pids"} <= set(host.get("cgroupControllers") or ())
        return Engine(path=path, podman=True, limits=limits)
    return Engine(path=path, podman=False, limits=bool(told.get("MemoryLimit")) and bool(told.get("PidsLimit")))


def check_image(engine: Engine, image: str) -> None:
    """Checks that an image is there; none is ever pulled. Blocks.

    Raises:
        SandboxError: It is not there; the message has the commands that build one.
    """
    code, said = ask([engine.path, "image", "inspect", "--format", "{{.Id}}", image])
    if code != 0:
        lines = CONTAINERFILE.replace("\n", "\\n")
        raise SandboxError(
            f"there is no image {image}, and none is pulled ({said.strip()[-200:]}). Build one:\n"
            f"  printf '{lines}' > Containerfile\n"
            f"  {engine.path} build -t {image} -f Containerfile ."
        )


def remedy(said: str) -> str:
    """What to do about a container that did not start, "" where that is not known."""
    return next((f"; {cure}" for sign, cure in _REMEDIES.items() if sign in said.lower()), "")


_REMEDIES: Final = {
    "unknown option: -p": "the image's Python is too old; Toolwright's worker needs 3.11 or newer",
    "executable file not found": "the image has no such interpreter; name it with `python`",
    "not found in $path": "the image has no such interpreter; name it with `python`",
    "can't open file": (
        f"the container may not read {_HERE}: make its files readable for all (chmod -R a+rX), and "
        "where SELinux is enforcing, label them (chcon -R -t container_file_t)"
    ),
    "cgroups in hybrid mode": "crun cannot run on this machine's cgroups; install runc",
    "no module named": "the image's Python lacks a part of the standard library",
}


def ask(command: Sequence[str], seconds: float = _ENGINE_SECONDS) -> tuple[int, str]:
    """Runs an engine's command; its exit code and what it said, stdout where all went well. Blocks."""
    try:
        done = subprocess.run(  # noqa: S603 - the engine
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    return done.returncode, done.stdout if done.returncode == 0 else done.stderr or done.stdout
