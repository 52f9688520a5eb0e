"""Numbers of the system calls that the filter names; all others are refused without being known here.

Sources: asm/unistd_64.h for x86-64, asm-generic/unistd.h for aarch64, which lacks the older calls by path.
A test compares them with the headers of the machine it runs on.
"""

from collections.abc import Mapping
from typing import Final

COMPUTE: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "brk": (12, 214),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "msync": (26, 227),
    "futex": (202, 98),
    "futex_waitv": (449, 449),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "set_tid_address": (218, 96),
    "sched_yield": (24, 124),
    "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126),
    "getcpu": (309, 168),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "restart_syscall": (219, 128),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136),
    "rt_sigsuspend": (130, 133),
    "rt_sigtimedwait": (128, 137),
    "sigaltstack": (131, 132),
    "pause": (34, None),
    "alarm": (37, None),
    "setitimer": (38, 103),
    "getitimer": (36, 102),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getgroups": (115, 158),
    "getpgrp": (111, None),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "umask": (95, 166),
    "wait4": (61, 260),
    "waitid": (247, 95),
}
"""Name to number on x86-64 and on aarch64: memory, threads, time, identity."""

FILES: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "read": (0, 63),
    "readv": (19, 65),
    "pread64": (17, 67),
    "preadv": (295, 69),
    "preadv2": (327, 286),
    "write": (1, 64),
    "writev": (20, 66),
    "pwrite64": (18, 68),
    "pwritev": (296, 70),
    "pwritev2": (328, 287),
    "lseek": (8, 62),
    "close": (3, 57),
    "close_range": (436, 436),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "eventfd2": (290, 19),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_wait": (232, None),
    "epoll_pwait": (281, 22),
    "epoll_pwait2": (441, 441),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "stat": (4, None),
    "lstat": (6, None),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents": (78, None),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "chdir": (80, 49),
    "fchdir": (81, 50),
    "flock": (73, 32),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "fadvise64": (221, 223),
    "sendfile": (40, 71),
    "copy_file_range": (326, 285),
    "ftruncate": (77, 46),
    "fallocate": (285, 47),
    "getsockopt": (55, 209),
    "getsockname": (51, 204),
    "getpeername": (52, 205),
    "shutdown": (48, 210),
    "recvfrom": (45, 207),
}
"""Name to number on x86-64 and on aarch64: descriptors, and reading files by path."""

SCRATCH: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "truncate": (76, 45),
}
"""Name to number on x86-64 and on aarch64: changing the tree of files, where scratch may be written."""

RULED: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "open": (2, None),
    "openat": (257, 56),
    "clone": (56, 220),
    "clone3": (435, 435),
    "ioctl": (16, 29),
    "fcntl": (72, 25),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "socketpair": (53, 199),
    "sendto": (44, 206),
    "openat2": (437, 437),
}
"""Name to number on x86-64 and on aarch64: allowed with some arguments only, by the rules of `seccomp.py`."""

OF_A_PROCESS: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "get_robust_list": (274, 100),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "getpgid": (121, 155),
    "getsid": (124, 156),
}
"""Name to number on x86-64 and on aarch64: questions about a process, allowed about itself."""

CLOCKS: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
}
"""Name to number on x86-64 and on aarch64: allowed for the clocks of all, not for another process's."""

ARCHITECTURES: Final = ("x86_64", "aarch64")

TABLES: Final[Mapping[str, Mapping[str, int]]] = {
    architecture: {
        name: number
        for group in (COMPUTE, FILES, SCRATCH, RULED, OF_A_PROCESS, CLOCKS)
        for name, numbers in group.items()
        if (number := numbers[place]) is not None
    }
    for place, architecture in enumerate(ARCHITECTURES)
}
"""Name to number, by architecture."""
