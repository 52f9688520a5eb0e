"""The connections of the live page: a bounded number, none idle for long, and every answer with its headers.

Example:
    connections = Connections(runner.server, headers, idle=20.0, most=CONNECTIONS)
    await loop.create_server(connections, sock=listener)
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

CONNECTIONS: Final = 128
"""How many may be open at once: four for each page that may follow a run."""
_FULL: Final = b"Too many connections are open; close a page, or try again in a minute."


class Connections:
    """Makes the protocol of each connection that is opened; those beyond the bound hear so, and are closed.

    Args:
        server: Handles their requests.
        headers: Those of answers that reach no handler.
        idle: Seconds after which a connection that asks nothing is closed.
        most: How many may be open at once.
    """

    def __init__(self, server: web.Server, headers: Mapping[str, str], *, idle: float, most: int) -> None:
        self._server, self._headers, self._idle, self._most = server, headers, idle, most
        self._logger = _logger()

    def __call__(self) -> asyncio.BaseProtocol:
        """The protocol of a new connection."""
        if len(self._server.connections) >= self._most:
            return _Refused(self._headers)
        return _Connection(self._server, self._headers, idle=self._idle, logger=self._logger)


class _Connection(web.RequestHandler):
    """Answers with the protecting headers also what the library's parser refuses, before any handler hears of it."""

    def __init__(self, server: web.Server, headers: Mapping[str, str], *, idle: float, logger: logging.Logger) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=idle,
            access_log=cast("logging.Logger", None),  # none: an address may hold the token
            logger=logger,
        )
        self._headers = headers

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        response = super().handle_error(request, status, exc, message)
        response.headers.update(self._headers)
        return response


class _Refused(asyncio.Protocol):
    """Says that there are too many, and closes."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        told = {**self._headers, "Retry-After": "10", "Connection": "close", "Content-Length": str(len(_FULL))}
        head = "".join(f"{name}: {value}\r\n" for name, value in {**told, "Content-Type": "text/plain"}.items())
        sending = cast("asyncio.WriteTransport", transport)
        sending.write(f"HTTP/1.1 503 Service Unavailable\r\n{head}\r\n".encode() + _FULL)
        sending.close()


def _logger() -> logging.Logger:
    """Says on standard error what is our fault; bad requests and broken connections are the other side's."""
    logger = logging.Logger("toolwright.view", logging.ERROR)
    logger.addHandler(logging.StreamHandler())
    logger.addFilter(_is_ours)
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | ConnectionError))
