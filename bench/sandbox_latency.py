"""Sandbox call latency beside what it is made of: run `python bench/sandbox_latency.py [CALLS]` on an idle machine.

Every row does the same thing in the same run, with numpy, sympy, scipy and pandas imported: nothing, and say so.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from toolwright.functions import Function
from toolwright.sandbox import ProcessSandbox

IMPORTS = "import numpy, sympy, pandas, scipy.stats, scipy.optimize, scipy.integrate, scipy.linalg, dateutil.parser"
TRIVIAL = Function(name="add", source="def add(a, b):\n    return a + b\n")
DERIVATIVE = Function(
    name="slope",
    source="import sympy\ndef slope():\n    x = sympy.Symbol('x')\n    return sympy.diff(sympy.sin(x) * x**2, x)\n",
)
FORKS = f"""
{IMPORTS}
import gc, os, sys, time
gc.freeze()
for _ in range(int(sys.argv[1])):
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    print(time.perf_counter() - began)
"""


@dataclass
class Row:
    name: str
    seconds: list[float]
    rate: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds) * 1000

    @property
    def p99(self) -> float:
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * 0.99))] * 1000


async def timed(name: str, count: int, act: Callable[[], Awaitable[object]]) -> Row:
    await act()
    seconds: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        await act()
        seconds.append(time.perf_counter() - began)
    return Row(name, seconds)


async def rate(count: int, at_once: int, act: Callable[[], Awaitable[object]]) -> float:
    async def some() -> None:
        for _ in range(count // at_once):
            await act()

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(at_once)))
    return count // at_once * at_once / (time.perf_counter() - began)


def bare_forks(count: int) -> Row:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(count)], env=environment, capture_output=True, text=True, check=True
    )
    seconds = [float(line) for line in done.stdout.split()]
    return Row("bare fork and exit of the same base", seconds, 1 / statistics.mean(seconds))


def fresh_pythons(count: int) -> Row:
    seconds: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"{IMPORTS}\nprint(1 + 2)"], capture_output=True, check=True)
        seconds.append(time.perf_counter() - began)
    return Row("fresh `python -c` importing the same", seconds, 1 / statistics.mean(seconds))


async def measure(count: int) -> list[Row]:
    async with ProcessSandbox(concurrency=2) as sandbox, sandbox.session() as cells:
        trivial = await timed("process: trivial call", count, lambda: sandbox.call(TRIVIAL, {"a": 1, "b": 2}))
        trivial.rate = await rate(count, 4, lambda: sandbox.call(TRIVIAL, {"a": 1, "b": 2}))
        derivative = await timed("process: sympy derivative", count, lambda: sandbox.call(DERIVATIVE, {}))
        derivative.rate = await rate(count, 4, lambda: sandbox.call(DERIVATIVE, {}))
        cell = await timed("process: cell of a session", count, lambda: cells.run("1 + 2"))
        cell.rate = 1000 / cell.median
    return [trivial, derivative, cell, bare_forks(count), fresh_pythons(5)]


def main() -> None:
    """Prints the table and the ratios."""
    rows = asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
    print(f"{'':<40}{'median ms':>10}{'p99 ms':>10}{'calls/s':>10}")
    for row in rows:
        print(f"{row.name:<40}{row.median:>10.2f}{row.p99:>10.2f}{row.rate or 0:>10.0f}")
    trivial, derivative, cell, fork, fresh = rows
    print(f"\ntrivial call / bare fork        {trivial.median / fork.median:8.2f}")
    print(f"rate / bare fork's rate         {(trivial.rate or 0) / (fork.rate or 1):8.2f}")
    print(f"derivative / trivial call       {derivative.median / trivial.median:8.2f}")
    print(f"cell / trivial call             {cell.median / trivial.median:8.2f}")
    print(f"fresh python / trivial call     {fresh.median / trivial.median:8.0f}")


if __name__ == "__main__":
    main()
