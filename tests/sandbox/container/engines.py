"""Where the container tests run: with a stand-in for an engine always, with podman in the long tests where it works.

The image is made once, of this machine's Python, and stays in the user's storage; nothing is downloaded.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

import toolwright.sandbox
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sandbox.container.engine import PATH, Engine, EngineName, ask, engine_of
from toolwright.sync import run_sync

from ..conftest import EVERYTHING, SMALL
from . import stand_in
from .make_image import VERSION, make_image

IMAGE: Final = f"localhost/toolwright-test:{VERSION}"
PLACES: Final = ["stand-in", pytest.param("podman", marks=[pytest.mark.soak, pytest.mark.podman])]
"""What `place_for` is asked for."""


@contextmanager
def docker_stand_in(program: str = "") -> Generator[Path]:
    """The stand-in is the docker of this process as long as it lasts; yields its folder."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        stand_in.install(Path(folder), program, Path(toolwright.sandbox.__file__).parent, PATH)
        patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        yield Path(folder)


def working_podman() -> Engine:
    """Podman, with the image; skips where it does not work here, saying why."""
    path = shutil.which("podman")
    if path is None:
        pytest.skip("podman is not installed (apt install podman uidmap runc)")
    code, said = ask([path, "info", "--format", "{{json .}}"])
    if code:
        pytest.skip(f"podman does not work here: {said[-300:]}")
    lock = Path(tempfile.gettempdir()) / f"toolwright-image-{os.getuid()}.lock"
    with lock.open("w") as file:  # two test processes need not both make it
        fcntl.flock(file, fcntl.LOCK_EX)
        if ask([path, "image", "inspect", IMAGE])[0]:
            make_image(path, IMAGE)
    flags = ["--rm", "--network=none", "--ulimit=nofile=64:64", "--ulimit=nproc=64:64"]
    code, words = ask([path, "run", *flags, IMAGE, "python3", "-V"])
    if code:
        pytest.skip(f"podman runs no container here: {words[-300:]}")
    return engine_of(path, said)


@dataclass(frozen=True)
class Place:
    """Where containers run in a test: podman, or the stand-in of this folder, which goes by docker's name."""

    folder: Path | None

    @property
    def engine(self) -> EngineName:
        return "docker" if self.folder else "podman"

    def there(self, container: str) -> bool:
        """Whether anything of the container is left, running or not."""
        if self.folder is None:
            return container in ask(["podman", "ps", "--all", "--format={{.Names}}"])[1].split()
        try:
            state = Path(f"/proc/{(self.folder / container).read_text() or 'none'}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state.rpartition(")")[2].split()[0] != "Z"

    def kill(self, container: str) -> None:
        """As anybody might, from outside."""
        code, said = ask([self.engine, "kill", container])
        assert code == 0, said


def container_of(sandbox: ContainerSandbox) -> str:
    """The name of the container it runs at the moment."""
    server: Any = sandbox._pool._base  # pyright: ignore[reportPrivateUsage] - nobody but a test needs to know
    return server.name


@contextmanager
def started(place: Place) -> Generator[ContainerSandbox]:
    """A sandbox in that engine; code may import what it likes."""
    one = ContainerSandbox(
        image=IMAGE, engine=place.engine,
        allowed=EVERYTHING, limits=SMALL, concurrency=2, preload=False,
    )  # fmt: skip
    run_sync(one.__aenter__())
    try:
        yield one
    finally:
        run_sync(one.__aexit__())


@contextmanager
def place_for(engine: str) -> Generator[Place]:
    """Where containers run; skips where that engine cannot be had."""
    if engine == "podman":
        working_podman()
        yield Place(None)
    else:
        with docker_stand_in() as folder:
            yield Place(folder)
