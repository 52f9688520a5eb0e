"""The peers that are programs of their own: each keeps running and measures itself when it is asked."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from bench.sandbox.rows import Row
from pydantic import JsonValue

from toolwright.functions import Function
from toolwright.sandbox import DEFAULT_PACKAGES
from toolwright.sandbox.base_process import ENVIRONMENT
from toolwright.sandbox.worker import preload

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
PEER_PYTHON: Final = ROOT / ".bench" / "autogen" / "bin" / "python"
FRESH: Final = "import numpy, sympy, pandas, scipy; print(1 + 2)"


class Program:
    """A peer that answers a line of JSON with a line of JSON; it ends when its input does."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Starts it and waits for its first line; OSError where it does not come."""
        self.folder = tempfile.mkdtemp(prefix="bench-")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=self.folder, text=True
        )
        self.pid = self._process.pid
        try:
            self.hello = self._answer()
        except OSError:
            self.close()
            raise

    def ask(self, **question: object) -> dict[str, Any]:
        """What it measured."""
        assert self._process.stdin is not None
        print(json.dumps(question), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise OSError(f"{self._process.args} ended with exit code {self._process.wait()}")
        return cast("dict[str, Any]", json.loads(line))

    def close(self) -> None:
        """Ends it and removes its folder."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
        shutil.rmtree(self.folder)


@dataclass
class Forks:
    """Bare fork and exit of a process that imports and warms what the sandbox's base does, as that is started."""

    program: Program
    row: Row

    async def round(self, count: int) -> None:
        """One at a time, then several kept going."""
        answer = self.program.ask(count=count, at_once=self.row.at_once)
        self.row.seconds += answer["seconds"]
        self.row.cpu += answer["cpu"]
        self.row.many += count
        self.row.wall += answer["wall"]


def bare_base() -> Program:
    """The process to fork: the sandbox's interpreter flags, environment, imports and warm-up."""
    script, modules = str(HERE / "bare_forks.py"), json.dumps(list(DEFAULT_PACKAGES))
    return Program(
        [sys.executable, "-P", "-s", "-B", script, str(Path(str(preload.__file__)).parent), modules], ENVIRONMENT
    )


@dataclass
class Execution:
    """AutoGen's execution of one function."""

    program: Program
    row: Row
    function: Function
    arguments: Mapping[str, JsonValue]
    result: str

    async def round(self, count: int) -> None:
        """One after another."""
        function = {"name": self.function.name, "code": self.function.source}
        answer = self.program.ask(count=count, args=self.arguments, result=self.result, **function)
        self.row.seconds += answer["seconds"]
        self.row.cpu += answer["cpu"]


def autogen() -> Program:
    """AutoGen 0.2 in an environment of its own; OSError where there is none, or it does not start."""
    if not PEER_PYTHON.exists():
        raise OSError("run scripts/bench_peer.sh")
    return Program([str(PEER_PYTHON), "-W", "ignore", str(HERE / "autogen_peer.py")])


@dataclass
class FreshPython:
    """A new interpreter that imports the packages and adds two numbers."""

    row: Row

    async def round(self, count: int) -> None:
        """One after another."""
        for _ in range(count):
            self.row.seconds.append(self.once())

    def once(self) -> float:
        """Its seconds, from start to end."""
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", FRESH], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
        return time.perf_counter() - began
