"""The base process and its children, kept ready: starts it again when it dies, forks children ahead."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final
from weakref import WeakKeyDictionary

from toolwright.errors import SandboxError
from toolwright.sandbox.exchange import Exchange
from toolwright.sandbox.fair import FairSlots
from toolwright.sandbox.limits import Limits
from toolwright.sandbox.link import request_line
from toolwright.sandbox.server import Child, Ready, Server
from toolwright.sandbox.taskfiles import check_files
from toolwright.sandbox.worker.wire import REQUEST
from toolwright.tasks import TaskFile

MAX_DEATHS: Final = 3
MAX_PREPARED: Final = 4
NOT_STARTED: Final = "the sandbox is not started; use it within `async with ConfinedSandbox() as sandbox:`"


class Pool:
    """Children for calls. It belongs to no event loop; `concurrency` counts within each."""

    def __init__(self, start: Callable[[], Server], limits: Limits, concurrency: int) -> None:
        """Nothing is started yet.

        Args:
            start: Starts a base; blocks until it is ready, SandboxError where it does not start.
            limits: What one call may use.
            concurrency: How many calls run at once.
        """
        self.limits = limits
        self._start_base = start
        self._concurrency = concurrency
        self._base: Server | None = None
        self._open = False
        self._deaths = 0
        self._lock = threading.Lock()
        self._spare: deque[Child] = deque()
        self._slots: WeakKeyDictionary[asyncio.AbstractEventLoop, FairSlots] = WeakKeyDictionary()

    @property
    def ready(self) -> Ready:
        """What the base said of itself; SandboxError where it was not started."""
        if self._base is None:
            raise SandboxError(NOT_STARTED)
        return self._base.ready

    async def start(self) -> None:
        """Starts the base; SandboxError where it does not start. Nothing is left behind when this is cancelled."""
        self._open, self._deaths = True, 0
        try:
            await asyncio.to_thread(self._ensure)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Ends the base and every child, and removes their folders."""
        await asyncio.shield(asyncio.to_thread(self._stop))

    def slot(self, caller: str) -> AbstractAsyncContextManager[None]:
        """One of the places for calls at work; callers are served in turn."""
        return self._slots.setdefault(asyncio.get_running_loop(), FairSlots(self._concurrency)).slot(caller)

    async def begin(
        self, request: Mapping[str, object], files: Sequence[TaskFile], first: bytes = b""
    ) -> tuple[Child, Exchange]:
        """Has a child take a request and sees it to its first end; the child is the caller's to close.

        Args:
            request: What the child is asked.
            files: Files it is given.
            first: A session's first cell.

        Raises:
            SandboxError: There is no outcome: the base died while learned code ran, or a child could not be set up.
        """
        check_files(files)
        told = {**request, "files": [file.name for file in files], "limits": self.limits.for_child()}
        payload = REQUEST + request_line(told) + first
        while True:
            child = await self._child(with_files=bool(files))
            try:
                exchange = await self._send(child, payload, files)
            except BaseException:
                child.close()
                raise
            if exchange is not None and exchange.started and exchange.kind != "lost":
                self._deaths = 0
                return child, exchange
            child.close()
            check_end(child.server, exchange)

    async def _send(self, child: Child, payload: bytes, files: Sequence[TaskFile]) -> Exchange | None:
        try:
            child.send_files([file.path for file in files])
        except (BrokenPipeError, ConnectionResetError):
            return None  # a prepared child that was gone already
        except OSError as error:
            raise SandboxError(f"a task's file cannot be given to the function: {error}") from error
        return await child.exchange(payload, self.limits)

    async def _child(self, *, with_files: bool) -> Child:
        """A prepared child, or a new one; others are prepared for the calls to come."""
        while True:
            base = self._base
            if base is None or not base.alive:
                base = await asyncio.to_thread(self._ensure)
            try:
                child = (None if with_files else self._take()) or base.child(with_files=with_files)
                if child.server is base:
                    self._prepare(base)
                    return child
                child.close()
            except OSError as error:
                if base.alive:
                    raise SandboxError(f"no process could be started for the call: {error}") from error

    def _take(self) -> Child | None:
        try:
            return self._spare.popleft()
        except IndexError:
            return None

    def _prepare(self, base: Server) -> None:
        if not self._lock.acquire(blocking=False):
            return  # the base is being started or stopped
        try:
            while self._base is base and len(self._spare) < min(self._concurrency, MAX_PREPARED):
                self._spare.append(base.child(with_files=False))
        except OSError:
            base.condemn()  # the call at hand has its child, and finds out for itself
        finally:
            self._lock.release()

    def _ensure(self) -> Server:
        """The running base; starts it where there is none. Blocks."""
        with self._lock:
            if not self._open:
                raise SandboxError(NOT_STARTED)
            if self._base is not None and self._base.alive:
                return self._base
            if self._base is not None:
                self._deaths += 1
                base = self._base
                self._drop()
                if self._deaths >= MAX_DEATHS:
                    self._open = False
                    raise SandboxError(
                        f"the sandbox's base process died {self._deaths} times in a row, last: {base.end}; "
                        "learned code may be killing it, or the machine may be out of memory"
                    )
            self._base = self._start_base()
            return self._base

    def _drop(self) -> None:
        while self._spare:
            self._spare.popleft().close()
        if self._base is not None:
            self._base.stop()
            self._base = None

    def _stop(self) -> None:
        with self._lock:
            self._open = False
            self._drop()


def check_end(base: Server, exchange: Exchange | None) -> None:
    """Judges an exchange that brought no outcome; returns where it did not begin and can simply be tried again.

    Args:
        base: The base that forked the child.
        exchange: How it ended; None where the child was gone before it was asked.

    Raises:
        SandboxError: The base died during the call, or a child could not be set up.
    """
    if exchange is None or exchange.kind == "lost":
        base.condemn()
        if exchange is not None and exchange.started:
            raise SandboxError("the sandbox's base process died during the call; the next call starts it again")
        return
    why = "it was not ready in time" if exchange.kind == "late" else f"it ended: {exchange.report.decode()}"
    raise SandboxError(f"a process for a call could not be set up: {why}")
