"""Starts bench/endpoint.py as a process of its own on a free loopback port, and stops it.

Example:
    with simulated_endpoint(fault_rate=0.1, seed=7) as endpoint:
        model = ModelSpec(model="agent", base_url=endpoint.url)
"""

import importlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parent.parent / "bench"
SCRIPT = BENCH / "endpoint.py"
sys.path.append(str(BENCH))  # as it is for its scripts

_script = importlib.import_module("endpoint")
_models = importlib.import_module("simulated")
_baselines = importlib.import_module("simulated_baselines")
OUTAGES: tuple[str, ...] = _script.OUTAGES
SLIPS: tuple[str, ...] = _script.SLIPS
question: Callable[[str], str] = _models.question
seal: Callable[[str], str] = _models.seal
asked: Callable[[str, str], str] = _baselines.asked
truth: Callable[[str, str], str] = _baselines.truth


@dataclass(frozen=True)
class SimulatedEndpoint:
    """A running endpoint; `url` is its base_url."""

    url: str
    process: subprocess.Popen[str]

    def counts(self) -> dict[str, int]:
        """How many requests came, by model and by fault, and the most at once ("at_once")."""
        return self._get("/stats")

    def log(self) -> list[dict[str, Any]]:
        """Every request in order of arrival: its time in seconds, fault, key and body."""
        return self._get("/log")

    def stop(self) -> None:
        """Ends the process; every connection breaks."""
        self.process.kill()
        self.process.wait()

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url.removesuffix("/v1") + path, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def simulated_endpoint(**options: object) -> Generator[SimulatedEndpoint]:
    """An endpoint with bench/endpoint.py's options, `fault_rate=0.1` for `--fault-rate 0.1`."""
    arguments = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    process = subprocess.Popen([sys.executable, str(SCRIPT), *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as output:
        endpoint = SimulatedEndpoint(output.readline().strip(), process)
        try:
            assert endpoint.url, "the simulated endpoint did not start"
            yield endpoint
        finally:
            endpoint.stop()
