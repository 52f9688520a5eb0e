"""What a tracker is, and how a run is told to one: whatever fails there is said once, and the training goes on.

Example:
    class Printing:
        name = "printing"

        @contextmanager
        def following(self, run: RunFolder) -> Generator[EventSink]:
            print("begins", run.id)
            yield sink
            print("ends", run.id)
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from types import TracebackType
from typing import Final, Protocol, Self, runtime_checkable

from toolwright.errors import ConfigError, ToolwrightError
from toolwright.events import Event
from toolwright.protocols import EventSink
from toolwright.runs.folder import RunFolder

LONGEST: Final = 300
"""Characters of a backend's error that a warning repeats."""


@runtime_checkable
class Tracker(Protocol):
    """Follows runs; what it knows of one lives in the context, so that one tracker serves several runs."""

    name: str
    """What a warning calls it."""

    def following(self, run: RunFolder) -> AbstractContextManager[EventSink]:
        """Follows one session of a run: its sink is told all that happens, and closed when the session ends.

        An exception that ends the session goes through the context. A resumed run tells again what it told before.

        Args:
            run: The run, open for writing.
        """
        ...


class Guarded:
    """A tracker's sink for one run that never breaks the training: the first failure is said, and the sink left alone.

    Args:
        tracker: The tracker.
        run: The run to follow.
        warn: Says what failed.
    """

    def __init__(self, tracker: Tracker, run: RunFolder, warn: Callable[[str], None]) -> None:
        self._tracker, self._run, self._warn = tracker, run, warn
        self._context: AbstractContextManager[EventSink] | None = None
        self._sink: EventSink | None = None
        self._failed = False

    def __enter__(self) -> Self:
        with self._minding():
            context = self._tracker.following(self._run)
            self._sink, self._context = context.__enter__(), context
        return self

    def emit(self, event: Event) -> None:
        """Tells the tracker, unless it has failed."""
        if self._sink is not None:
            with self._minding():
                self._sink.emit(event)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        context, self._context = self._context, None
        if context is not None:
            with self._minding():
                context.__exit__(kind, error, trace)

    @contextmanager
    def _minding(self) -> Generator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a backend is anybody's code, and only looks on
            self._sink = None
            if not self._failed:
                self._failed = True
                said = str(error) if isinstance(error, ToolwrightError) else f"{type(error).__name__}: {error}"
                told = said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
                self._warn(f"the tracker {self._tracker.name} failed and is told no more of this run: {told}")


def check_installed(package: str, extra: str) -> None:
    """Checks that a tracker's package is there, without importing it.

    Raises:
        ConfigError: It is not; the message names the extra to install.
    """
    try:
        found = find_spec(package) is not None
    except ModuleNotFoundError:  # the package it would be in
        found = False
    if not found:
        raise ConfigError(f"the tracker {extra} is not installed: pip install 'toolwright[{extra}]'")
