"""Stands before a base process where descriptors cannot be passed: carries each child's bytes over stdin and stdout.

It runs in a container: `python -m toolwright.sandbox.worker.shim SETUP`. It is one loop that never waits for anybody.
Of requests and answers it knows nothing. When stdin ends the base is ended, and with it every child; when the base
ends, so does this.

Standard library and files of this folder only.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypedDict

from toolwright.sandbox.worker import scratch
from toolwright.sandbox.worker.canary import set_out
from toolwright.sandbox.worker.carried import CarriedChild
from toolwright.sandbox.worker.frames import CLOSE, END, OPEN, READY, frame, frames
from toolwright.sandbox.worker.watching import Watcher

END_SECONDS: Final = 5.0


class Setup(TypedDict):
    """What the shim is told.

    Attributes:
        boot: The path of the base's boot file.
        config: The base's `Config`, but for its folder and canaries, which are this side's.
        environment: All the base sees of an environment.
    """

    boot: str
    config: dict[str, Any]
    environment: dict[str, str]


class Shim:
    """The loop."""

    def __init__(self, control: socket.socket, ready: Callable[[], None]) -> None:
        """Takes over stdin and stdout.

        Args:
            control: The base's control socket.
            ready: Called when the base is ready.
        """
        self._control = control
        self._when_ready = ready
        self._ready = b""
        self._serving = True
        self._came = bytearray()
        self._going: deque[memoryview] = deque()
        self._children: dict[int, CarriedChild] = {}
        self._watcher = Watcher()
        for descriptor in (0, 1):
            os.set_blocking(descriptor, False)
        self._watcher.watch(0, selectors.EVENT_READ, self._from_caller)
        self._watcher.watch(control, selectors.EVENT_READ, self._from_base)

    def serve(self) -> None:
        """Serves until the caller or the base is gone."""
        while self._serving:
            self._watcher.turn()
        for child in self._children.values():
            child.read()
        with contextlib.suppress(OSError):
            os.set_blocking(1, True)
            self._to_caller()

    def _send(self, number: int, kind: int, payload: bytes) -> None:
        self._going.append(memoryview(frame(number, kind, payload)))
        self._to_caller()

    def _to_caller(self) -> None:
        try:
            while self._going:
                first = self._going[0]
                sent = os.write(1, first)
                if sent == len(first):
                    self._going.popleft()
                else:
                    self._going[0] = first[sent:]
        except BlockingIOError:
            pass
        except OSError:  # the caller is gone
            self._serving = False
            self._going.clear()
        self._watcher.watch(1, selectors.EVENT_WRITE if self._going else 0, self._to_caller)

    def _from_caller(self) -> None:
        block = os.read(0, 1 << 18)
        self._serving = bool(block) and self._serving
        self._came += block
        for number, kind, payload in frames(self._came, sys.maxsize):
            if kind == OPEN:
                self._open(number, payload)
            elif number in self._children:
                self._take(number, kind, payload)

    def _take(self, number: int, kind: int, payload: bytes) -> None:
        if kind == CLOSE:
            self._children.pop(number).close()
        else:
            self._children[number].take(kind, payload)

    def _from_base(self) -> None:
        block = self._control.recv(65536)
        self._serving = bool(block) and self._serving
        self._ready += block
        if self._ready.endswith(b"\n"):
            self._send(0, READY, self._ready)
            self._ready = b""
            self._when_ready()

    def _open(self, number: int, message: bytes) -> None:
        try:
            (channel, channel_end), (lease, lease_end) = socket.socketpair(), socket.socketpair()
            output, output_end = os.pipe()
            ends = [channel_end.fileno(), output_end, lease_end.fileno()]
            with channel_end, lease_end, os.fdopen(output_end, "wb"):
                socket.send_fds(self._control, [message], ends)
        except OSError:  # the base is gone
            self._send(number, END, b"")
            return
        self._children[number] = CarriedChild(channel, output, lease, self._watcher, partial(self._send, number))


def main(setup: Setup) -> int:
    """Starts the base, serves, and ends it; the exit code is the base's."""
    control, theirs = socket.socketpair()
    with contextlib.ExitStack() as until_ready:
        canaries = until_ready.enter_context(set_out())
        root = tempfile.mkdtemp(prefix="toolwright-")
        config = json.dumps({**setup["config"], "root": root, "canaries": canaries})
        with theirs:
            base = _popen(setup, theirs, config)
        try:
            Shim(control, until_ready.close).serve()
        finally:
            with contextlib.suppress(OSError):
                control.shutdown(socket.SHUT_RDWR)
            code = _end(base)
            scratch.remove(root)
    if code < 0:
        sys.stderr.write(f"the base was killed by {signal.Signals(-code).name}\n")
    return abs(code)


def _popen(setup: Setup, control: socket.socket, config: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own worker
        [sys.executable, "-P", "-s", "-B", setup["boot"], str(control.fileno()), config],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=setup["environment"],
        cwd=json.loads(config)["root"],
        pass_fds=[control.fileno()],
        start_new_session=True,
    )


def _end(base: subprocess.Popen[bytes]) -> int:
    try:
        return base.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        base.kill()
        return base.wait()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
