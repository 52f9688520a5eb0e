"""Namespaces: a world of its own for the base and its children, without network, other processes or other files.

The base enters it once: a root that holds read-only views of what learned code may read, at their usual paths, and
nothing else. Every child then takes a user and a mount namespace more: with the scratch folder of its own that a
limit on bytes and files needs, and with a count of its own for the limit on threads.
"""

import os
import signal
from typing import Final

from toolwright.sandbox.confinement import kernel
from toolwright.sandbox.confinement.paths import DEVICES

STAGE: Final = "/tmp"  # noqa: S108 - any folder that is always there
SCRATCH: Final = "/scratch/call"
"""The working folder of a call; a rule of Landlock on its parent reaches into what is mounted here."""

_OWN: Final = (
    kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWCGROUP
)


def enter(readable: list[str]) -> int:
    """Moves this process into a world of its own and goes on in a child, its first process.

    This process waits for that child and ends as it does; killed, it takes the child along.

    Args:
        readable: Existing real paths.

    Returns:
        A descriptor of /proc as it was, for children to map their ids with.

    Raises:
        OSError: The system does not allow it; this process is then of no more use.
    """
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    if os.geteuid() == 0:
        kernel.unshare(_OWN)
    else:
        _own_user_namespace(_OWN, proc)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    _build_root(readable)
    first = os.fork()
    if first:
        _follow(first)
    return proc


def private_scratch(proc: int, size: int, files: int) -> None:
    """Gives this child namespaces of its own and an empty scratch folder in memory, and goes there.

    Args:
        proc: What `enter` returned.
        size: Bytes the folder may hold.
        files: Files and folders it may hold.
    """
    _own_user_namespace(kernel.CLONE_NEWNS, proc)
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("scratch", SCRATCH, "tmpfs", flags, f"size={size},nr_inodes={files + 1},mode=700")
    os.chdir(SCRATCH)


def _own_user_namespace(more: int, proc: int) -> None:
    """A user namespace in which this process's ids stay what they are."""
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER | more)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        file = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        try:
            os.write(file, text.encode())
        finally:
            os.close(file)


def _build_root(readable: list[str]) -> None:
    """Two moves, so that nothing is hidden by what the new root is put together on."""
    kernel.mount("stage", STAGE, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=1m,nr_inodes=10,mode=755")
    _move_to(STAGE)
    os.mkdir("/new")  # noqa: PTH102 - plain strings throughout the worker
    kernel.mount("root", "/new", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=4m,nr_inodes=10000,mode=755")
    for path in readable:
        _show(path)
    for path in DEVICES:
        _show(path, devices=True)
    for link in ("/lib", "/lib64"):
        if os.path.islink(f"/old{link}"):  # noqa: PTH114 - as above
            os.symlink(os.readlink(f"/old{link}"), f"/new{link}")  # noqa: PTH115, PTH211 - as above
    os.makedirs(f"/new{SCRATCH}")  # noqa: PTH103 - as above
    _move_to("/new")
    kernel.detach("/old")
    os.rmdir("/old")  # noqa: PTH106 - as above
    kernel.make_read_only("/", devices=True)


def _move_to(root: str) -> None:
    """Makes a mount the root; the old root is then in its folder /old."""
    os.mkdir(f"{root}/old")  # noqa: PTH102 - as above
    kernel.system_call("pivot_root", root.encode(), f"{root}/old".encode())
    os.chdir("/")


def _show(path: str, *, devices: bool = False) -> None:
    """Makes a path of the old root readable at its usual place in the new one."""
    source, target = f"/old{path}", f"/new{path}"
    if os.path.isdir(source):  # noqa: PTH112 - as above
        os.makedirs(target, exist_ok=True)  # noqa: PTH103 - as above
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120 - as above
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(source, target, None, kernel.MS_BIND | kernel.MS_REC)
    kernel.make_read_only(target, devices=devices)


def _follow(first: int) -> None:
    """Lets go of everything, waits for the first process and ends as it did; never returns."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    _, status = os.waitpid(first, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)
