"""Builds a live page's documents: one at a time, in a thread of its own, again only where the run has changed.

A document takes tens to hundreds of milliseconds of a processor that the training needs, too: after each the thread
rests for as long as it worked, so that it never takes more than half of one.
"""

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from pydantic import BaseModel

from toolwright.errors import RunError
from toolwright.report.documents import Overview
from toolwright.report.page.source import Documents, to_json
from toolwright.runs.folder import RunFolder
from toolwright.view.absent import awaited, unreadable
from toolwright.view.opened import OpenRun
from toolwright.view.watching import Chosen, Mark

_KEPT: Final = 64
"""How many documents are kept, those asked for last."""
_LONGEST_REST: Final = 0.5
"""Seconds; the page is to show what happened within one."""


class Body(NamedTuple):
    """A document as it is sent: gzipped JSON and its digest."""

    packed: bytes
    digest: str


class LiveDocuments:
    """The documents of a run that goes on; an async context manager that ends its thread.

    Args:
        chosen: Which run.
        look: Gives the run's mark now.
        opened: Makes the documents of an open folder.
        where: Where a run is waited for, as a page says it.
    """

    def __init__(
        self, chosen: Chosen, look: Callable[[], Mark], opened: Callable[[RunFolder], Documents], where: str = "."
    ) -> None:
        self._builder = _Builder(chosen, look, opened, where)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="documents")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._builder.close()

    async def read(self, name: str) -> Body:
        """The document of that name as the run stands now; KeyError where there is none."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._builder.read, name)


class _Builder:
    """All that happens in the thread."""

    def __init__(
        self, chosen: Chosen, look: Callable[[], Mark], opened: Callable[[RunFolder], Documents], where: str
    ) -> None:
        self._chosen, self._look, self._opened, self._where = chosen, look, opened, where
        self._run: OpenRun | None = None
        self._source: tuple[RunFolder, Documents] | None = None
        self._kept: OrderedDict[str, tuple[Mark, Body]] = OrderedDict()
        self._overview: Overview | None = None
        self._rested = 0.0

    def close(self) -> None:
        self._source = None
        if self._run is not None:
            self._run.close()

    def read(self, name: str) -> Body:
        mark = self._look()  # before the document: what comes meanwhile is read again
        kept = self._kept.get(name)
        if kept is None or kept[0] != mark:
            kept = (mark, self._built(name, mark))
        self._kept[name] = kept
        self._kept.move_to_end(name)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return kept[1]

    def _built(self, name: str, mark: Mark) -> Body:
        time.sleep(max(0.0, self._rested - time.monotonic()))
        began = time.monotonic()
        try:
            return self._of_run(name, mark)
        except RunError as error:
            return self._of_no_run(name, str(error))
        finally:
            now = time.monotonic()
            self._rested = now + min(now - began, _LONGEST_REST)

    def _of_run(self, name: str, mark: Mark) -> Body:
        path = self._chosen.path
        if path is None:
            return _packed(awaited(self._where).read(name))
        if mark.problem:
            raise RunError(mark.problem)
        self._run = self._run or OpenRun(path)
        document = self._documents(self._run).read(name)
        if name == "overview" and isinstance(document, Overview):
            self._overview = document
        return _packed(document)

    def _of_no_run(self, name: str, problem: str) -> Body:
        """What was seen of it last, or that there is nothing, and why."""
        self.close()  # a file that is put back may be another one
        if name in self._kept and name != "overview":
            return self._kept[name][1]
        return _packed(unreadable(self._chosen.path or Path(), problem, self._overview).read(name))

    def _documents(self, run: OpenRun) -> Documents:
        folder = run.folder()
        if self._source is None or self._source[0] is not folder:
            self._source = folder, self._opened(folder)
        return self._source[1]


def _packed(document: BaseModel) -> Body:
    data = to_json(document)
    return Body(gzip.compress(data, compresslevel=5, mtime=0), hashlib.blake2b(data, digest_size=16).hexdigest())
