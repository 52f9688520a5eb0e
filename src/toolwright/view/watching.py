"""Tells when a run changed: one look every 0.2 s for everybody who listens, none while nobody does.

Example:
    async with asyncio.TaskGroup() as group:
        watch = Watch(Pulse(chosen))
        group.create_task(watch.run())
        async with aclosing(watch.follow()) as marks:
            async for mark in marks: ...  # a Mark at once and after each change, None for a sign of life
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Final, NamedTuple

from toolwright.errors import RunError, ToolwrightError
from toolwright.runs.lock import in_use
from toolwright.view.opened import OpenRun

EVERY: Final = 0.2
"""Seconds between two looks."""
HEARTBEAT: Final = 15.0
"""Seconds after which a listener who was told nothing gets a sign of life."""
LISTENERS: Final = 32
"""How many may listen at once."""


class TooManyListeners(ToolwrightError):  # noqa: N818 - the state it names is the error
    """As many listen as may."""


class Mark(NamedTuple):
    """How a run stands, as far as a page of it can differ.

    Attributes:
        ordinal: The place of the last thing that was kept; what it last was where it cannot be read now.
        writing: Whether a process has the run open for writing.
        summary: When its summary was written, nanoseconds; 0 where it was not.
        problem: Why it cannot be read, "" where it can.
    """

    ordinal: int = 0
    writing: bool = False
    summary: int = 0
    problem: str = ""


class Chosen:
    """Which run is shown; `path` is None as long as there is none yet."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path


class Pulse:
    """Looks how a run stands.

    Args:
        chosen: Which run.
    """

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._run: OpenRun | None = None
        self._last = 0
        self._lock = threading.Lock()  # listeners look for themselves when they come

    def __call__(self) -> Mark:
        """The run's mark now; takes about a tenth of a millisecond while the run's file stays the same."""
        with self._lock:
            path = self._chosen.path
            if path is None:
                return Mark()
            self._run = self._run or OpenRun(path)
            writing = in_use(path)  # asked first: who ends now has said its last word by then
            try:
                self._last = self._run.folder().store.ordinal
            except RunError as error:
                self._run.close()
                return Mark(self._last, writing, problem=str(error))
            return Mark(self._last, writing, _written(path / "summary.json"))

    def close(self) -> None:
        """Closes the run."""
        with self._lock:
            if self._run is not None:
                self._run.close()


class Watch:
    """Tells its listeners of every change of a run's mark.

    Args:
        look: Gives the mark now; called in a thread.
        every: Seconds between two looks.
        heartbeat: Seconds between two signs of life to a listener who is told nothing.
        most: How many may listen at once.
    """

    def __init__(
        self,
        look: Callable[[], Mark],
        *,
        every: float = EVERY,
        heartbeat: float = HEARTBEAT,
        most: int = LISTENERS,
    ) -> None:
        self._look, self._every, self._heartbeat, self._most = look, every, heartbeat, most
        self._mark: Mark | None = None
        self._looking = asyncio.Lock()
        self._listeners: set[asyncio.Event] = set()
        self._anybody = asyncio.Event()

    async def run(self) -> None:
        """Looks while somebody listens, until it is cancelled."""
        while await self._anybody.wait():
            await self._look_now()
            await asyncio.sleep(self._every)

    async def _look_now(self) -> Mark:
        """The mark now, told to who listens; one look at a time, so that no older one comes after a newer."""
        async with self._looking:
            mark = await asyncio.to_thread(self._look)
            if mark != self._mark:
                self._mark = mark
                for changed in self._listeners:
                    changed.set()
            return mark

    async def follow(self) -> AsyncGenerator[Mark | None]:
        """The mark now, then after each change, the newest where several came at once; None for a sign of life.

        Raises:
            TooManyListeners: As many as may listen already.
        """
        if len(self._listeners) >= self._most:
            raise TooManyListeners(f"{self._most} pages follow this run already; close one, or reload by hand")
        changed = asyncio.Event()
        self._listeners.add(changed)
        self._anybody.set()
        try:
            told = await self._look_now()
            yield told
            while True:
                try:
                    await asyncio.wait_for(changed.wait(), self._heartbeat)
                except TimeoutError:
                    yield None
                    continue
                changed.clear()
                if self._mark is not None and self._mark != told:
                    told = self._mark
                    yield told
        finally:
            self._listeners.discard(changed)
            if not self._listeners:
                self._anybody.clear()


def _written(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
