"""Comparisons that may hang, made in a process that can be killed.

math-verify's and reasoning-gym's comparisons can run for ever inside C code, where neither a signal nor a thread's
time-out reaches them. A `Judge` asks one child process, waits in a thread of its own, so the event loop never blocks,
and the next comparison after one that was given up starts another child. It works from any event loop and needs no
closing: its child ends with it.

What is limited is the child's processor time, so that a busy machine makes no right answer wrong: the system ends a
child that used `timeout` seconds of it on one comparison. Wall time is a far backstop, for a child that only sleeps.
What a comparison needs made first (a generator's scorer) is made before and has a limit of its own.
"""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pydantic import JsonValue

from toolwright.errors import ToolwrightError

START_SECONDS: Final = 120.0
"""How long a child may take to import its library on a busy machine; processor time to make what it compares by."""

BACKSTOP: Final = 6
"""How much more wall time than processor time a child is given."""

NO_VERDICT: Final = "that says nothing of the functions"

Question = dict[str, JsonValue]


class Ruling(NamedTuple):
    """What came of a comparison: a value from 0 to 1, or None and why there is none."""

    value: float | None
    reason: str = ""


class Judge:
    """A child process that compares, one question at a time, in order of asking.

    Args:
        kind: What it compares by.
        timeout: Seconds of processor time, rounded up to whole ones, after which a comparison is given up.
    """

    def __init__(self, kind: Literal["math", "gym"], timeout: float) -> None:
        self._child = _Child(kind)
        self._timeout = timeout
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"judge-{kind}")
        weakref.finalize(self, self._child.kill)

    async def ask(self, question: Question, needs: Question | None = None) -> Ruling:
        """Compares.

        Args:
            question: What to compare.
            needs: What must be made first, once in a child's life; its time does not count as the comparison's.

        Raises:
            ToolwrightError: The child cannot be started, or cannot make what the comparison needs.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._child.ask, question, needs, self._timeout)


class _TooLong(Exception):  # noqa: N818 - says what happened, not whose fault it was
    """The child used up its time and is gone; says which."""


class _Child:
    """The process, started when first asked and again after it was killed; used by one thread."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._process: subprocess.Popen[bytes] | None = None
        self._made: set[str] = set()

    def ask(self, question: Question, needs: Question | None, timeout: float) -> Ruling:
        process = self._process or self._start()
        try:
            if needs is not None:
                self._make(process, needs)
            reply = self._told(process, "compare", question, timeout)
        except _TooLong as error:
            return Ruling(None, f"the scorer could not compare this answer within {error}; {NO_VERDICT}")
        except (OSError, ValueError):
            self.kill()
            return Ruling(None, f"the scorer's process ended while it compared this answer; {NO_VERDICT}")
        if "error" in reply:
            return Ruling(None, f"the scorer could not compare this answer: {reply['error']}")
        return Ruling(reply["value"])

    def _make(self, process: subprocess.Popen[bytes], needs: Question) -> None:
        """Has something made that comparisons need; a task set nothing can be compared for is no training."""
        if (key := json.dumps(needs)) in self._made:
            return
        try:
            reply = self._told(process, "make", needs, START_SECONDS)
        except _TooLong as error:
            raise ToolwrightError(f"the {self._kind} scorer needs more than {error} to begin with {key}") from None
        except (OSError, ValueError) as error:
            self.kill()
            raise ToolwrightError(f"the {self._kind} scorer's process ended as it began with {key}: {error}") from None
        if "error" in reply:
            raise ToolwrightError(f"the {self._kind} scorer cannot begin with {key}: {reply['error']}")
        self._made.add(key)

    def _told(self, process: subprocess.Popen[bytes], do: str, about: Question, seconds: float) -> dict[str, Any]:
        """The child's reply; _TooLong where it used up its time, OSError where it ended otherwise."""
        try:
            _write(process, json.dumps({**about, "do": do, "seconds": seconds}))
            return json.loads(_line(process, seconds * BACKSTOP))
        except TimeoutError:
            self.kill()
            raise _TooLong(f"{seconds * BACKSTOP:g} s") from None
        except OSError:
            if self.kill() == -signal.SIGXCPU:
                raise _TooLong(f"{seconds:g} s of its processor time") from None
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        script = str(Path(__file__).with_name("judge_child.py"))
        self._made.clear()
        self._process = process = subprocess.Popen(  # noqa: S603 - our own script, no shell
            [sys.executable, "-P", "-B", "-X", "utf8", script, self._kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=_environment(),
            start_new_session=True,  # Ctrl-C in the terminal is ours to handle
        )
        try:
            ready = json.loads(_line(process, START_SECONDS))
        except (OSError, ValueError) as error:
            ready = {"missing": f"{type(error).__name__}: {error}"}
        if "missing" in ready:
            self.kill()
            raise ToolwrightError(f"the {self._kind} scorer's process did not start: {ready['missing']}")
        return process

    def kill(self) -> int | None:
        """Ends the process, if there is one; returns what it ended with, negative for a signal's number."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        process.communicate()
        return process.returncode


def _environment() -> dict[str, str]:
    """No keys and no home; only where to import from, and one thread for numerical libraries."""
    path = os.environ.get("PYTHONPATH")
    return {"OPENBLAS_NUM_THREADS": "1"} | ({"PYTHONPATH": path} if path else {})


def _write(process: subprocess.Popen[bytes], line: str) -> None:
    assert process.stdin is not None  # noqa: S101 - opened as a pipe above
    process.stdin.write(line.encode() + b"\n")
    process.stdin.flush()


def _line(process: subprocess.Popen[bytes], timeout: float) -> bytes:
    """One line of its output; TimeoutError where none comes in time, OSError where the output ends."""
    assert process.stdout is not None  # noqa: S101 - opened as a pipe above
    deadline, line = time.monotonic() + timeout, b""
    while not line.endswith(b"\n"):
        if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        chunk = os.read(process.stdout.fileno(), 65536)
        if not chunk:
            raise BrokenPipeError("it ended without a word")
        line += chunk
    return line
