"""Has the kernel keep the base's memory in huge pages, where it can: forking copies page tables, and these need few.

With numpy, sympy, pandas and scipy loaded it takes 40 % off the processor time of a fork and what follows. Linux 6.1
and newer, where transparent huge pages are not switched off; elsewhere nothing happens.
"""

import ctypes
import re
from typing import Final

HUGE: Final = 2 << 20
"""Bytes of a huge page; on an aarch64 machine with larger ones nothing is found to collapse."""

_COLLAPSE: Final = 25  # MADV_COLLAPSE: asm-generic/mman-common.h
_PRIVATE: Final = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 *(?:\[heap\])?$", re.MULTILINE)
"""A line of /proc/self/maps that stands for memory of this process alone, no file's and no stack."""


def collapse(maps: bytes) -> int:
    """Collapses what fills whole huge pages.

    Args:
        maps: What /proc/self/maps says; "" does nothing.

    Returns:
        How many huge pages the kernel made.
    """
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    made = 0
    for found in _PRIVATE.finditer(maps):
        begin, end = (int(text, 16) for text in found.groups())
        first, last = -(-begin // HUGE), end // HUGE
        made += sum(advise(page * HUGE, HUGE, _COLLAPSE) == 0 for page in range(first, last))
    return made
