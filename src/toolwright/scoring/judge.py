"""Comparisons that may hang, made in a process that can be killed.

math-verify's and reasoning-gym's comparisons can run for ever inside C code, where neither a signal nor a thread's
time-out reaches them. A `Judge` asks one child process, waits in a thread of its own, so the event loop never blocks,
and kills the child after `timeout` seconds; the next comparison starts another. It works from any event loop and needs
no closing: its child ends with it.
"""

import asyncio
import json
import os
import select
import subprocess
import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import JsonValue

from toolwright.errors import ToolwrightError

START_SECONDS = 120.0
"""How long a child may take to import its library on a busy machine."""


class Ruling(NamedTuple):
    """What came of a comparison: a value from 0 to 1, or None and why there is none."""

    value: float | None
    reason: str = ""


class Judge:
    """A child process that compares, one question at a time, in order of asking."""

    def __init__(self, kind: Literal["math", "gym"], timeout: float) -> None:
        self._child = _Child(kind)
        self._timeout = timeout
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"judge-{kind}")
        weakref.finalize(self, self._child.kill)

    async def ask(self, question: dict[str, JsonValue]) -> Ruling:
        """Compares.

        Raises:
            ToolwrightError: The child cannot be started.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._child.ask, question, self._timeout)


class _Child:
    """The process, started when first asked and again after it was killed; used by one thread."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: dict[str, JsonValue], timeout: float) -> Ruling:
        process = self._process or self._start()
        try:
            _write(process, json.dumps(question))
            reply = json.loads(_line(process, timeout))
        except TimeoutError:
            self.kill()
            return Ruling(None, f"comparison timed out after {timeout:g} s")
        except (OSError, ValueError):
            self.kill()
            return Ruling(None, "the comparison ended its process")
        if "error" in reply:
            return Ruling(None, f"comparison failed: {reply['error']}")
        return Ruling(reply["value"])

    def _start(self) -> subprocess.Popen[bytes]:
        script = str(Path(__file__).with_name("judge_child.py"))
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

    def kill(self) -> None:
        """Ends the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


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
