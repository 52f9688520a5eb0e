"""Which descriptors a loop watches, and what it does when one is ready; standard library only, part of the worker."""

import selectors
import socket
from collections.abc import Callable


class Watcher:
    """Descriptors with what to do about each."""

    def __init__(self) -> None:
        """Watches nothing yet."""
        self._selector = selectors.DefaultSelector()

    def watch(self, file: int | socket.socket, events: int, action: Callable[[], None]) -> None:
        """Watches for exactly these events, 0 for none.

        Args:
            file: What is watched.
            events: Those of `selectors`.
            action: What is done when one of them comes.
        """
        watched = self._selector.get_map().get(file)
        if not events:
            self.forget(file)
        elif watched is None:
            self._selector.register(file, events, action)
        elif watched.events != events:
            self._selector.modify(file, events, action)

    def forget(self, file: int | socket.socket) -> None:
        """Watches it no more; one that is not watched is no error."""
        if self._selector.get_map().get(file) is not None:
            self._selector.unregister(file)

    def turn(self) -> None:
        """Waits until something is ready, and does what there is to do."""
        for key, _ in self._selector.select():
            key.data()
