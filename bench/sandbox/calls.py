"""Calls of a sandbox, timed: one after another, and several kept going."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bench.sandbox.kinds import Opened
from bench.sandbox.processes import cpu_seconds
from bench.sandbox.rows import Row
from pydantic import JsonValue

from toolwright.functions import Function
from toolwright.protocols import CodeSession
from toolwright.trajectories import Outcome

CALLERS: Final = 4
TRIVIAL: Final = Function(name="add", source="def add(a, b):\n    return a + b\n")
ARGUMENTS: Final[dict[str, JsonValue]] = {"a": 1, "b": 2}
DERIVATIVE: Final = Function(
    name="slope",
    source="import sympy\n"
    "def slope():\n    x = sympy.Symbol('x')\n    return str(sympy.diff(sympy.sin(x) * x**2, x))\n",
)
SLOPE: Final = "x**2*cos(x) + 2*x*sin(x)"


@dataclass
class Calls:
    """One way to call, measured in rounds.

    Attributes:
        row: Where the figures go; its rate is measured where it says how many at once.
        act: Makes one call.
        result: What each must give.
        pause: Seconds between calls made one after another.
    """

    row: Row
    act: Callable[[], Awaitable[Outcome]]
    result: JsonValue
    pause: float = 0.0

    async def round(self, count: int) -> None:
        """Makes so many calls one after another, then about as many several at once."""
        await self.once()  # what the rows before left in the processor's caches is not this row's
        before = cpu_seconds()
        for _ in range(count):
            self.row.seconds.append(await self.once())
            if self.pause:
                await asyncio.sleep(self.pause)
        self.row.cpu += cpu_seconds() - before
        if self.row.at_once:
            await self._together(count)

    async def once(self) -> float:
        """Makes one call and returns its seconds; a call that fails ends the bench: its time would mean nothing."""
        began = time.perf_counter()
        outcome = await self.act()
        seconds = time.perf_counter() - began
        if not outcome.ok or outcome.result != self.result:
            raise AssertionError(f"{self.row.name}: {outcome}")
        return seconds

    async def _together(self, count: int) -> None:
        each = -(-count // self.row.at_once)

        async def caller() -> None:
            for _ in range(each):
                await self.once()

        began = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(self.row.at_once)))
        self.row.wall += time.perf_counter() - began
        self.row.many += each * self.row.at_once


def trivial(one: Opened, *, pause: float = 0.0) -> Calls:
    """A call of a function that adds two numbers, one after another and from several callers."""
    words = f", {pause * 1000:g} ms between calls" if pause else ""
    row = Row(f"{one.name}: trivial{words}", at_once=0 if pause else CALLERS)
    return Calls(row, lambda: one.sandbox.call(TRIVIAL, ARGUMENTS), 3, pause)


def derivative(one: Opened) -> Calls:
    """A call that takes sympy's derivative of a product."""
    return Calls(Row(f"{one.name}: sympy derivative"), lambda: one.sandbox.call(DERIVATIVE, {}), SLOPE)


def cell(one: Opened, session: CodeSession) -> Calls:
    """A cell of a session that adds two numbers."""
    return Calls(Row(f"{one.name}: session's cell, trivial"), lambda: session.run("1 + 2"), 3)


async def new_functions(one: Opened, count: int) -> tuple[Row, Row, bool]:
    """Functions never seen before: each one's first call and its second, and whether the same base served them."""
    first, second = Row(f"{one.name}: a new function's first call"), Row(f"{one.name}: its second call")
    bases = one.bases()
    for number in range(count):
        function = Function(name="add", source=f"def add(a, b):\n    return a + b + {number}\n")
        for row in (first, second):
            call = Calls(row, lambda function=function: one.sandbox.call(function, ARGUMENTS), 3 + number)
            row.seconds.append(await call.once())
    return first, second, bool(bases) and one.bases() == bases
