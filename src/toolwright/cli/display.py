"""What a user sees while a training goes on: a live display on a terminal, sparse lines elsewhere, or nothing."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from toolwright.cli.output import messages, print_line
from toolwright.cli.progress import Progress, UsageMeter
from toolwright.cli.sandboxing import SandboxTeller
from toolwright.cli.telling import retries, tell
from toolwright.errors import ToolwrightError
from toolwright.events import Event, ModelRetried, ProviderPaused, ProviderResumed, RunStarted
from toolwright.protocols import EventSink
from toolwright.report.sections import price

_SPARSE_SECONDS: Final = {"model_retried": 10.0, "provider_paused": 10.0, "pace_waited": 60.0}
"""Sparse lines tell of these at most so often: an overloaded provider causes hundreds of retries and pauses, and a
narrow limit of one's own makes every request wait."""


class Lines:
    """Sparse lines: one for each thing worth knowing."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._retries = 0
        self._told: dict[str, float] = {}
        self._paused = False

    def emit(self, event: Event) -> None:
        """Prints an event's line, if it has one."""
        line = tell(event)
        if isinstance(event, ModelRetried):
            self._retries += 1
            line = f"{line} ({retries(self._retries)} so far)"
        if line and self._worth(event):
            print_line(self._console, line)

    def _worth(self, event: Event) -> bool:
        """Whether to tell it: of retries, pauses and waits one in a while, of resumptions those of a pause told."""
        if isinstance(event, ProviderResumed):
            told, self._paused = self._paused, False
            return told
        if event.kind not in _SPARSE_SECONDS:
            return True
        now = self._clock()
        if now - self._told.get(event.kind, float("-inf")) < _SPARSE_SECONDS[event.kind]:
            return False
        self._told[event.kind] = now
        self._paused = self._paused or isinstance(event, ProviderPaused)
        return True


class LiveView:
    """The live display: epoch, what is under way, rollouts, running mean, usage, what is waited for, latest lines."""

    def __init__(self, runs: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = Progress(clock=clock)
        self._meter = UsageMeter(runs)

    def emit(self, event: Event) -> None:
        """Takes an event in; the display is drawn on its own time."""
        self._progress.take(event)
        self._meter.take(event)

    def close(self) -> None:
        """Closes what it reads from."""
        self._meter.close()

    def __rich__(self) -> RenderableType:
        """The display as it is now."""
        now = self._progress
        head = Table.grid(padding=(0, 2))
        rollouts = f"{now.done}/{now.total}" if now.total else ""
        mean = "" if now.mean is None else f"mean {now.mean:.3f}"
        drawn = ProgressBar(total=now.total or None, completed=now.done, width=30, pulse=not now.total)
        head.add_row(f"epoch {now.epoch}/{now.epochs}", now.doing, drawn, rollouts, mean)
        latest = [Text(f"  {line}", style="dim", no_wrap=True, overflow="ellipsis") for line in now.latest]
        waits = [Text(line, style="bold yellow") for line in now.waits]
        return Group(head, Text(self._used()), *waits, *latest)

    def _used(self) -> str:
        used, now = self._meter.used, self._progress
        minutes, seconds = divmod(int(now.clock() - now.began), 60)
        retried = f" · {retries(now.retries)}" if now.retries else ""
        counts = f"{used.requests:,} requests · {used.tokens:,} tokens · price {price(used.dollars)}"
        return f"{counts}{retried} · {minutes}:{seconds:02}"


class RunNamed:
    """Remembers which run it is, for what is said of its folder where it is broken off.

    Attributes:
        run: Its name, "" while it has none.
    """

    def __init__(self) -> None:
        self.run = ""

    def emit(self, event: Event) -> None:
        """Takes one event."""
        if isinstance(event, RunStarted):
            self.run = event.run


@contextmanager
def watching(runs: Path, *, quiet: bool) -> Generator[list[EventSink]]:
    """Shows what happens while a training runs; what anything prints meanwhile goes to standard error.

    Args:
        runs: The folder that holds runs.
        quiet: Show nothing, but where the run folder is should the training break off.

    Yields:
        The sinks to tell.
    """
    console = messages()
    where, sandbox = RunNamed(), SandboxTeller(console)
    try:
        with redirect_stdout(sys.stderr):
            if quiet:
                yield [where]
            elif console.is_terminal:
                with _live(runs, console) as view:
                    yield [where, sandbox, view]
            else:
                yield [where, sandbox, Lines(console)]
    except (ToolwrightError, KeyboardInterrupt):
        if where.run:
            _say_kept(runs / where.run)
        raise


@contextmanager
def _live(runs: Path, console: Console) -> Generator[LiveView]:
    view = LiveView(runs)
    try:
        with Live(get_renderable=view.__rich__, console=console, refresh_per_second=4, transient=True):
            yield view
    finally:
        view.close()


def _say_kept(folder: Path) -> None:
    text = f"The run folder {folder} keeps every reply and outcome that was journalled."
    print_line(messages(), text)
