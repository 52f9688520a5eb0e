"""The caller's end of one child in a container: the same exchange as a `Link`'s, over frames."""

import asyncio
import contextlib
import os
import stat
import threading
from collections.abc import Callable, Sequence
from typing import Final

from toolwright.errors import SandboxError
from toolwright.sandbox.container.carrier import Carrier
from toolwright.sandbox.container.inbox import MOST, Inbox
from toolwright.sandbox.exchange import EndKind, Exchange, Reader, exchanged
from toolwright.sandbox.limits import Limits
from toolwright.sandbox.server import Server
from toolwright.sandbox.worker import frames
from toolwright.sandbox.worker.wire import FILE

PART: Final = 1 << 18
"""Bytes of a file, or of a request, in one frame."""

AT_ONCE: Final = 8
"""Blocks taken before the event loop's others have their turn."""


class _Taker:
    """Gives a reader what came, output of the time before it heard that the child is ready after that.

    The shim sends what was printed before an answer ahead of it, and so what was printed just after "ready" too.
    """

    def __init__(self, exchange: Exchange, reader: Reader) -> None:
        self._exchange = exchange
        self._reader = reader
        self._early = bytearray()

    def takes(self) -> dict[int, Callable[[bytes], object]]:
        """What to do with each kind of frame."""
        return {frames.CHANNEL: self._answer, frames.OUTPUT: self._print, frames.END: self._report}

    def _print(self, block: bytes) -> None:
        self._early += block
        if self._exchange.started or len(self._early) > MOST:
            self._flush()

    def _answer(self, block: bytes) -> None:
        self._reader.answer(block)
        if self._exchange.started:
            self._flush()

    def _report(self, block: bytes) -> None:
        self._flush()
        self._reader.report(block)

    def _flush(self) -> None:
        if self._early:
            self._reader.print(bytes(self._early))
            self._early.clear()


class RemoteLink:
    """One child, from fork to end. `close` has it killed, whatever it is doing."""

    def __init__(self, server: Server, carrier: Carrier, number: int, forget: Callable[[int], None]) -> None:
        """The child was asked for, by this number; `forget` is told when nothing more of it is wanted."""
        self.server = server
        self.inbox = Inbox(self._tell_taken)
        self._carrier = carrier
        self._number = number
        self._forget = forget
        self._files: list[int] = []
        self._reading = threading.Lock()
        self._closed = False

    def _tell_taken(self, count: int) -> None:
        with contextlib.suppress(OSError):  # the container is gone, which shows
            self._carrier.send(self._number, frames.TAKEN, frames.COUNT.pack(count))

    def close(self) -> None:
        """Lets go of the child: the base kills what is left of it."""
        if not self._closed:
            self._closed = True
            self._forget(self._number)
            self._close_files()
            with contextlib.suppress(OSError):
                self._carrier.send(self._number, frames.CLOSE)

    def send_files(self, paths: Sequence[str]) -> None:
        """Opens the call's files, which go ahead of its request; OSError where one cannot be opened."""
        for path in paths:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self._files.append(descriptor)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(f"{path} is no plain file")

    async def exchange(self, payload: bytes, limits: Limits) -> Exchange:
        """Sends a request and waits for its end, at most as long as the limits allow.

        Raises:
            SandboxError: A file of the call's cannot be read.
        """
        return await exchanged(limits, lambda exchange, reader: self._until_over(payload, exchange, reader))

    async def _until_over(self, payload: bytes, exchange: Exchange, reader: Reader) -> EndKind:
        loop = asyncio.get_running_loop()
        takes = _Taker(exchange, reader).takes()

        def take() -> None:
            for _ in range(AT_ONCE):
                if reader.end.done() or (item := self.inbox.take()) is None:
                    return
                takes[item[0]](item[1])
            loop.call_soon(take)  # after others had their turn, the clock among them

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed with the exchange unfinished
                loop.call_soon_threadsafe(take)

        self.inbox.watch(wake)
        try:
            take()
            with contextlib.suppress(BrokenPipeError):  # the container is gone, which shows
                await self._send_files()
                for start in range(0, len(payload), PART):
                    self._carrier.send(self._number, frames.DATA, payload[start : start + PART])
            return await reader.end
        finally:
            self.inbox.watch(None)

    async def _send_files(self) -> None:
        for descriptor in tuple(self._files):
            try:
                await asyncio.to_thread(self._send_file, descriptor)
            except BrokenPipeError:
                raise
            except OSError as error:
                raise SandboxError(f"a task's file cannot be given to the function: {error}") from error
        self._close_files()

    def _send_file(self, descriptor: int) -> None:
        place = 0
        while part := self._part(descriptor, place):
            self._carrier.send_when_free(self._number, frames.FILE, part)
            place += len(part)
        self._carrier.send(self._number, frames.FILED, FILE)

    def _part(self, descriptor: int, place: int) -> bytes:
        with self._reading:  # the exchange may be given up meanwhile, and the descriptor's number another file's
            return os.pread(descriptor, PART, place) if descriptor in self._files else b""

    def _close_files(self) -> None:
        with self._reading:
            while self._files:
                os.close(self._files.pop())
