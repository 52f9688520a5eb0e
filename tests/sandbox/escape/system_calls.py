"""What the tests ask of the kernel that Python has no name for: keys, shared memory, another process's settings."""

import ctypes
import json
import os
import platform
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
ADD_KEY = {"x86_64": 248, "aarch64": 217}.get(platform.machine(), -1)  # asm/unistd_64.h, asm-generic/unistd.h
IOPRIO_GET = {"x86_64": 252, "aarch64": 31}.get(platform.machine(), -1)
USER_KEYRING = -4  # KEY_SPEC_USER_KEYRING, linux/keyctl.h
OPEN_TO_ALL = 0x3F3F3F3F  # every right for possessor, user, group and others
KEYCTL = {"x86_64": 250, "aarch64": 219}.get(platform.machine(), -1)
SETPERM, UNLINK = 5, 9  # KEYCTL_SETPERM, KEYCTL_UNLINK, linux/keyctl.h
IPC_CREAT = 0o1000

LIBC.shmat.restype = ctypes.c_void_p
LIBC.shmat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
LIBC.shmdt.argtypes = (ctypes.c_void_p,)
LIBC.syscall.restype = ctypes.c_long


def add_key(name: str, text: str) -> int:
    """Puts a key into the user's keyring, readable by all; its number, 0 where the kernel keeps none."""
    data = text.encode()
    number = LIBC.syscall(ADD_KEY, b"user", name.encode(), data, len(data), ctypes.c_int(USER_KEYRING))
    if number > 0:
        LIBC.syscall(KEYCTL, SETPERM, ctypes.c_int(number), ctypes.c_uint(OPEN_TO_ALL))
    return max(0, number)


def remove_key(number: int) -> None:
    LIBC.syscall(KEYCTL, UNLINK, ctypes.c_int(number), ctypes.c_int(USER_KEYRING))


def make_shared_memory(text: str) -> int:
    """A SysV segment with a text in it, open to all; its id, -1 where the kernel has none."""
    number: int = LIBC.shmget(0, 4096, IPC_CREAT | 0o666)
    if number >= 0:
        address = LIBC.shmat(number, None, 0)
        ctypes.memmove(address, text.encode(), len(text))
        LIBC.shmdt(address)
    return number


def remove_shared_memory(number: int) -> None:
    LIBC.shmctl(number, 0, None)  # IPC_RMID


def environment_of(pid: int) -> tuple[int, int]:
    """Where in its own memory a process's first environment begins and ends."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[47]), int(fields[48])  # env_start and env_end, man proc_pid_stat


def settings_of(pid: int) -> str:
    """What one process can change of another, as text: what it may use, how it is scheduled, its environment."""
    found = {
        "niceness": os.getpriority(os.PRIO_PROCESS, pid),
        "processors": sorted(os.sched_getaffinity(pid)),
        "scheduler": os.sched_getscheduler(pid),
        "input and output": LIBC.syscall(IOPRIO_GET, 1, pid),
        "limits": Path(f"/proc/{pid}/limits").read_text(),
        "out of memory": Path(f"/proc/{pid}/oom_score_adj").read_text().strip(),
        "environment": Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace"),
    }
    return json.dumps(found)
