"""Coroutines run to their end: from synchronous code, also inside a running event loop (a notebook), and together."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

from toolwright.errors import leaf_of

T = TypeVar("T")


async def together(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Runs coroutines at once and returns their results in order; the first plain error ends them all."""
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(coroutine) for coroutine in coroutines]
    except ExceptionGroup as errors:
        raise leaf_of(errors) from None
    return [task.result() for task in running]


def run_sync(coroutine: Coroutine[object, object, T]) -> T:
    """Runs a coroutine on a loop of its own and returns its result; Ctrl-C cancels it and waits for its cleaning up."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    return _run_in_thread(coroutine)


def _run_in_thread(coroutine: Coroutine[object, object, T]) -> T:
    outcome: Future[T] = Future()
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = Future()

    async def body() -> T:
        task = asyncio.ensure_future(coroutine)
        started.set_result((asyncio.get_running_loop(), task))
        return await task

    def thread() -> None:
        try:
            outcome.set_result(asyncio.run(body()))
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread, whatever it is
            outcome.set_exception(error)

    worker = threading.Thread(target=thread, name="toolwright")
    worker.start()
    try:
        return outcome.result()
    except KeyboardInterrupt:
        loop, task = started.result()
        loop.call_soon_threadsafe(task.cancel)
        worker.join()
        raise
