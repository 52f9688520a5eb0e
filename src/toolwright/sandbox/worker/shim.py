"""Stands before a base process where descriptors cannot be passed: carries each child's bytes over stdin and stdout.

It runs in a container: `python -m toolwright.sandbox.worker.shim SETUP`. It is one loop that never waits for anybody.
What children send is read only as far as the caller has taken what came before, so a child that floods stops itself.
Of requests and answers it knows nothing. When stdin ends the base is ended, and with it every child; when the base
ends, so does this.

Standard library and files of this folder only.
"""

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import termios
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

from toolwright.sandbox.worker import scratch
from toolwright.sandbox.worker.canary import set_out
from toolwright.sandbox.worker.frames import (
    CHANNEL,
    CLOSE,
    COUNT,
    DATA,
    END,
    FILE,
    FILED,
    OPEN,
    OUTPUT,
    READY,
    TAKEN,
    WINDOW,
    frame,
    frames,
)

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


@dataclass
class _Child:
    """One child.

    Attributes:
        number: What the caller calls it.
        channel: Our end of its channel.
        output: Where what it prints comes from; -1 when there is no more to come.
        lease: Our end of its lease.
        room: Bytes that may be sent to the caller.
        held: A block of its channel that is not sent yet.
        before: Bytes of its output that go before that block.
        file: The file that is being received, -1 for none.
        waiting: Bytes for its channel, each with a descriptor to send along, or -1.
        report: How it ended.
        open: Whether there is more to come from it.
    """

    number: int
    channel: socket.socket
    output: int
    lease: socket.socket
    room: int = WINDOW
    held: bytes = b""
    before: int = 0
    file: int = -1
    waiting: deque[tuple[bytes, int]] = field(default_factory=deque[tuple[bytes, int]])
    report: bytes | None = None
    open: bool = True


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
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        for descriptor in (0, 1):
            os.set_blocking(descriptor, False)
        self._selector.register(0, selectors.EVENT_READ, self._from_caller)
        self._selector.register(control, selectors.EVENT_READ, self._from_base)

    def serve(self) -> None:
        """Serves until the caller or the base is gone."""
        while self._serving:
            for key, _ in self._selector.select():
                key.data()
        for child in list(self._children.values()):
            self._read(child)
        with contextlib.suppress(OSError):
            os.set_blocking(1, True)
            self._to_caller()

    def _watch(self, file: int | socket.socket, events: int, action: Callable[[], None]) -> None:
        """Watches for exactly these events, 0 for none."""
        number = file if isinstance(file, int) else file.fileno()
        watched = self._selector.get_map().get(number)
        if events and watched is None:
            self._selector.register(number, events, action)
        elif events and watched is not None and watched.events != events:
            self._selector.modify(number, events, action)
        elif not events and watched is not None:
            self._selector.unregister(number)

    # Between the caller and this.

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
        self._watch(1, selectors.EVENT_WRITE if self._going else 0, self._to_caller)

    def _from_caller(self) -> None:
        block = os.read(0, 1 << 18)
        self._serving = bool(block) and self._serving
        self._came += block
        for number, kind, payload in frames(self._came, sys.maxsize):
            child = self._children.get(number)
            if kind == OPEN:
                self._open(number, payload)
            elif child is not None:
                self._take(child, kind, payload)

    def _take(self, child: _Child, kind: int, payload: bytes) -> None:
        if kind == DATA:
            child.waiting.append((payload, -1))
            self._write(child)
        elif kind == FILE:
            _keep(child, payload)
        elif kind == FILED:
            child.waiting.append((payload, _kept(child)))
            self._write(child)
        elif kind == TAKEN:
            child.room += COUNT.unpack(payload)[0]
            self._read(child)
        elif kind == CLOSE:
            self._close(child)

    # Between the base and this.

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
        for end in (channel, lease):
            end.setblocking(False)
        os.set_blocking(output, False)
        self._children[number] = child = _Child(number, channel, output, lease)
        self._watch(lease, selectors.EVENT_READ, lambda: self._ended(child))
        self._watch_child(child)

    # Between a child and this.

    def _watch_child(self, child: _Child) -> None:
        reading = selectors.EVENT_READ if child.open and child.room > 0 else 0
        writing = selectors.EVENT_WRITE if child.waiting else 0
        if child.output >= 0:
            self._watch(child.output, reading, lambda: self._read(child))
        if child.channel.fileno() >= 0:
            self._watch(child.channel, reading | writing, lambda: self._serve_channel(child))

    def _serve_channel(self, child: _Child) -> None:
        self._write(child)
        self._read(child)

    def _read(self, child: _Child) -> None:
        """Carries what came from a child, as far as there is room, and its end after it."""
        while child.open and child.room > 0:
            if not child.held:
                child.held = self._block(child, CHANNEL)
                child.before = _readable(child.output)
            self._carry_output(child)
            if child.before:
                break
            if not child.held:
                if child.report is not None:
                    self._send(child.number, END, child.report)
                    child.open = False
                break
            self._carry(child, CHANNEL, child.held)
            child.held = b""
        self._watch_child(child)

    def _carry_output(self, child: _Child) -> None:
        """Carries at least what was printed before the block that is held, but does not wait for a flood to end."""
        while child.room > 0 and child.before:
            block = self._block(child, OUTPUT)
            child.before = max(0, child.before - len(block)) if block else 0
            if block:
                self._carry(child, OUTPUT, block)

    def _carry(self, child: _Child, kind: int, block: bytes) -> None:
        child.room -= len(block)
        self._send(child.number, kind, block)

    def _block(self, child: _Child, kind: int) -> bytes:
        """What can be read at once; nothing where there is nothing now, or no more to come."""
        block = b""
        with contextlib.suppress(OSError):
            try:
                block = os.read(child.output, WINDOW) if kind == OUTPUT else child.channel.recv(WINDOW)
            except BlockingIOError:
                return b""
        if not block:
            self._end_stream(child, kind)
        return block

    def _end_stream(self, child: _Child, kind: int) -> None:
        if kind == OUTPUT and child.output >= 0:
            self._watch(child.output, 0, self._to_caller)
            os.close(child.output)
            child.output = -1
        elif kind == CHANNEL and child.channel.fileno() >= 0:
            self._drop_waiting(child)
            self._watch(child.channel, 0, self._to_caller)
            child.channel.close()

    def _write(self, child: _Child) -> None:
        try:
            while child.waiting and child.channel.fileno() >= 0:
                payload, file = child.waiting[0]
                if file >= 0:
                    socket.send_fds(child.channel, [payload], [file])
                    os.close(file)
                    sent = len(payload)
                else:
                    sent = child.channel.send(payload)
                if sent == len(payload):
                    child.waiting.popleft()
                else:
                    child.waiting[0] = (payload[sent:], -1)
        except BlockingIOError:
            pass
        except OSError:  # the child is gone: its lease says how
            self._drop_waiting(child)
        if child.open:
            self._watch_child(child)

    def _drop_waiting(self, child: _Child) -> None:
        while child.waiting:
            _, file = child.waiting.popleft()
            if file >= 0:
                os.close(file)

    def _ended(self, child: _Child) -> None:
        """The base said how the child ended, or is gone: all the child ever sent is here by now."""
        if child.lease.fileno() < 0:
            return  # closed since the selector looked
        try:
            child.report = child.lease.recv(4096)
        except OSError:
            child.report = b""
        self._watch(child.lease, 0, self._to_caller)
        self._read(child)

    def _close(self, child: _Child) -> None:
        del self._children[child.number]
        child.open = False
        self._end_stream(child, OUTPUT)
        self._end_stream(child, CHANNEL)
        self._watch(child.lease, 0, self._to_caller)
        with contextlib.suppress(OSError):
            child.lease.shutdown(socket.SHUT_RDWR)
        child.lease.close()
        if child.file >= 0:
            os.close(child.file)


def _readable(output: int) -> int:
    """How many bytes can be read; at least one, so that the end is noticed too."""
    count = bytearray(4)
    with contextlib.suppress(OSError, ValueError):  # it may have ended already
        fcntl.ioctl(output, termios.FIONREAD, count)
    return max(1, int.from_bytes(count, sys.byteorder))


def _keep(child: _Child, payload: bytes) -> None:
    if child.file < 0:
        child.file = os.memfd_create("file", os.MFD_CLOEXEC)
    view = memoryview(payload)
    while view:
        view = view[os.write(child.file, view) :]


def _kept(child: _Child) -> int:
    """A descriptor of the kept file that reads from its beginning and cannot write."""
    _keep(child, b"")
    reader = os.open(f"/proc/self/fd/{child.file}", os.O_RDONLY | os.O_CLOEXEC)
    os.close(child.file)
    child.file = -1
    return reader


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
