"""What came from one child in a container, kept until its exchange takes it, which lets the child send more."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from toolwright.sandbox.worker import frames

MOST: Final = 3 * frames.WINDOW
"""Bytes of one child's that can be on their way: a window, the block that fills it, and how it ended."""


class Inbox:
    """What came from one child and was not taken yet. Filled in one thread, emptied in another."""

    def __init__(self, taken: Callable[[int], None]) -> None:
        """Is empty.

        Args:
            taken: Is told how many bytes were taken, from time to time.
        """
        self._lock = threading.Lock()
        self._items: deque[tuple[int, bytes]] = deque()
        self._wake: Callable[[], None] | None = None
        self._kept = 0
        self._untold = 0
        self._taken = taken

    def put(self, kind: int, payload: bytes) -> None:
        """Keeps what came; ValueError where the sender did not wait until there was room."""
        with self._lock:
            self._kept += len(payload)
            if max(self._kept, len(self._items)) > MOST:
                raise ValueError(f"more than {MOST} bytes of one child's are on their way")
            self._items.append((kind, payload))
            if self._wake is not None and len(self._items) == 1:
                self._wake()

    def watch(self, wake: Callable[[], None] | None) -> None:
        """Calls this whenever something is put where there was nothing, from now on."""
        with self._lock:
            self._wake = wake

    def take(self) -> tuple[int, bytes] | None:
        """The next item, None where there is none."""
        with self._lock:
            if not self._items:
                return None
            kind, payload = self._items.popleft()
            self._untold += len(payload)
            told = self._untold if self._untold >= frames.WINDOW // 4 else 0
            self._untold -= told
            self._kept -= told
        if told:
            self._taken(told)
        return kind, payload
