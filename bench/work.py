"""What the benches work on: the simulated endpoint in a process of its own, generated tasks, and what a program took.

Example:
    with endpoint(latency=1.0, turns=3) as served:
        ran = timed(["toolwright", "train", "bench.toml"], served)
"""

import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.simulated import question, seal

ROOT: Final = Path(__file__).parent.parent
ENDPOINT: Final = ROOT / "bench" / "endpoint.py"
Log = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Served:
    """A running endpoint; `url` is its base_url."""

    url: str

    def log(self) -> Log:
        """Every request so far, in order of arrival."""
        return self._get("/log")

    def counts(self) -> dict[str, int]:
        """How many requests came, by model and by fault, and the most at once ("at_once")."""
        return self._get("/stats")

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        with urllib.request.urlopen(self.url.removesuffix("/v1") + path, timeout=60) as answer:
            return json.load(answer)


@contextmanager
def endpoint(**options: object) -> Generator[Served]:
    """An endpoint with bench/endpoint.py's options, `fault_rate=0.1` for `--fault-rate 0.1`."""
    arguments = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    with subprocess.Popen([sys.executable, str(ENDPOINT), *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Served(process.stdout.readline().strip())
        finally:
            process.kill()


def words(split: str, count: int) -> list[str]:
    """Words to ask the seals of; another split has others."""
    return [f"w{hashlib.sha256(f'{split} {number}'.encode()).hexdigest()[:10]}" for number in range(count)]


def rows(split: str, count: int) -> list[dict[str, str]]:
    """The tasks as a task file has them."""
    return [{"id": word, "question": question(word), "target": seal(word)} for word in words(split, count)]


def resident() -> float:
    """This process's resident memory in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096.0


@dataclass(frozen=True)
class Ran:
    """A program that worked against an endpoint.

    Attributes:
        started: Seconds from its start to its first request.
        wall: Seconds from its first request to its end.
        cpu: Processor seconds of it and the processes it waited for.
        peak: Its largest resident memory in MB.
        log: The requests it made.
        said: What it printed.
    """

    started: float
    wall: float
    cpu: float
    peak: float
    log: Log
    said: str


def timed(command: Sequence[str], served: Served, folder: Path) -> Ran:
    """Runs a program to its end.

    Raises:
        SystemExit: It failed; what it printed is in the folder.
    """
    known = len(served.log())
    out, errors = folder / "stdout", folder / "stderr"
    with out.open("w") as stdout, errors.open("w") as stderr:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, stdout=stdout, stderr=stderr)
        _, status, used = os.wait4(process.pid, 0)
        ended = time.monotonic()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}: {errors.read_text()[-2000:]}")
    log = served.log()[known:]
    first = log[0]["at"]
    return Ran(first - began, ended - first, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, log, out.read_text())
