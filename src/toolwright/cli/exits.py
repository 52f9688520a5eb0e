"""How a command ends: exit codes for scripts, and errors as one message on standard error, without a traceback."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from types import FrameType
from typing import Final, ParamSpec

import typer

from toolwright.cli.text import plain
from toolwright.errors import ModelUnavailable, ToolwrightError

P = ParamSpec("P")

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
"""What a user or a supervisor ends a command with."""


class Exit(IntEnum):
    """The exit codes, as `toolwright --help` lists them; 2 is the parser's own, for wrong usage."""

    OK = 0
    ERROR = 1
    PROVIDER = 3
    INTERRUPTED = 130
    TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """SIGTERM came: like Ctrl-C, but with an exit code of its own."""


def handled(command: Callable[P, Exit | None]) -> Callable[P, None]:
    """A command whose errors become a message and an exit code; anything that is no ToolwrightError is a bug, shown."""

    @wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> None:
        with _terminable():
            code = _run(command, *args, **options)
        raise typer.Exit(code)

    return run


def _run(command: Callable[P, Exit | None], *args: P.args, **options: P.kwargs) -> Exit:
    try:
        code = command(*args, **options) or Exit.OK
        sys.stdout.flush()
    except ToolwrightError as error:
        _say(f"error: {plain(str(error))}")
        return Exit.PROVIDER if isinstance(error, ModelUnavailable) else Exit.ERROR
    except Terminated:
        _say("terminated")
        return Exit.TERMINATED
    except KeyboardInterrupt:
        _say("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:  # `toolwright runs | head`: who reads has seen enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - takes what Python flushes at its end
        return Exit.ERROR
    return code


@contextmanager
def _terminable() -> Generator[None]:
    """SIGTERM raises Terminated, as Ctrl-C raises KeyboardInterrupt; both signals are left as they were."""
    if threading.current_thread() is not threading.main_thread():  # where no handler can be set
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminated(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's arguments
    raise Terminated


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
