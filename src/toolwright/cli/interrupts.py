"""Ctrl-C and SIGTERM while a training runs: the first cancels it and waits for its cleaning up, a second ends at once.

Whatever the signal, what was journalled is kept, and no traceback is shown.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from toolwright.cli.exits import SIGNALS, Terminated

T = TypeVar("T")

HURRIED: Final = "ended at once; what was journalled is kept\n"


def run_interruptible(coroutine: Coroutine[Any, Any, T], last_words: Callable[[], None] | None = None) -> T:
    """Runs a coroutine to its end on a loop of its own.

    Args:
        coroutine: What to run.
        last_words: Says what is left to be said where a second signal ends the process, as then nobody else can.

    Raises:
        KeyboardInterrupt: Ctrl-C came, and the coroutine has cleaned up; both signals are ignored from then on.
        Terminated: The same for SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():  # where no handler can be set
        return asyncio.run(coroutine)
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return asyncio.run(_supervised(coroutine, came, last_words))
    except asyncio.CancelledError:
        if came:
            raise (Terminated if came[0] == signal.SIGTERM else KeyboardInterrupt) from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if came else handler)  # all that is left is to say where the run lies


async def _supervised(coroutine: Coroutine[Any, Any, T], came: list[int], last_words: Callable[[], None] | None) -> T:
    """Awaits a coroutine; a signal is noted and cancels it, the next one ends the process."""
    task = asyncio.ensure_future(coroutine)

    def stop(number: int) -> None:
        if came:
            _end_at_once(number, last_words)
        came.append(number)
        task.cancel()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    return await task


def _end_at_once(number: int, last_words: Callable[[], None] | None) -> None:
    """Ends the process without waiting for anything; the sandbox's processes end when it is gone."""
    try:
        sys.stderr.write(HURRIED)
        if last_words is not None:
            last_words()
        sys.stderr.flush()
    finally:
        os._exit(128 + number)  # 130 or 143, as after cleaning up
