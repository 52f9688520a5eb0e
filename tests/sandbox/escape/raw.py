"""What attacks begin with that make system calls of their own: `call(name or number, *arguments)` and `room(size)`.

The numbers are written into the source for the machine the tests run on, so that an attack asks the sandbox for nothing
before it begins. Sources: asm/unistd_64.h for x86-64, asm-generic/unistd.h for aarch64.

Example:
    Attack("gets a ring", "kernel", RAW + "def attack(t):\\n    return str(call('io_uring_setup', 1, room(120)))\\n")
"""

import platform
from typing import Final

from .never import NEVER, Numbers

NUMBERS: Final[Numbers] = NEVER | {
    "clone": (56, 220), "clone3": (435, 435), "getpid": (39, 172), "openat": (257, 56), "openat2": (437, 437),
    "prctl": (157, 167), "prlimit64": (302, 261), "tgkill": (234, 131),
}  # fmt: skip
"""By name: of x86-64 and of aarch64, None where it has no such call."""

MACHINE: Final = platform.machine()

RAW: Final = f"""
import ctypes, os

NUMBER_OF = { {name: pair[MACHINE == "aarch64"] for name, pair in NUMBERS.items()} }
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long


def room(size, content=b""):
    return ctypes.create_string_buffer(content, size)


def call(name, *arguments):
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    number = name if isinstance(name, int) else NUMBER_OF[name]
    result = LIBC.syscall(ctypes.c_long(number), *words)
    if result == -1:
        raise OSError(ctypes.get_errno(), f"{{name}}: {{os.strerror(ctypes.get_errno())}}")
    return result

"""
