"""One child's bytes on their way between its descriptors and the caller; standard library only, part of the worker.

What the child sends is read only as far as the caller has taken what came before, so a child that floods stops itself.
"""

import contextlib
import fcntl
import os
import selectors
import socket
import sys
import termios
from collections import deque
from collections.abc import Callable

from toolwright.sandbox.worker.frames import CHANNEL, COUNT, DATA, END, FILE, FILED, OUTPUT, TAKEN, WINDOW
from toolwright.sandbox.worker.watching import Watcher


class CarriedChild:
    """The shim's end of one child. What a frame from the caller or a ready descriptor asks for is done without waiting.

    The block of the channel that was read last is held back until what was printed before it has been sent.
    """

    def __init__(
        self,
        channel: socket.socket,
        output: int,
        lease: socket.socket,
        watcher: Watcher,
        send: Callable[[int, bytes], None],
    ) -> None:
        """Takes the descriptors over and watches them.

        Args:
            channel: Our end of its channel.
            output: Where what it prints comes from.
            lease: Our end of its lease.
            watcher: The loop's.
            send: Sends the caller a frame of this child's: kind and payload.
        """
        self._channel = channel
        self._output = output  # -1 when there is no more to come
        self._lease = lease
        self._watcher = watcher
        self._send = send
        self._room = WINDOW  # bytes that may be sent to the caller
        self._held = b""  # a block of its channel that is not sent yet
        self._before = 0  # bytes of its output that go before that block
        self._file = -1  # the file that is being received
        self._waiting: deque[tuple[bytes, int]] = (
            deque()
        )  # for its channel, each with a descriptor to send along, or -1
        self._report: bytes | None = None  # how it ended
        self._open = True  # whether there is more to come from it
        for descriptor in (channel.fileno(), output, lease.fileno()):
            os.set_blocking(descriptor, False)
        watcher.watch(lease, selectors.EVENT_READ, self._ended)
        self._watch()

    def take(self, kind: int, payload: bytes) -> None:
        """Does what a frame of the caller's asks for."""
        if kind == DATA:
            self._waiting.append((payload, -1))
            self._write()
        elif kind == FILE:
            self._keep(payload)
        elif kind == FILED:
            self._waiting.append((payload, self._kept()))
            self._write()
        elif kind == TAKEN:
            self._room += COUNT.unpack(payload)[0]
            self.read()

    def read(self) -> None:
        """Carries what came from the child, as far as there is room, and its end after it."""
        while self._open and self._room > 0:
            if not self._held:
                self._held = self._block(CHANNEL)
                self._before = _readable(self._output)
            self._carry_output()
            if self._before:
                break
            if not self._held:
                self._carry_end()
                break
            self._carry(CHANNEL, self._held)
            self._held = b""
        self._watch()

    def close(self) -> None:
        """Lets go of the child, which has the base kill it."""
        self._open = False
        self._end_output()
        self._end_channel()
        self._watcher.forget(self._lease)
        with contextlib.suppress(OSError):
            self._lease.shutdown(socket.SHUT_RDWR)
        self._lease.close()
        if self._file >= 0:
            os.close(self._file)

    def _watch(self) -> None:
        reading = selectors.EVENT_READ if self._open and self._room > 0 else 0
        writing = selectors.EVENT_WRITE if self._waiting else 0
        if self._output >= 0:
            self._watcher.watch(self._output, reading, self.read)
        if self._channel.fileno() >= 0:
            self._watcher.watch(self._channel, reading | writing, self._serve_channel)

    def _serve_channel(self) -> None:
        self._write()
        self.read()

    def _ended(self) -> None:
        """The base said how the child ended, or is gone: all the child ever sent is here by now."""
        if self._lease.fileno() < 0:
            return  # closed since the selector looked
        try:
            self._report = self._lease.recv(4096)
        except OSError:
            self._report = b""
        self._watcher.forget(self._lease)
        self.read()

    # From the child to the caller.

    def _carry(self, kind: int, block: bytes) -> None:
        self._room -= len(block)
        self._send(kind, block)

    def _carry_output(self) -> None:
        """Carries at least what was printed before the block that is held, but does not wait for a flood to end."""
        while self._room > 0 and self._before:
            block = self._block(OUTPUT)
            self._before = max(0, self._before - len(block)) if block else 0
            if block:
                self._carry(OUTPUT, block)

    def _carry_end(self) -> None:
        if self._report is not None:
            self._send(END, self._report)
            self._open = False

    def _block(self, kind: int) -> bytes:
        """What can be read at once; nothing where there is nothing now, or no more to come."""
        block = b""
        with contextlib.suppress(OSError):
            try:
                block = os.read(self._output, WINDOW) if kind == OUTPUT else self._channel.recv(WINDOW)
            except BlockingIOError:
                return b""
        if not block:
            (self._end_output if kind == OUTPUT else self._end_channel)()
        return block

    def _end_output(self) -> None:
        if self._output >= 0:
            self._watcher.forget(self._output)
            os.close(self._output)
            self._output = -1

    def _end_channel(self) -> None:
        if self._channel.fileno() >= 0:
            self._drop_waiting()
            self._watcher.forget(self._channel)
            self._channel.close()

    # From the caller to the child.

    def _write(self) -> None:
        try:
            while self._waiting and self._channel.fileno() >= 0:
                self._write_first()
        except BlockingIOError:
            pass
        except OSError:  # the child is gone: its lease says how
            self._drop_waiting()
        if self._open:
            self._watch()

    def _write_first(self) -> None:
        payload, file = self._waiting[0]
        if file >= 0:
            socket.send_fds(self._channel, [payload], [file])
            os.close(file)
            sent = len(payload)
        else:
            sent = self._channel.send(payload)
        if sent == len(payload):
            self._waiting.popleft()
        else:
            self._waiting[0] = (payload[sent:], -1)

    def _drop_waiting(self) -> None:
        while self._waiting:
            _, file = self._waiting.popleft()
            if file >= 0:
                os.close(file)

    def _keep(self, payload: bytes) -> None:
        if self._file < 0:
            self._file = os.memfd_create("file", os.MFD_CLOEXEC)
        view = memoryview(payload)
        while view:
            view = view[os.write(self._file, view) :]

    def _kept(self) -> int:
        """A descriptor of the kept file that reads from its beginning and cannot write."""
        self._keep(b"")
        reader = os.open(f"/proc/self/fd/{self._file}", os.O_RDONLY | os.O_CLOEXEC)
        os.close(self._file)
        self._file = -1
        return reader


def _readable(output: int) -> int:
    """How many bytes can be read; at least one, so that the end is noticed too."""
    count = bytearray(4)
    with contextlib.suppress(OSError, ValueError):  # it may have ended already
        fcntl.ioctl(output, termios.FIONREAD, count)
    return max(1, int.from_bytes(count, sys.byteorder))
