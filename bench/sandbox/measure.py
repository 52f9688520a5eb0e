"""Everything that is measured, in rounds, so that what else the machine does falls on all rows alike."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, Protocol

from bench.sandbox.calls import ARGUMENTS, DERIVATIVE, SLOPE, TRIVIAL, cell, derivative, new_functions, trivial
from bench.sandbox.kinds import CORES, DEFAULT, KINDS, UNCONFINED, Opened, opened
from bench.sandbox.processes import SETTLE_SECONDS, Memory, memory
from bench.sandbox.programs import Execution, Forks, FreshPython, Program, autogen, bare_base
from bench.sandbox.ratios import Compared
from bench.sandbox.rows import Row

PAUSE_SECONDS: Final = 0.005


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: How often every row has its turn.
        calls: Calls a row and round.
        some: The same of what takes tens of milliseconds.
        few: The same of what takes nearly a second.
        peer: Whether AutoGen is measured.
    """

    rounds: int = 5
    calls: int = 100
    some: int = 20
    few: int = 2
    peer: bool = True


class Way(Protocol):
    """One row's way of being measured."""

    row: Row

    async def round(self, count: int) -> None:
        """Adds so many calls to the row."""
        ...


@dataclass
class Found:
    """What came of it.

    Attributes:
        rows: The table.
        compared: Those rows the requirements speak of.
        memory: Memory by process.
        notes: What there is to say besides.
    """

    rows: list[Row]
    compared: Compared
    memory: list[tuple[str, Memory]] = field(default_factory=list[tuple[str, Memory]])
    notes: list[str] = field(default_factory=list[str])


class Bench:
    """What is open, and whose turn it is."""

    def __init__(self, plan: Plan, stack: AsyncExitStack) -> None:
        """Nothing is open yet; the stack closes what will be."""
        self.plan = plan
        self.notes: list[str] = []
        self._stack = stack
        self._turns: list[tuple[Way, int]] = []

    def add(self, way: Way, count: int) -> Row:
        """Gives it a turn in every round."""
        self._turns.append((way, count))
        return way.row

    async def run(self) -> list[Row]:
        """All rounds, every other one backwards; the rows in the order they were added."""
        for number in range(self.plan.rounds):
            for way, count in self._turns[:: -1 if number % 2 else 1]:
                await way.round(count)
        return [way.row for way, _ in self._turns]

    def fork(self) -> tuple[Program, Row]:
        """The bare fork and exit, and the process that does it."""
        base = bare_base()
        self._stack.callback(base.close)
        row = Row(f"bare fork and exit of the same base ({CORES} kept going)", at_once=CORES)
        return base, self.add(Forks(base, row), self.plan.calls)

    def fresh(self) -> Row:
        """The fresh interpreter."""
        row = Row("fresh `python -c` importing numpy, sympy, pandas, scipy")
        return self.add(FreshPython(row), self.plan.few)

    def autogen(self) -> Row:
        """AutoGen, trivial and derivative; returns the trivial one's row, empty where AutoGen is not there."""
        row, slope = Row("AutoGen 0.2: trivial, no docker, no package to install"), Row("AutoGen 0.2: sympy derivative")
        if not self.plan.peer:
            self.notes.append("AutoGen was not measured: --no-peer")
            return row
        try:
            program = autogen()
        except OSError as error:
            self.notes.append(f"AutoGen was not measured: {error}")
            return row
        self._stack.callback(program.close)
        self.notes.append(f"AutoGen is {program.hello['version']}, its own `execute_func` on this machine.")
        self.add(Execution(program, row, TRIVIAL, ARGUMENTS, "3"), self.plan.some)
        self.add(Execution(program, slope, DERIVATIVE, {}, SLOPE), self.plan.few)
        return row

    async def open(self) -> dict[str, Opened]:
        """Every kind and tier, with and without the packages imported ahead; those that refuse are noted."""
        kinds: dict[str, Opened] = {}
        for preload in (True, False):
            for kind in KINDS:
                one = await opened(self._stack, kind, preload=preload)
                if isinstance(one, str):
                    self.notes.append(f"not measured: {one}")
                else:
                    kinds[kind if preload else f"{kind}, bare"] = one
        return kinds

    async def more(self, one: Opened) -> tuple[Row, Row, Row]:
        """The rows of the default kind alone; returns the paced call's, the session's and the derivative's."""
        paced = self.add(trivial(one, pause=PAUSE_SECONDS), self.plan.calls)
        session = await self._stack.enter_async_context(one.sandbox.session())
        return paced, self.add(cell(one, session), self.plan.calls), self.add(derivative(one), self.plan.calls)


async def measure(plan: Plan) -> Found:
    """Opens every kind and peer, gives each its turn in every round, and looks at their processes at the end."""
    async with AsyncExitStack() as stack:
        bench = Bench(plan, stack)
        fresh, autogen = bench.fresh(), bench.autogen()
        base, fork = bench.fork()
        kinds = await bench.open()
        rows = {name: bench.add(trivial(one), plan.calls) for name, one in kinds.items()}
        none = Row("")
        default = kinds.get(DEFAULT)
        paced, cells, slope = await bench.more(default) if default else (none, none, none)
        trivials = rows.get(DEFAULT, none), paced, rows.get(UNCONFINED, none)
        found = Found(await bench.run(), Compared(*trivials, fork, fresh, autogen, cells, slope), notes=bench.notes)
        if default:
            await _serve_new(default, plan, found)
        await asyncio.sleep(SETTLE_SECONDS)
        _look(kinds, base, found)
    return found


async def _serve_new(one: Opened, plan: Plan, found: Found) -> None:
    first, second, same = await new_functions(one, plan.calls)
    found.rows += [first, second]
    served = "the same base process served them" if same else "MISSED: the base process was another one afterwards"
    found.notes.append(f"{plan.calls} new functions: {served}.")


def _look(kinds: dict[str, Opened], base: Program, found: Found) -> None:
    """Notes every process's memory and every kind's start."""
    found.memory.append(("base of the bare forks", memory(base.pid)))
    for one in kinds.values():
        found.memory += [(f"{one.name}: {process}", its) for process, its in one.memory().items()]
        found.notes.append(f"{one.name}: started in {one.seconds:.2f} s; {one.says()}")
