"""What a pool asks of a running base process, wherever it runs: on this machine, or in a container."""

from collections.abc import Sequence
from typing import Protocol

from toolwright.base import Frozen
from toolwright.sandbox.exchange import Exchange
from toolwright.sandbox.limits import Limits
from toolwright.sandbox.report import Report


class Ready(Frozen):
    """What the base says when it is ready.

    Attributes:
        packages: Version by top-level module that really imports, "" for the standard library.
        faults: What went wrong, by module that does not import.
        report: What confines learned code, and what was tried against it.
    """

    packages: dict[str, str]
    faults: dict[str, str]
    report: Report = Report()


class Child(Protocol):
    """The caller's end of one child process, from fork to end."""

    @property
    def server(self) -> "Server":
        """The base that forked it."""
        ...

    def send_files(self, paths: Sequence[str]) -> None:
        """Gives it the files its call may read; OSError where one cannot be opened or sent."""
        ...

    async def exchange(self, payload: bytes, limits: Limits) -> Exchange:
        """Sends a request and waits for its end, at most as long as the limits allow."""
        ...

    def close(self) -> None:
        """Lets go of the child, which kills it, whatever it is doing."""
        ...


class Server(Protocol):
    """A running base process. Starting one blocks, and it belongs to no event loop."""

    @property
    def ready(self) -> Ready:
        """What it said when it was ready."""
        ...

    @property
    def alive(self) -> bool:
        """Whether it still serves calls."""
        ...

    @property
    def end(self) -> str:
        """How it ended, once it has been stopped."""
        ...

    def condemn(self) -> None:
        """A child was lost without a report: the base is dead or dying, even if it does not show yet."""
        ...

    def child(self, *, with_files: bool) -> Child:
        """Forks a child; OSError where the base is gone.

        Args:
            with_files: Whether files will be sent: the child then waits for them before it confines itself.
        """
        ...

    def stop(self) -> None:
        """Ends the base and its children and leaves nothing behind."""
        ...
