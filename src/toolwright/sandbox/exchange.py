"""One request's way to its end: what came from a child, kept as bytes, bounded, and judged elsewhere."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from toolwright.sandbox.limits import Limits
from toolwright.sandbox.worker.wire import READY

ENVELOPE: Final = 64 * 1024
"""Bytes an answer may have besides its result: an error of a few thousand characters, at up to 12 bytes each."""

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


class Reader:
    """Takes what comes from a child, no more than allowed, and decides when the exchange is over."""

    def __init__(self, exchange: Exchange, limits: Limits, clock: asyncio.Timeout) -> None:
        self._loop = asyncio.get_running_loop()
        self._exchange = exchange
        self._limits = limits
        self._clock = clock
        self._began = self._loop.time()
        self.end: asyncio.Future[EndKind] = self._loop.create_future()

    def seconds(self) -> float:
        """Time since learned code may have begun."""
        return self._loop.time() - self._began

    def over(self, kind: EndKind) -> None:
        """The first reason counts."""
        if not self.end.done():
            self.end.set_result(kind)

    def answer(self, block: bytes) -> bool:
        """Takes from the channel; False where no more is wanted."""
        if self.end.done():
            return False
        answer = self._exchange.answer
        answer += block
        if not self._exchange.started and answer.startswith(READY):
            del answer[: len(READY)]
            self._start()
        whole = b"\n" in block and b"\n" in answer
        if whole:
            del answer[answer.index(b"\n") :]  # the first line counts, whatever follows
        if len(answer) > self._limits.result_bytes + ENVELOPE:
            self.over("flood")
        elif whole:
            self.over("answer")
        return bool(block)

    def _start(self) -> None:
        self._exchange.started = True
        self._began = self._loop.time()
        if not self._clock.expired():
            self._clock.reschedule(self._began + self._limits.wall_seconds)

    def print(self, block: bytes) -> bool:
        """Takes from the output; False where no more is wanted."""
        most = self._limits.output_bytes + 1
        self._exchange.printed += block[: most - len(self._exchange.printed)]
        if len(self._exchange.printed) == most:
            self.over("printed")
            return False
        return bool(block)

    def report(self, block: bytes) -> bool:
        """Takes from the lease: how the child ended, or nothing where the base is gone."""
        self._exchange.report += block
        self.over("exit" if block else "lost")
        return bool(block)


async def exchanged(limits: Limits, until_over: Callable[[Exchange, Reader], Awaitable[EndKind]]) -> Exchange:
    """Sees a request to its end, at most as long as the limits allow.

    Args:
        limits: What the call may use.
        until_over: Sends the request, gives the reader what comes, and returns the reader's end.
    """
    exchange = Exchange()
    clock = asyncio.timeout(limits.start_seconds)
    reader = Reader(exchange, limits, clock)
    try:
        async with clock:
            exchange.kind = await until_over(exchange, reader)
    except TimeoutError:
        exchange.kind = "timeout" if exchange.started else "late"
        if reader.end.done() and not reader.end.cancelled():  # it came while this process itself was held up
            exchange.kind = reader.end.result()
    exchange.seconds = reader.seconds()
    return exchange


def pump(descriptor: int, take: Callable[[bytes], bool]) -> bool:
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
