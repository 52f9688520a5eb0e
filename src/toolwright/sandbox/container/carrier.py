"""Carries frames to and from a process over its stdin and stdout, in one thread; nobody else ever waits for it.

The other side is not trusted: a frame that is too long ends the connection.
"""

import contextlib
import os
import selectors
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from typing import IO, Final

from toolwright.sandbox.worker.frames import frame, frames

LONGEST: Final = 4 << 20
"""Bytes of the longest frame that may come: the line the base says when it is ready."""

CROWDED: Final = 1 << 20
"""Bytes on their way from which `send_when_free` waits."""

WORDS: Final = 4096
"""Bytes kept of what the process said on stderr."""

LAST_BLOCKS: Final = 16
"""Blocks of stderr still read when stdout has ended."""


class Carrier:
    """The connection to one process.

    Attributes:
        ended: Set when there is nothing more to come.
        broken: Whether that is because the other side broke the rules.
        words: The end of what the process said on stderr.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], take: Callable[[int, int, bytes], None], end: Callable[[], None]
    ) -> None:
        """Starts carrying.

        Args:
            process: It was started with three pipes, which this takes over.
            take: Is given each frame that comes, in the carrier's thread; ValueError ends the connection.
            end: Is called, in that thread, when no more will come.
        """
        self._in, self._out, self._err = (pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe)
        self._take = take
        self._end = end
        self.ended = threading.Event()
        self.broken = False
        self.words = b""
        self._came = bytearray()
        self._going: deque[memoryview] = deque()
        self._size = 0
        self._changed = threading.Condition()
        self._closing = False
        self._wake, self._waker = os.pipe()
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe.fileno(), False)
        os.set_blocking(self._wake, False)
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, name="toolwright-container", daemon=True)
        self._thread.start()

    def send(self, number: int, kind: int, payload: bytes = b"") -> None:
        """Sends a frame, when its turn comes; BrokenPipeError where the connection has ended."""
        data = memoryview(frame(number, kind, payload))
        with self._changed:
            if self._closing or self.ended.is_set():
                raise BrokenPipeError("the container is gone")
            self._going.append(data)
            self._size += len(data)
            self._rouse()

    def send_when_free(self, number: int, kind: int, payload: bytes) -> None:
        """Sends a frame once there is little on its way; blocks until then."""
        with self._changed:
            self._changed.wait_for(lambda: self._size < CROWDED or self._closing or self.ended.is_set())
        self.send(number, kind, payload)

    def close(self) -> None:
        """Closes the process's stdin; what it still says is taken."""
        with self._changed:
            if not self.ended.is_set():
                self._closing = True
                self._rouse()

    def join(self, seconds: float) -> None:
        """Waits for the end of the connection, at most so long."""
        self._thread.join(seconds)

    def _rouse(self) -> None:
        os.write(self._waker, b"\0")

    def _run(self) -> None:
        self._selector.register(self._wake, selectors.EVENT_READ, self._woken)
        self._selector.register(self._out, selectors.EVENT_READ, self._read)
        self._selector.register(self._err, selectors.EVENT_READ, self._listen)
        try:
            while self._out.fileno() in self._selector.get_map():
                for key, _ in self._selector.select():
                    key.data()
        except ValueError:
            self.broken = True
        except OSError:
            pass  # it broke off
        finally:
            self._finish()

    def _finish(self) -> None:
        with contextlib.suppress(OSError, KeyError):  # there is nothing more, or it was closed already
            for _ in range(LAST_BLOCKS):
                self._listen()
        with self._changed:
            self.ended.set()
            self._going.clear()
            self._size = 0
            self._changed.notify_all()
            self._selector.close()
            for pipe in (self._in, self._out, self._err):
                with contextlib.suppress(OSError):
                    pipe.close()
            for end in (self._wake, self._waker):
                os.close(end)
        self._end()

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 4096)
        self._write()

    def _write(self) -> None:
        with self._changed:
            if self._in.closed:
                return
            try:
                self._write_some()
            except OSError:  # what it still says will tell
                self._going.clear()
                self._size = 0
                self._closing = True
            self._changed.notify_all()
            watched = self._in.fileno() in self._selector.get_map()
            if self._going and not watched:
                self._selector.register(self._in, selectors.EVENT_WRITE, self._write)
            elif not self._going and watched:
                self._selector.unregister(self._in)
            if self._closing and not self._going:
                _close(self._in)

    def _write_some(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._going:
                sent = os.write(self._in.fileno(), self._going[0])
                self._size -= sent
                self._going[0] = self._going[0][sent:]
                if not self._going[0]:
                    self._going.popleft()

    def _read(self) -> None:
        block = os.read(self._out.fileno(), 1 << 18)
        if not block:
            self._selector.unregister(self._out)
            return
        self._came += block
        for number, kind, payload in frames(self._came, LONGEST):
            self._take(number, kind, payload)

    def _listen(self) -> None:
        block = os.read(self._err.fileno(), 65536)
        self.words = (self.words + block)[-WORDS:]
        if not block:
            self._selector.unregister(self._err)


def _close(pipe: IO[bytes]) -> None:
    with contextlib.suppress(OSError):
        pipe.close()
