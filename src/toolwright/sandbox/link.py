"""The caller's end of one child: sends a request, watches channel, output and lease.

The child is hostile once it has learned source: dropping the lease is all it takes to have it killed.
"""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Callable, Mapping, Sequence

from toolwright.sandbox.exchange import EndKind, Exchange, Reader, exchanged, pump
from toolwright.sandbox.limits import Limits
from toolwright.sandbox.server import Server
from toolwright.sandbox.worker.wire import FILE, FORK, FORK_WITH_FILES


class Link:
    """One child, from fork to end. `close` kills it, whatever it is doing."""

    def __init__(self, server: Server, control: socket.socket, *, with_files: bool) -> None:
        """Has the base fork a child, over its control socket; raises OSError where the base is gone."""
        self.server = server
        self._channel, channel = socket.socketpair()
        self._lease, lease = socket.socketpair()
        self._output, output = os.pipe()
        self._closed = False
        try:
            kind = FORK_WITH_FILES if with_files else FORK
            socket.send_fds(control, [kind], [channel.fileno(), output, lease.fileno()])
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
                socket.send_fds(self._channel, [FILE], [descriptor])
            finally:
                os.close(descriptor)

    async def exchange(self, payload: bytes, limits: Limits) -> Exchange:
        """Sends a request and waits for its end, at most as long as the limits allow."""
        return await exchanged(limits, lambda _, reader: self._until_over(payload, reader))

    async def _until_over(self, payload: bytes, reader: Reader) -> EndKind:
        channel, lease = self._channel.fileno(), self._lease.fileno()

        def lease_readable(block: bytes) -> bool:
            pump(channel, reader.answer)  # all the child ever wrote is here by now
            return reader.report(block)

        watched: dict[int, Callable[[bytes], bool]] = {
            self._output: reader.print,
            channel: reader.answer,
            lease: lease_readable,
        }
        loop = asyncio.get_running_loop()
        try:
            for descriptor, take in watched.items():
                _watch(loop, descriptor, take)
            with contextlib.suppress(OSError):  # the child is gone: its lease says how
                await loop.sock_sendall(self._channel, payload)
            return await reader.end
        finally:
            pump(self._output, reader.print)  # printed before the answer was sent
            for descriptor in watched:
                loop.remove_reader(descriptor)


def _watch(loop: asyncio.AbstractEventLoop, descriptor: int, take: Callable[[bytes], bool]) -> None:
    def readable() -> None:
        if not pump(descriptor, take):
            loop.remove_reader(descriptor)

    loop.add_reader(descriptor, readable)


def request_line(request: Mapping[str, object]) -> bytes:
    """A request as the child reads it."""
    return json.dumps(request).encode("ascii") + b"\n"
