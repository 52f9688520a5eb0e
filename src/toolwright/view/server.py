"""The server of the live page: one run, read only, to whom `access` lets in.

    GET /                  the page; it fetches the rest
    GET /documents/NAME    a document as JSON (toolwright.report.documents)
    GET /events            server-sent events: {"ordinal": N} at once and whenever the run changed

Example:
    async with serving(content, "127.0.0.1", 0) as door:
        print(door.url)
        await asyncio.Event().wait()
"""

import asyncio
import gzip
import json
import re
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, closing
from typing import Final, NamedTuple, cast

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from toolwright.errors import ConfigError
from toolwright.view.access import METHODS, Door, is_loopback
from toolwright.view.building import LiveDocuments
from toolwright.view.connections import CONNECTIONS, Connections
from toolwright.view.watching import Mark, TooManyListeners, Watch

PATIENCE: Final = 20.0
"""Seconds that a reader may take for a piece of an answer, or for a request, before the connection is cut."""
_PIECE: Final = 128 * 1024
_NAME: Final = re.compile(r"[a-z]{1,20}(/[0-9]{1,15}(-[0-9]{1,15})?){0,2}")
"""What a document can be called; a name never reaches a file system."""
_POLICY: Final = "Content-Security-Policy"
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Server": "toolwright",
}
_OPENER: Final = {"Cross-Origin-Opener-Policy": "same-origin"}
"""Heeded by browsers on loopback and over TLS only; elsewhere they log an error."""


class Content(NamedTuple):
    """What is served.

    Attributes:
        page: The page's HTML.
        policy: Its content-security policy.
        documents: What it shows.
        watch: Tells when that changed.
    """

    page: str
    policy: str
    documents: LiveDocuments
    watch: Watch


@asynccontextmanager
async def serving(
    content: Content, host: str, port: int, patience: float = PATIENCE, most: int = CONNECTIONS
) -> AsyncGenerator[Door]:
    """Serves until the block ends; gives the door, whose `url` is what to open.

    Args:
        content: What is served.
        host: The address or name to listen on.
        port: The port; 0 for any that is free.
        patience: Seconds that a reader may take for a piece of an answer, and for the next request.
        most: How many connections may be open at once.

    Raises:
        ConfigError: It cannot listen there.
    """
    listener = _listening(host, port)
    door = Door.at(host, listener.getsockname()[1], socket.gethostname())
    runner = web.AppRunner(
        application(door, content, patience),
        handler_cancellation=True,
        shutdown_timeout=0.2,  # who follows the run never ends by itself
    )
    await runner.setup()
    connections = Connections(cast("web.Server", runner.server), _protecting(door), idle=patience, most=most)
    try:
        with closing(await asyncio.get_running_loop().create_server(connections, sock=listener)):
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(content.watch.run())
                yield door
                watching.cancel()
    finally:
        await runner.cleanup()
        listener.close()


def application(door: Door, content: Content, patience: float = PATIENCE) -> web.Application:
    """The routes behind their door; needs `content.watch.run()` beside it."""
    routes = _Routes(content, patience)
    app = web.Application(middlewares=[_guard(door)])
    app.router.add_get("/", routes.page)
    app.router.add_get("/documents/{name:.+}", routes.document)
    app.router.add_get("/events", routes.events)
    app.on_response_prepare.append(_secured(door))
    return app


class _Routes:
    """The answers, to who was let in."""

    def __init__(self, content: Content, patience: float) -> None:
        self._content, self._patience = content, patience
        self._page = gzip.compress(content.page.encode(), mtime=0)
        self._policy = f"{content.policy}; frame-ancestors 'none'"

    async def page(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "text/html; charset=utf-8", _POLICY: self._policy}
        return await self._send(request, self._page, headers)

    async def document(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if not _NAME.fullmatch(name):
            raise web.HTTPNotFound(text="There is no such document.")
        try:
            body = await self._content.documents.read(name)
        except KeyError:
            raise web.HTTPNotFound(text="There is no such document.") from None
        if any(tag.value in {body.digest, "*"} for tag in request.if_none_match or ()):
            return web.Response(status=304, headers={"ETag": f'W/"{body.digest}"'})
        headers = {"Content-Type": "application/json; charset=utf-8", "ETag": f'W/"{body.digest}"'}
        return await self._send(request, body.packed, headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        if request.method == "HEAD":
            return response
        async with aclosing(self._content.watch.follow()) as marks:
            try:
                mark = await anext(marks)  # before anything is sent: there may be no place left
            except TooManyListeners as error:
                raise web.HTTPServiceUnavailable(text=str(error), headers={"Retry-After": "10"}) from None
            await response.prepare(request)
            await self._write(request, response, _message(mark))
            async for mark in marks:
                await self._write(request, response, _message(mark))
        return response

    async def _send(self, request: web.Request, packed: bytes, headers: dict[str, str]) -> web.StreamResponse:
        """Sends a whole body in pieces, each of which must be taken in time."""
        if _takes_gzip(request):
            data, headers = packed, {**headers, "Content-Encoding": "gzip"}
        else:
            data = gzip.decompress(packed)
        response = web.StreamResponse(headers=headers)
        response.content_length = len(data)
        await response.prepare(request)
        if request.method != "HEAD":
            for start in range(0, len(data), _PIECE):
                await self._write(request, response, data[start : start + _PIECE])
        return response

    async def _write(self, request: web.Request, response: web.StreamResponse, data: bytes) -> None:
        try:
            await asyncio.wait_for(response.write(data), self._patience)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()  # closing it would keep what it has not taken
            raise ConnectionResetError("a reader took too long") from None


def _guard(door: Door) -> Middleware:
    """Lets through who may read; whoever brings the token in the address gets it as a cookie, and a clean address."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = door.refusal(request.method, request.headers)
        if refusal is not None:
            allow = {"Allow": ", ".join(METHODS)} if refusal.status == 405 else None
            return web.Response(status=refusal.status, text=refusal.text, headers=allow)
        if door.token and door.admits(request.query.get("token", "")):
            return _admitted(door)
        if door.token and not door.admits(request.cookies.get(door.cookie, "")):
            return web.Response(status=403, text="Open the address that `toolwright view` printed: it holds a token.")
        return await handler(request)

    return guard


def _admitted(door: Door) -> web.Response:
    response = web.Response(status=303, headers={"Location": "/"})
    response.set_cookie(door.cookie, door.token, httponly=True, samesite="Strict", path="/")
    return response


def _secured(door: Door) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Gives every answer its headers."""
    headers = _protecting(door)

    async def secured(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update({**headers, _POLICY: response.headers.get(_POLICY, _NOTHING)})

    return secured


def _protecting(door: Door) -> dict[str, str]:
    """The headers of every answer; the page has a policy of its own."""
    return {**_HEADERS, **(_OPENER if is_loopback(door.host) else {}), _POLICY: _NOTHING}


def _message(mark: Mark | None) -> bytes:
    return b": still here\n\n" if mark is None else f"data: {json.dumps({'ordinal': mark.ordinal})}\n\n".encode()


def _takes_gzip(request: web.Request) -> bool:
    accepted = (part.strip().lower() for part in request.headers.get("Accept-Encoding", "").split(","))
    return any(part == "gzip" or (part.startswith("gzip;") and part[5:].strip() != "q=0") for part in accepted)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError, OverflowError) as error:
        raise ConfigError(
            f"the page cannot be served at {host}, port {port}: {error}; name another --port (0 takes any that is "
            "free), or an address of this machine as --host"
        ) from error
