"""A live page's documents: built one at a time, again only where the run changed, and kept when the run is gone."""

import asyncio
import gzip
import json
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import pytest
from live import SmallDocuments, warned
from pydantic import BaseModel

from toolwright.errors import RunError
from toolwright.runs.folder import RunFolder
from toolwright.view.building import Body, LiveDocuments
from toolwright.view.watching import Chosen, Pulse


class Counted(SmallDocuments):
    """Small documents that take a while, and say who built them when."""

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder)
        self.built: list[tuple[str, int, float, float]] = []

    def names(self) -> Iterable[str]:
        return super().names()

    def read(self, name: str) -> BaseModel:
        began = time.monotonic()
        time.sleep(0.02)
        document = super().read(name)
        self.built.append((name, threading.get_ident(), began, time.monotonic()))
        return document


class Reader:
    """A run's documents, and the sources they were built by."""

    def __init__(self, path: Path | None) -> None:
        self.sources: list[Counted] = []
        self.chosen = Chosen(path)
        self.look = Pulse(self.chosen)
        self.documents = LiveDocuments(self.chosen, self.look, self._open, "runs")

    def _open(self, folder: RunFolder) -> Counted:
        self.sources.append(Counted(folder))
        return self.sources[-1]

    @property
    def built(self) -> list[tuple[str, int, float, float]]:
        return [build for source in self.sources for build in source.built]


def content(body: Body) -> dict[str, Any]:
    return json.loads(gzip.decompress(body.packed))


async def test_a_document_is_built_again_only_where_the_run_changed(run: RunFolder) -> None:
    reader = Reader(run.path)
    with closing(reader.look):
        async with reader.documents as documents:
            first = await documents.read("overview")
            assert await documents.read("overview") is first
            run.store.emit(warned("again"))
            second = await documents.read("overview")
    assert content(second)["ordinal"] == content(first)["ordinal"] + 1
    assert first.digest != second.digest
    assert (len(reader.built), len(reader.sources)) == (2, 1)


async def test_however_many_ask_one_document_is_built_at_a_time_and_never_half_of_a_processor_more(
    run: RunFolder,
) -> None:
    reader = Reader(run.path)
    with closing(reader.look):
        async with reader.documents as documents:
            for _ in range(3):
                run.store.emit(warned())
                await asyncio.gather(*(documents.read(name) for name in ("overview", "optimizer") * 4))
    builds = reader.built
    assert len(builds) == 6
    assert len({thread for _, thread, _, _ in builds}) == 1
    for (_, _, began, ended), (_, _, begins, _) in pairwise(builds):
        assert begins - ended >= 0.9 * min(ended - began, 0.5)  # it rests as long as it worked


async def test_a_reader_that_goes_away_leaves_the_thread_to_the_next(run: RunFolder) -> None:
    reader = Reader(run.path)
    with closing(reader.look):
        async with reader.documents as documents:
            asked = asyncio.ensure_future(documents.read("overview"))
            await asyncio.sleep(0.005)
            asked.cancel()
            assert content(await documents.read("optimizer")) == {"steps": [], "fault": ""}


async def test_of_a_run_that_is_gone_the_page_shows_what_it_saw_last_and_says_so(run: RunFolder) -> None:
    reader = Reader(run.path)
    with closing(reader.look):
        async with reader.documents as documents:
            before = content(await documents.read("overview"))
            step = await documents.read("steps/1-0")
            run.close()
            run.path.rename(run.path.with_name("aside"))
            gone = content(await documents.read("overview"))
            assert await documents.read("steps/1-0") is step
            faults = [content(await documents.read(name))["fault"] for name in ("functions", "tasks", "optimizer")]
            run.path.with_name("aside").rename(run.path)
            assert content(await documents.read("overview")) == before
    assert (gone["headline"], gone["ordinal"]) == (before["headline"], before["ordinal"])
    assert "was seen of it last" in gone["notices"][0]
    assert "not there any more" in gone["notices"][0]
    assert all("cannot be read now: the run's folder" in fault for fault in faults)
    assert gone["known"]  # it was read once


async def test_a_run_that_was_never_readable_is_said_to_be_so(run: RunFolder) -> None:
    run.close()
    (run.path / "run.sqlite").write_bytes(b"nothing of the kind" * 100)
    reader = Reader(run.path)
    with closing(reader.look):
        async with reader.documents as documents:
            overview = content(await documents.read("overview"))
    assert overview["headline"] == "The run first cannot be read."
    assert "damaged" in overview["notices"][0]
    assert (overview["known"], overview["state"]) == (False, "unfinished")


async def test_of_a_run_whose_rows_are_damaged_the_page_says_how_it_stands(run: RunFolder) -> None:
    def broken(_: RunFolder) -> NoReturn:
        raise RunError("a row is damaged")

    with closing(Pulse(Chosen(run.path))) as look:
        async with LiveDocuments(Chosen(run.path), look, broken) as documents:
            overview = content(await documents.read("overview"))
            tasks = content(await documents.read("tasks"))
    assert (overview["state"], overview["known"]) == ("running", False)
    assert tasks["fault"] == "The run cannot be read now: a row is damaged"


async def test_before_the_first_run_the_page_waits_for_it_and_then_shows_it(run: RunFolder) -> None:
    reader = Reader(None)
    with closing(reader.look):
        async with reader.documents as documents:
            assert content(await documents.read("overview"))["headline"] == "There is no run in runs yet."
            assert content(await documents.read("functions"))["fault"] == "There is no run in runs yet."
            reader.chosen.path = run.path
            assert content(await documents.read("overview"))["run"] == "first"


async def test_what_is_no_document_is_none_in_any_state(run: RunFolder) -> None:
    reader = Reader(run.path)
    with closing(reader.look):
        async with reader.documents as documents:
            with pytest.raises(KeyError):
                await documents.read("trajectories/1/0")
            run.close()
            run.path.rename(run.path.with_name("aside"))
            with pytest.raises(KeyError):
                await documents.read("trajectories/1/0")
