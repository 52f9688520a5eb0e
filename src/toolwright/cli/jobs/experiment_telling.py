"""What a user sees while an experiment goes on: a line for each cell begun and ended, and of the sandbox once.

Example:
    with telling(quiet=False) as (teller, sinks):
        ended = run_kept(run_experiment(setup, RUNNERS, teller, sinks), setup.out)
"""

import sys
from collections.abc import Coroutine, Generator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from toolwright.cli.display import Lines
from toolwright.cli.interrupts import run_interruptible
from toolwright.cli.output import messages, print_line
from toolwright.cli.sandboxing import SandboxTeller
from toolwright.events import Event, PaceWaited, ProviderPaused, ProviderResumed, SandboxStarted, Warned
from toolwright.experiments.records import CellKey, CellRecord
from toolwright.experiments.running import Teller
from toolwright.messages import Usage
from toolwright.protocols import EventSink
from toolwright.report.sections import count_of, price, time_of

T = TypeVar("T")


@contextmanager
def telling(*, quiet: bool) -> Generator[tuple[Teller, list[EventSink]]]:
    """Shows how far an experiment is; what anything prints meanwhile goes to standard error.

    Args:
        quiet: Show nothing but warnings.

    Yields:
        Whom to tell of cells, and of events.
    """
    console = messages()
    with redirect_stdout(sys.stderr):
        yield CellLines(console, quiet=quiet), [] if quiet else [_Few(console)]


def run_kept(coroutine: Coroutine[Any, Any, T], out: Path) -> T:
    """Runs what asks models for the experiment in `out` to its end; a signal ends it with `say_kept`.

    Raises:
        KeyboardInterrupt: As of `run_interruptible`.
    """

    def last_words() -> None:
        say_kept(out)

    try:
        return run_interruptible(coroutine, last_words)
    except KeyboardInterrupt:
        last_words()
        raise


def say_kept(out: Path) -> None:
    """Prints where what was answered is kept, and how to go on."""
    print_line(messages(), f"What was answered is kept in {out}; the same command goes on where it was.")


class CellLines:
    """A line for each cell begun and ended."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console, self._quiet = console, quiet

    def warn(self, text: str) -> None:
        """Prints a warning, however quiet."""
        print_line(self._console, f"warning: {text}")

    def begun(self, key: CellKey, number: int, count: int) -> None:
        """Prints that a cell begins."""
        self._say(f"[{number}/{count}] {key.id} …")

    def ended(self, record: CellRecord, number: int, count: int) -> None:
        """Prints what a cell came to."""
        self._say(f"[{number}/{count}] {record.key.id}: {_came_to(record)}")

    def _say(self, line: str) -> None:
        if not self._quiet:
            print_line(self._console, line)


class _Few:
    """Of all that runs tell: the sandbox, once; a provider that is out, and what is warned of."""

    def __init__(self, console: Console) -> None:
        self._sandbox, self._lines = SandboxTeller(console), Lines(console)
        self._told = False

    def emit(self, event: Event) -> None:
        """Takes one event."""
        if isinstance(event, SandboxStarted) and not self._told:
            self._told = True
            self._sandbox.emit(event)
        elif isinstance(event, PaceWaited | ProviderPaused | ProviderResumed | Warned):
            self._lines.emit(event)


def _came_to(record: CellRecord) -> str:
    used = sum(record.usage.values(), Usage())
    took = f"{count_of(used.requests, 'request')}, price {price(used.dollars)}, {time_of(record.minutes)}"
    if record.status != "done":
        return f"{record.status}: {record.reason} ({took})"
    read = f"; {count_of(record.measuring.requests, 'request')} of readings" if record.measuring.requests else ""
    read += f"; not all was read beside it: {record.unread}" if record.unread else ""
    if record.test is None:
        return f"done ({took}){read}"
    before = "" if record.test.before is None else f"{record.test.before.mean:.1%} → "
    return f"test {before}{record.test.after.mean:.1%} ({took}){read}"
