"""System calls that Python has no name for, through ctypes; each constant with the kernel header it is from."""

import ctypes
import os
import platform
from typing import Final

MACHINE: Final = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}.get(
    platform.machine().lower(), ""
)
"""The architecture by our name, "" for one without tables here."""

CLONE_NEWNS: Final = 0x00020000  # linux/sched.h, this and the next
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_NOSUID: Final = 0x2  # linux/mount.h, this and the next
MS_NODEV: Final = 0x4
MS_NOEXEC: Final = 0x8
MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x40000
MNT_DETACH: Final = 0x2

_NUMBERS: Final = {
    # asm/unistd_64.h, asm-generic/unistd.h
    "pivot_root": {"x86_64": 155, "aarch64": 41},
    "capset": {"x86_64": 126, "aarch64": 91},
    "seccomp": {"x86_64": 317, "aarch64": 277},
    "mount_setattr": {"x86_64": 442, "aarch64": 442},
    "landlock_create_ruleset": {"x86_64": 444, "aarch64": 444},
    "landlock_add_rule": {"x86_64": 445, "aarch64": 445},
    "landlock_restrict_self": {"x86_64": 446, "aarch64": 446},
}
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_SYSCALL: Final = _LIBC.syscall
_SYSCALL.restype = ctypes.c_long

PR_SET_DUMPABLE: Final = 4  # linux/prctl.h, this and the next
PR_SET_NO_NEW_PRIVS: Final = 38


def system_call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Makes a system call by name; its result, or OSError with the call's name."""
    number = _NUMBERS[name][MACHINE]
    passed = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(_SYSCALL(ctypes.c_long(number), *passed), name)


def prctl(option: int, value: int) -> None:
    """Sets one of this process's attributes."""
    _checked(_LIBC.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))), "prctl")


def unshare(flags: int) -> None:
    """Moves this process into namespaces of its own."""
    _checked(_LIBC.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mounts a file system, or another part of one."""
    kind_bytes = kind.encode() if kind else None
    done = _LIBC.mount(os.fsencode(source), os.fsencode(target), kind_bytes, ctypes.c_ulong(flags), options.encode())
    _checked(done, f"mount {target}")


def detach(target: str) -> None:
    """Takes a mount and all below it away from this mount namespace."""
    _checked(_LIBC.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def make_read_only(target: str, *, devices: bool = False) -> None:
    """Makes a mount and those below it read-only, without set-user-ids and, unless asked for, without devices."""
    attributes = 0x1 | 0x2 | (0 if devices else 0x4)  # MOUNT_ATTR_RDONLY, _NOSUID, _NODEV: linux/mount.h
    recursive = 0x8000  # AT_RECURSIVE: linux/fcntl.h
    asked = attributes.to_bytes(8, "little") + bytes(
        24
    )  # struct mount_attr: attr_set, attr_clr, propagation, userns_fd
    here = -100  # AT_FDCWD: linux/fcntl.h
    system_call("mount_setattr", here, os.fsencode(target), recursive, asked, len(asked))


def drop_capabilities() -> None:
    """Gives up every capability of this process, for good under no_new_privs."""
    header = (0x20080522).to_bytes(4, "little") + bytes(4)  # _LINUX_CAPABILITY_VERSION_3: linux/capability.h
    system_call("capset", header, bytes(24))


def _checked(result: int, what: str) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result
