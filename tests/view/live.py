"""A client of the live server that sends what a test says, no more, and documents that are quickly made."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
from pydantic import BaseModel

from toolwright.events import Warned
from toolwright.report.documents import OptimizerDocument, Overview
from toolwright.runs.folder import RunFolder
from toolwright.view.access import Door
from toolwright.view.watching import Chosen


def warned(text: str = "something happened") -> Warned:
    return Warned(text=text)


class CountedOverview(Overview):
    """An overview that differs with everything that happens."""

    ordinal: int


class SmallDocuments:
    """The overview with the run's ordinal, an empty optimizer, and a text of 8 MB."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def names(self) -> Iterable[str]:
        return ("overview", "optimizer", "steps/1-0")

    def read(self, name: str) -> BaseModel:
        match name:
            case "overview":
                ordinal = self._folder.store.ordinal
                return CountedOverview(run=self._folder.id, state="running", headline="It goes on.", ordinal=ordinal)
            case "optimizer":
                return OptimizerDocument(steps=())
            case "steps/1-0":
                return Overview(run="huge", state="running", headline=".".join(map(str, range(1_200_000))))
            case _:
                raise KeyError(name)


class Asked:
    """Asks a server as a browser does, but for what a test changes."""

    def __init__(self, door: Door, session: aiohttp.ClientSession) -> None:
        self.door = door
        self.chosen = Chosen()
        self._session = session

    @classmethod
    @asynccontextmanager
    async def of(cls, door: Door) -> "AsyncGenerator[Asked]":
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            yield cls(door, session)

    @property
    def origin(self) -> str:
        return self.door.url.partition("?")[0].rstrip("/")

    async def get(self, path: str, method: str = "GET", **options: Any) -> tuple[aiohttp.ClientResponse, bytes]:
        """The reply and its body; the path is sent as it is."""
        from yarl import URL  # noqa: PLC0415 - for a path that no client would send

        url = URL(self.origin + path, encoded=True)
        async with self._session.request(method, url, allow_redirects=False, **options) as reply:
            return reply, await reply.read()

    async def document(self, name: str = "overview") -> dict[str, Any]:
        reply, body = await self.get(f"/documents/{name}")
        assert reply.status == 200, body
        return json.loads(body)

    @asynccontextmanager
    async def following(self) -> "AsyncGenerator[Followed]":
        async with self._session.get(f"{self.origin}/events") as reply:
            yield Followed(reply)

    async def raw(self, request: bytes) -> bytes:
        """What the server answers to these very bytes before it closes the connection.

        Of bytes that do not ask it to close it, what comes before it is silent for half a second.
        """
        patience = 30 if b"Connection: close" in request else 0.5
        reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        writer.write(request)
        answer = b""
        try:
            while piece := await asyncio.wait_for(reader.read(65536), patience):
                answer += piece
        except (TimeoutError, ConnectionResetError):
            pass
        finally:
            writer.close()
        return answer


class Followed:
    """A stream of events."""

    def __init__(self, reply: aiohttp.ClientResponse) -> None:
        self.reply = reply

    async def line(self, seconds: float = 10.0) -> str:
        """The next line that is not empty."""
        async with asyncio.timeout(seconds):
            while not (line := (await self.reply.content.readline()).decode().strip()):
                assert not self.reply.content.at_eof(), "the stream ended"
            return line

    async def ordinal(self, seconds: float = 10.0) -> int:
        """The next event's ordinal."""
        line = await self.line(seconds)
        assert line.startswith("data: "), line
        return json.loads(line.removeprefix("data: "))["ordinal"]

    async def until(self, ordinal: int, seconds: float = 10.0) -> None:
        """Reads until that ordinal is told, or a later one."""
        async with asyncio.timeout(seconds):
            while await self.ordinal(seconds) < ordinal:
                pass


Serve = Callable[..., AbstractAsyncContextManager[Asked]]
"""Serves a run: the fixture `serve`."""
