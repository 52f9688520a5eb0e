"""What the caller and the shim in a container send each other; standard library only.

A frame is a header (number of the child, kind, length) and so many bytes. The child with number 0 is the base itself.
"""

import struct
from collections.abc import Iterator
from typing import Final

HEADER: Final = struct.Struct("!IBI")
WINDOW: Final = 64 * 1024
"""Bytes of one child's that may be on their way, as in a pipe; with the block that fills it twice as many."""

# From the caller.
OPEN: Final = 1
"""Fork a child; what follows is for the base."""
DATA: Final = 2
"""Bytes for the child's channel."""
FILE: Final = 3
"""A part of a file."""
FILED: Final = 4
"""The file is complete: hand the child a descriptor of it, with these bytes."""
TAKEN: Final = 5
"""So many bytes were taken (COUNT)."""
CLOSE: Final = 6
"""Let go of the child."""

# To the caller.
READY: Final = 10
"""The line the base says when it is ready."""
CHANNEL: Final = 11
"""Bytes from the child's channel."""
OUTPUT: Final = 12
"""Bytes the child printed."""
END: Final = 13
"""What the base said of the child's end, nothing where the base is gone; there is no more to come."""

COUNT: Final = struct.Struct("!I")


def frame(number: int, kind: int, payload: bytes = b"") -> bytes:
    """One frame as it is sent."""
    return HEADER.pack(number, kind, len(payload)) + payload


def frames(buffer: bytearray, longest: int) -> Iterator[tuple[int, int, bytes]]:
    """Takes the complete frames out of what has come so far; ValueError where one is longer than it may be."""
    start = 0
    try:
        while len(buffer) - start >= HEADER.size:
            number, kind, length = HEADER.unpack_from(buffer, start)
            if length > longest:
                raise ValueError(f"a frame of {length} bytes")
            end = start + HEADER.size + length
            if len(buffer) < end:
                break
            payload = bytes(buffer[start + HEADER.size : end])
            start = end
            yield number, kind, payload
    finally:
        del buffer[:start]
