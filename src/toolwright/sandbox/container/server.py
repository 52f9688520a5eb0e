"""A base process in a container: the same base as on this machine, behind a shim that carries frames for it.

The container lasts as long as its stdin is open, so it ends with this process, however this process ends. Nothing that
comes out of it is trusted: what breaks the rules of the frames condemns it.
"""

import contextlib
import json
import subprocess
import threading
from typing import Final

from toolwright.errors import SandboxError
from toolwright.sandbox.base_process import ENVIRONMENT
from toolwright.sandbox.confinement.selftest import Canaries
from toolwright.sandbox.container.carrier import Carrier
from toolwright.sandbox.container.engine import ROOM, Container, Engine, ask, remedy, run_command
from toolwright.sandbox.container.link import RemoteLink
from toolwright.sandbox.server import Ready
from toolwright.sandbox.spec import BaseSpec, MissingLayer, read_ready
from toolwright.sandbox.worker import frames
from toolwright.sandbox.worker.shim import Setup
from toolwright.sandbox.worker.wire import FORK, FORK_WITH_FILES

STOP_SECONDS: Final = 8.0


class ContainerServer:
    """One running container with its base.

    Attributes:
        name: The container's name.
        ready: What the base said when it was ready.
        end: How the container ended, once it has been stopped.
    """

    def __init__(self, engine: Engine, one: Container, spec: BaseSpec) -> None:
        """Starts the container and waits until its base is ready. `end` says how it ended, once it has been stopped.

        Args:
            engine: What runs it.
            one: The container.
            spec: What the base is started with.

        Raises:
            MissingLayer: A layer of confinement cannot be had inside.
            SandboxError: It did not start; the message holds the end of what it said, and a remedy where one is known.
        """
        self.end = "it still runs"
        self._engine = engine
        self.name = one.name
        self._condemned = False
        self._came = threading.Event()
        self._line = b""
        self._links: dict[int, RemoteLink] = {}
        self._count = 0
        self._lock = threading.Lock()
        try:
            self._process = _popen(run_command(engine, one, _setup(spec)))
        except OSError as error:
            raise SandboxError(f"the sandbox's container did not start: {error}") from error
        self._carrier = Carrier(self._process, self._take, self._end)
        try:
            self.ready = self._await_ready(spec.limits.start_seconds)
        except MissingLayer:
            self.stop()
            raise
        except ValueError as error:
            self._condemned = not self._carrier.ended.is_set()
            self.stop()
            raise SandboxError(
                f"the sandbox's container did not start: {error}; {self.end}{remedy(self.end)}"
            ) from error

    def _await_ready(self, start_seconds: float) -> Ready:
        if not self._came.wait(start_seconds):
            raise ValueError(f"it was not ready after {start_seconds:g} s")
        if not self._line:
            raise ValueError("it ended")
        return read_ready(self._line)

    @property
    def alive(self) -> bool:
        """Whether it still serves calls."""
        return not (self._condemned or self._carrier.ended.is_set())

    def condemn(self) -> None:
        """A child was lost without a report: the base is dead or dying, even if it does not show yet."""
        self._condemned = True

    def child(self, *, with_files: bool) -> RemoteLink:
        """Has the base fork a child; raises OSError where the container is gone."""
        with self._lock:
            self._count += 1
            link = RemoteLink(self, self._carrier, self._count, self._forget)
            self._carrier.send(self._count, frames.OPEN, FORK_WITH_FILES if with_files else FORK)
            self._links[self._count] = link
        return link

    def _forget(self, number: int) -> None:
        with self._lock:
            self._links.pop(number, None)

    def _take(self, number: int, kind: int, payload: bytes) -> None:
        """A frame came; ValueError where it breaks the rules."""
        if kind == frames.READY and number == 0 and not self._line:
            self._line = payload
            self._came.set()
        elif kind in (frames.CHANNEL, frames.OUTPUT, frames.END) and bool(payload) >= (kind != frames.END):
            with self._lock:
                link = self._links.get(number)
            if link is not None:
                link.inbox.put(kind, payload)
        else:
            raise ValueError(f"a frame of kind {kind}")

    def _end(self) -> None:
        """The connection has ended: every child is lost."""
        self._came.set()
        with self._lock:
            links = list(self._links.values())
        for link in links:
            with contextlib.suppress(ValueError):
                link.inbox.put(frames.END, b"")

    def stop(self) -> None:
        """Ends the container, killing it where it does not end; nothing of it is left. Blocks."""
        self._carrier.close()
        code = None if self._condemned or self._carrier.broken else _waited(self._process)
        if code is None:
            ask([self._engine.path, "kill", self.name])
            code = _waited(self._process)
        if code is None:
            self._process.kill()
            code = self._process.wait()
            ask([self._engine.path, "rm", "--force", self.name])
        self._carrier.join(STOP_SECONDS)
        words = self._carrier.words.decode(errors="replace").strip()
        self.end = f"exit code {code}\n{words}" if words else f"exit code {code}"


def _setup(spec: BaseSpec) -> str:
    """What the shim is told, as JSON; it adds what only it can know."""
    unknown = Canaries(file="", folder="", tcp=0, unix="", pid=0)
    config = json.loads(spec.config("", unknown))
    return json.dumps(Setup(boot=f"{ROOM}/worker/boot.py", config=config, environment=ENVIRONMENT))


def _waited(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _popen(command: list[str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C is the caller's, who then lets go of the container.
    return subprocess.Popen(  # noqa: S603 - the engine
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
