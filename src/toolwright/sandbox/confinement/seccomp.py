"""seccomp: the list of system calls that computing needs, some with rules on their arguments; all others are refused.

A refused call gives "Operation not permitted". Calls of another architecture's numbering (32-bit, x32) kill the
process: there the same numbers mean other calls. An argument that the kernel takes as 32 bits is compared by its low
word, as the kernel reads it; a pointer or a long by both.
"""

import ctypes
import struct
from typing import Final

from toolwright.sandbox.confinement import bpf
from toolwright.sandbox.confinement.bpf import ALLOW, KILL, Code, give, high, load, low, masked, one_of, unless_equal
from toolwright.sandbox.confinement.kernel import system_call
from toolwright.sandbox.confinement.syscalls import CLOCKS, COMPUTE, FILES, OF_A_PROCESS, SCRATCH, TABLES

DENY: Final = bpf.ERRNO | 1  # EPERM: asm-generic/errno-base.h
UNKNOWN: Final = bpf.ERRNO | 38  # ENOSYS, asm-generic/errno.h: the C library then takes the older call
ANY_PROCESS: Final = 0x7E57A11D
"""Stands in a program for the id of the process it is meant for."""

_AUDIT: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*: linux/audit.h
_X32: Final = 0x40000000  # __X32_SYSCALL_BIT: asm/unistd.h
_THREAD: Final = 0x3D0F00  # the flags of pthread_create: CLONE_VM to CLONE_CHILD_CLEARTID, linux/sched.h
_DETACHED: Final = 0x400000  # CLONE_DETACHED, which musl adds and the kernel ignores
_IOCTLS: Final = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: asm-generic/ioctls.h
_FCNTLS: Final = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)
# duplicates, flags and locks, F_GETPIPE_SZ; not F_SETOWN and F_SETSIG, which send signals to others: linux/fcntl.h
_PRCTLS: Final = (15, 16)  # PR_SET_NAME, PR_GET_NAME: linux/prctl.h
_MODE_AND_TRUNC: Final = 0x203  # O_ACCMODE | O_TRUNC: asm-generic/fcntl.h
_TRUNCATING_UNWRITTEN: Final = (0x200, 0x203)
# O_TRUNC with O_RDONLY, or with the access mode 3: Landlock did not handle truncation before its ABI 3


def program(architecture: str, *, scratch: bool = True) -> bytes:
    """The filter as packed instructions; `for_process` makes it one process's.

    Args:
        architecture: "x86_64" or "aarch64".
        scratch: Whether files and folders may be made, renamed and removed.
    """
    numbers = TABLES[architecture]
    decisions = {numbers[name]: give(ALLOW) for name in allowed(architecture, scratch=scratch)}
    decisions |= {numbers[name]: rule for name, rule in _rules().items() if name in numbers}
    foreign = load(bpf.ARCHITECTURE_AT) + unless_equal(_AUDIT[architecture], KILL)
    x32 = ((0x35, 0, 1, _X32), *give(KILL)) if architecture == "x86_64" else ()  # 0x35: BPF_JMP | BPF_JGE | BPF_K
    return bpf.pack((*foreign, *load(bpf.NUMBER_AT), *x32, *bpf.tree(decisions, give(DENY))))


def allowed(architecture: str, *, scratch: bool = True) -> list[str]:
    """The calls that are allowed whatever their arguments."""
    names = [*COMPUTE, *FILES, *(SCRATCH if scratch else ())]
    return [name for name in names if name in TABLES[architecture]]


def for_process(packed: bytes, pid: int) -> bytes:
    """The program for a process that may send signals to itself alone."""
    return packed.replace(struct.pack("=I", ANY_PROCESS), struct.pack("=I", pid))


def install(packed: bytes) -> None:
    """Puts this thread, and what it starts, behind the filter for good; needs no_new_privs."""
    instructions = ctypes.create_string_buffer(packed, len(packed))
    filter_mode = 1  # SECCOMP_SET_MODE_FILTER: linux/seccomp.h
    header = struct.pack("HxxxxxxP", len(packed) // 8, ctypes.addressof(instructions))  # struct sock_fprog
    system_call("seccomp", filter_mode, 0, header)


def _rules() -> dict[str, Code]:
    """What decides on a call's arguments."""
    own = low(0) + one_of((ANY_PROCESS,), ALLOW, DENY)
    about_itself = low(0) + one_of((0, ANY_PROCESS), ALLOW, DENY)
    clock = low(0) + masked(0x80000000) + one_of((0,), ALLOW, DENY)  # a negative one is another process's
    return {
        "open": low(1) + masked(_MODE_AND_TRUNC) + one_of(_TRUNCATING_UNWRITTEN, DENY, ALLOW),
        "openat": low(2) + masked(_MODE_AND_TRUNC) + one_of(_TRUNCATING_UNWRITTEN, DENY, ALLOW),
        "openat2": give(UNKNOWN),  # its flags lie in memory, where no filter can look
        "clone": high(0)
        + unless_equal(0, DENY)
        + low(0)
        + masked(0xFFFFFFFF ^ _DETACHED)
        + one_of((_THREAD,), ALLOW, DENY),
        "clone3": give(UNKNOWN),  # as openat2
        "ioctl": low(1) + one_of(_IOCTLS, ALLOW, DENY),
        "fcntl": low(1) + one_of(_FCNTLS, ALLOW, DENY),
        "prctl": low(0) + one_of(_PRCTLS, ALLOW, DENY),
        "prlimit64": low(0) + one_of((0,), ALLOW, DENY),
        "kill": own,
        "tgkill": own,
        **dict.fromkeys(OF_A_PROCESS, about_itself),
        **dict.fromkeys(CLOCKS, clock),
        "socketpair": low(0)
        + unless_equal(1, DENY)  # AF_UNIX: linux/socket.h
        + low(1)
        + masked(0xFFFFFFFF ^ 0x80800)  # SOCK_CLOEXEC, SOCK_NONBLOCK: linux/net.h
        + one_of((1,), ALLOW, DENY),  # SOCK_STREAM: a datagram socket could send to any path
        "sendto": low(4) + unless_equal(0, DENY) + high(4) + one_of((0,), ALLOW, DENY),  # no address: only to its peer
    }
