"""Slots for calls at work, granted to the callers in turn: one that asks for twenty does not hold up the others.

Example:
    >>> turns = Turns[int]()
    >>> for caller, item in [("a", 1), ("a", 2), ("a", 3), ("b", 4)]:
    ...     turns.join(caller, item)
    >>> [turns.next() for _ in range(5)]
    [1, 4, 2, 3, None]
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Turns(Generic[T]):
    """Who waits, and who is next: a line for each caller, and the callers in rotation."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, OrderedDict[T, None]] = OrderedDict()

    def join(self, caller: str, item: T) -> None:
        """Puts an item at the end of its caller's line; a caller with no line takes the rotation's last place."""
        self._lines.setdefault(caller, OrderedDict())[item] = None

    def leave(self, caller: str, item: T) -> None:
        """Takes an item out of its line; one that is not there (any more) is no error."""
        line = self._lines.get(caller, OrderedDict[T, None]())
        line.pop(item, None)
        if not line:
            self._lines.pop(caller, None)

    def next(self) -> T | None:
        """Takes the first item of the caller whose turn it is, who then waits for all others; None where none waits."""
        if not self._lines:
            return None
        caller, line = self._lines.popitem(last=False)
        item, _ = line.popitem(last=False)
        if line:
            self._lines[caller] = line
        return item


class FairSlots:
    """So many slots, for the tasks of one event loop; it holds no reference to the loop.

    While some wait no slot is free, so nobody overtakes.
    """

    def __init__(self, count: int) -> None:
        """All slots are free.

        Args:
            count: How many there are, at least 1.
        """
        self._free = count
        self._waiting = Turns[asyncio.Future[None]]()

    @asynccontextmanager
    async def slot(self, caller: str = "") -> AsyncGenerator[None]:
        """Holds one slot; waits for one behind the same caller's earlier requests, in turn with other callers.

        Args:
            caller: Whoever asks; those of one name share their turns.
        """
        await self._take(caller)
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, caller: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.join(caller, turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._give_back()  # cancelled after the slot was granted and before it could be used
            else:
                self._waiting.leave(caller, turn)
            raise

    def _give_back(self) -> None:
        """Hands a slot on; who was cancelled a moment ago, and has not left its line yet, is passed over."""
        while (turn := self._waiting.next()) is not None:
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
