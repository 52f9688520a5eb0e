"""How a command ends: exit codes for scripts, and errors as one message on standard error, without a traceback."""

import os
import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import ParamSpec

import typer

from toolwright.cli.text import plain
from toolwright.errors import ModelUnavailable, ToolwrightError

P = ParamSpec("P")


class Exit(IntEnum):
    """The exit codes, as `toolwright --help` lists them; 2 is the parser's own, for wrong usage."""

    OK = 0
    ERROR = 1
    PROVIDER = 3
    INTERRUPTED = 130


def handled(command: Callable[P, Exit | None]) -> Callable[P, None]:
    """A command whose errors become a message and an exit code; anything that is no ToolwrightError is a bug, shown."""

    @wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> None:
        raise typer.Exit(_run(command, *args, **options))

    return run


def _run(command: Callable[P, Exit | None], *args: P.args, **options: P.kwargs) -> Exit:
    try:
        code = command(*args, **options) or Exit.OK
        sys.stdout.flush()
    except ToolwrightError as error:
        _say(f"error: {plain(str(error))}")
        return Exit.PROVIDER if isinstance(error, ModelUnavailable) else Exit.ERROR
    except KeyboardInterrupt:
        _say("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:  # `toolwright runs | head`: who reads has seen enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - takes what Python flushes at its end
        return Exit.ERROR
    return code


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
