"""The caller's end of one child: sends a request, watches channel, output and lease, and says how the exchange ended.

The child is hostile once it has learned source: what it sends is kept as bytes, bounded, and judged elsewhere.
"""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from toolwright.sandbox.base_process import BaseProcess
from toolwright.sandbox.limits import Limits

READY: Final = b"ready\n"
ENVELOPE: Final = 4096
"""Bytes an answer may have besides its result."""

EndKind = Literal["answer", "flood", "printed", "exit", "timeout", "late", "lost"]


@dataclass
class Exchange:
    """One request's way to its end.

    Attributes:
        kind: An answer came; it was too long; too much was printed; the child ended; time was up;
            it was never ready; the base was lost.
        started: Whether learned code may have begun.
        answer: The line the child sent after "ready".
        printed: What it printed, at most one byte more than allowed.
        report: What the base said of the child's end.
        seconds: Wall-clock time of the learned code.
    """

    kind: EndKind = "lost"
    started: bool = False
    answer: bytearray = field(default_factory=bytearray)
    printed: bytearray = field(default_factory=bytearray)
    report: bytes = b""
    seconds: float = 0.0


class Link:
    """One child, from fork to end. `close` kills it, whatever it is doing."""

    def __init__(self, base: BaseProcess) -> None:
        """Has the base fork a child; raises OSError where the base is gone."""
        self.base = base
        self._channel, channel = socket.socketpair()
        self._lease, lease = socket.socketpair()
        self._output, output = os.pipe()
        self._closed = False
        try:
            base.hand_over([channel.fileno(), output, lease.fileno()])
        except OSError:
            self.close()
            raise
        finally:
            channel.close()
            lease.close()
            os.close(output)
        self._channel.setblocking(False)
        self._lease.setblocking(False)
        os.set_blocking(self._output, False)

    def close(self) -> None:
        """Lets go of the child: the base kills what is left of it."""
        if not self._closed:
            self._closed = True
            self._channel.close()
            with contextlib.suppress(OSError):
                self._lease.shutdown(socket.SHUT_RDWR)
            self._lease.close()
            os.close(self._output)

    def send_files(self, paths: Sequence[str]) -> None:
        """Sends open descriptors of the call's files; raises OSError where one cannot be opened or sent."""
        for path in paths:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                socket.send_fds(self._channel, [b"F"], [descriptor])
            finally:
                os.close(descriptor)

    async def exchange(self, payload: bytes, limits: Limits) -> Exchange:
        """Sends a request and waits for its end, at most as long as the limits allow."""
        loop = asyncio.get_running_loop()
        end: asyncio.Future[EndKind] = loop.create_future()
        exchange = Exchange()
        began = loop.time()
        try:
            async with asyncio.timeout(limits.start_seconds) as clock:

                def started() -> None:
                    nonlocal began
                    began = loop.time()
                    exchange.started = True
                    clock.reschedule(began + limits.wall_seconds)

                self._watch(loop, _Reader(exchange, limits, end, started))
                with contextlib.suppress(OSError):  # the child is gone: its lease says how
                    await loop.sock_sendall(self._channel, payload)
                exchange.kind = await end
        except TimeoutError:
            exchange.kind = "timeout" if exchange.started else "late"
        finally:
            for descriptor in (self._channel, self._lease, self._output):
                loop.remove_reader(descriptor)
        exchange.seconds = loop.time() - began
        return exchange

    def _watch(self, loop: asyncio.AbstractEventLoop, reader: "_Reader") -> None:
        def on(descriptor: int, take: Callable[[bytes], bool]) -> None:
            def readable() -> None:
                if not _pump(descriptor, take):
                    loop.remove_reader(descriptor)

            loop.add_reader(descriptor, readable)

        def take_printed() -> None:
            _pump(self._output, reader.print)

        def take_answer() -> None:
            _pump(self._channel.fileno(), reader.answer)

        reader.last_words = (take_answer, take_printed)
        on(self._output, reader.print)
        on(self._channel.fileno(), reader.answer)
        on(self._lease.fileno(), reader.report)


class _Reader:
    """Takes what comes and decides when the exchange is over."""

    last_words: Sequence[Callable[[], None]] = ()

    def __init__(
        self, exchange: Exchange, limits: Limits, end: asyncio.Future[EndKind], started: Callable[[], None]
    ) -> None:
        self._exchange = exchange
        self._limits = limits
        self._end = end
        self._started = started

    def _over(self, kind: EndKind) -> None:
        if not self._end.done():
            self._end.set_result(kind)

    def answer(self, block: bytes) -> bool:
        exchange = self._exchange
        exchange.answer += block
        if not exchange.started and exchange.answer.startswith(READY):
            del exchange.answer[: len(READY)]
            self._started()
        if b"\n" in block and b"\n" in exchange.answer:
            del exchange.answer[exchange.answer.index(b"\n") :]  # the first line counts, whatever follows
            self._over("answer")
            self.last_words[1]()
            return False
        elif len(exchange.answer) > self._limits.result_bytes + ENVELOPE:
            self._over("flood")
            return False
        return bool(block)

    def print(self, block: bytes) -> bool:
        most = self._limits.output_bytes + 1
        self._exchange.printed += block[: most - len(self._exchange.printed)]
        if len(self._exchange.printed) == most:
            self._over("printed")
            return False
        return bool(block)

    def report(self, block: bytes) -> bool:
        for take in self.last_words:  # all the child ever wrote is here by now
            take()
        self._exchange.report += block
        self._over("exit" if block else "lost")
        return bool(block)


def _pump(descriptor: int, take: Callable[[bytes], bool]) -> bool:
    """Takes all there is to read; False where there is no more to come or no more is wanted."""
    while True:
        try:
            block = os.read(descriptor, 65536)
        except BlockingIOError:
            return True
        except OSError:
            return take(b"")
        if not take(block) or not block:
            return False


def request_line(request: dict[str, object]) -> bytes:
    """A request as the child reads it."""
    return json.dumps(request).encode("ascii") + b"\n"
