"""A run in a folder, and the live server before it, on a loopback port of its own."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from live import Asked, Serve, SmallDocuments, warned

from toolwright.runs.folder import RunFolder
from toolwright.view.building import LiveDocuments
from toolwright.view.server import Content, serving
from toolwright.view.watching import Chosen, Pulse, Watch


@pytest.fixture
def run(tmp_path: Path) -> Generator[RunFolder]:
    """A run that is being written, in which one thing happened."""
    with RunFolder.create(tmp_path, "first", {}) as folder:
        folder.store.emit(warned())
        yield folder


@pytest.fixture
def serve() -> Serve:
    """Serves a run's small documents; `async with serve(path) as page: await page.get("/")`."""

    @asynccontextmanager
    async def server(
        path: Path | None, host: str = "127.0.0.1", patience: float = 20.0, open_at_once: int = 128, **watching: float
    ) -> AsyncGenerator[Asked]:
        chosen = Chosen(path)
        with closing(Pulse(chosen)) as look:
            async with LiveDocuments(chosen, look, SmallDocuments, "runs") as documents:
                watch = Watch(look, **watching)  # pyright: ignore[reportArgumentType] - numbers, as a test names them
                content = Content("<!doctype html><title>page</title>", "script-src 'none'", documents, watch)
                async with serving(content, host, 0, patience, open_at_once) as door, Asked.of(door) as asked:
                    asked.chosen = chosen
                    yield asked

    return server
