"""The caller's hold on the base process: starts it, hands it new calls, notices its death, ends it.

Everything here blocks and belongs to no event loop, so one sandbox serves calls from any loop or thread.
"""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Final

from toolwright.errors import SandboxError
from toolwright.sandbox.link import Link
from toolwright.sandbox.spec import BaseSpec, MissingLayer, read_ready
from toolwright.sandbox.worker import scratch
from toolwright.sandbox.worker.canary import set_out

BOOT: Final = Path(__file__).with_name("worker") / "boot.py"
ENVIRONMENT: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",  # a thread pool does not survive a fork
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # each thread's own arena would claim 128 MB of the address space that is limited
    "PYTHONHASHSEED": "0",  # the order of a set of texts is the same in every run
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    "HOME": ".",  # the scratch folder, whose path differs from call to call
    "TMPDIR": ".",
}
"""All the environment learned code sees."""

STOP_SECONDS: Final = 5.0


class BaseProcess:
    """One running base process."""

    def __init__(self, python: str, spec: BaseSpec) -> None:
        """Starts the base and waits until it is ready. `end` says how it ended, once it has been stopped.

        Args:
            python: The interpreter it runs on.
            spec: What it is started with.

        Raises:
            MissingLayer: A layer of confinement cannot be had.
            SandboxError: It did not start; the message holds the end of what it said.
        """
        self.end = "it was not started"
        self._condemned = False
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._said = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process may write to it
            self._root = str(Path(tempfile.mkdtemp(prefix="toolwright-")).absolute())  # TMPDIR may be relative
        except OSError as error:
            raise SandboxError(f"the sandbox has no folder for temporary files ({error}); set TMPDIR to one") from error
        self._control, theirs = socket.socketpair()
        try:
            with set_out() as canaries:
                with theirs:  # ours must be closed, or its end would never be seen
                    self._process = _popen(python, theirs, self._root, spec.config(self._root, canaries), self._said)
                self._control.settimeout(spec.limits.start_seconds)
                self.ready = read_ready(self._ready_line())
        except MissingLayer:
            self.stop()
            raise
        except (OSError, ValueError) as error:
            self.stop()
            late = f"it was not ready after {spec.limits.start_seconds:g} s (limits.start_seconds)"
            why = late if isinstance(error, TimeoutError) else error
            raise SandboxError(f"the sandbox's base process did not start: {why}; {self.end}") from error

    def _ready_line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            block = self._control.recv(65536)
            if not block:
                raise OSError("it ended")
            line += block
        return line

    @property
    def alive(self) -> bool:
        """Whether the process still serves calls."""
        return not self._condemned and self._process is not None and self._process.poll() is None

    def condemn(self) -> None:
        """A child's lease ended without a report: the base is dead or dying, even if it still has its process id."""
        self._condemned = True

    def child(self, *, with_files: bool) -> Link:
        """Has the base fork a child; raises OSError where the base is gone."""
        return Link(self, self._control, with_files=with_files)

    def stop(self) -> None:
        """Ends the base, which ends its children, and removes its folder; `end` then says how it ended."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        if self._process is not None:
            self.end = f"{_waited(self._process)}{_last_words(self._said)}"
        self._said.close()
        scratch.remove(self._root)


def _popen(python: str, control: socket.socket, root: str, config: str, said: IO[bytes]) -> subprocess.Popen[bytes]:
    # -P: this folder is no import path; -s: no packages from the user's home; -B: nothing is written beside sources.
    command = [python, "-P", "-s", "-B", str(BOOT), str(control.fileno()), config]
    return subprocess.Popen(  # noqa: S603 - our own worker
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        env=ENVIRONMENT,
        cwd=root,
        close_fds=True,
        pass_fds=[control.fileno()],
        start_new_session=True,
    )


def _waited(process: subprocess.Popen[bytes]) -> str:
    """How a process ended that was asked to; it is killed where it does not."""
    try:
        code = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _last_words(said: IO[bytes]) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - 1000))
    text = said.read().decode(errors="replace").strip()
    return f"\n{text}" if text else ""
