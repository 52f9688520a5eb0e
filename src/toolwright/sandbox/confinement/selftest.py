"""Tries at every start whether the walls hold: real attacks that must fail, and real work that must succeed.

A child of the base steps behind the walls as every other does, and is then told by our own code, not learned code, to
try. The canaries are the caller's: a file and listening sockets that are really there to be got at.
"""

import contextlib
import ctypes
import json
import os
import select
import socket
import sys
from collections.abc import Callable
from typing import Final, TypedDict

from toolwright.sandbox.worker.walls import Walls

SECONDS: Final = 10.0
"""How long the child may take on a busy machine."""


class Canaries(TypedDict):
    """What is really there.

    Attributes:
        file: The path of a file that every user may read.
        folder: The path of a folder that users may write to.
        tcp: A listening port on 127.0.0.1.
        unix: The abstract name of a listening socket.
        pid: A process that is no concern of learned code.
    """

    file: str
    folder: str
    tcp: int
    unix: str
    pid: int


class VerdictFound(TypedDict):
    """One thing tried: its name, whether it came out as it must, what happened."""

    name: str
    held: bool
    text: str


def self_test(walls: Walls, canaries: Canaries) -> list[VerdictFound]:
    """What came of every attack and of real work; the base's child tries, the base listens."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(theirs, 2)
            folder = walls.folder(0, with_files=False)
            walls.furnish(folder, 0, 0)
            walls.close(folder)
            os.write(2, json.dumps(_tried(canaries, walls.tier())).encode() + b"\n")
        except BaseException as error:  # noqa: BLE001 - whatever it is, the base must hear of it
            os.write(2, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(theirs)
    try:
        return _heard(ours)
    finally:
        os.close(ours)
        with contextlib.suppress(OSError):
            os.kill(pid, 9)
        os.waitpid(pid, 0)


def _heard(pipe: int) -> list[VerdictFound]:
    said = b""
    while not said.endswith(b"\n") and select.select([pipe], [], [], SECONDS)[0]:
        block = os.read(pipe, 65536)
        if not block:
            break
        said += block
    try:
        return json.loads(said)
    except ValueError:
        text = said.decode(errors="replace") or "the process ended, or hung, without a word"
        return [VerdictFound(name="step behind the walls", held=False, text=text[:500])]


def _tried(canaries: Canaries, tier: str) -> list[VerdictFound]:
    """Without a tier nothing keeps files apart but the container around."""
    files: dict[str, Callable[[], object]] = {
        "read a file of the machine": lambda: _read(canaries["file"]),
        "write a file of the machine": lambda: _write(f"{canaries['folder']}/toolwright-{canaries['pid']}"),
        "read another process's environment": lambda: _read(f"/proc/{canaries['pid']}/environ"),
    }
    attacks: dict[str, Callable[[], object]] = {
        **(files if tier else {}),
        "connect by TCP": lambda: socket.create_connection(("127.0.0.1", canaries["tcp"]), timeout=1),
        "send by UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
        "connect to a local socket": lambda: socket.socket(socket.AF_UNIX).connect(canaries["unix"]),
        "signal another process": lambda: os.kill(canaries["pid"], 0),
        "trace another process": lambda: _c("ptrace", 0x4206, canaries["pid"], 0, 0),  # PTRACE_SEIZE
        "start a process": _fork,
        "run a program": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),  # noqa: S606 - must fail
        "make a user namespace": lambda: _c("unshare", 0x10000000),  # CLONE_NEWUSER
    }
    work: dict[str, Callable[[], object]] = {"compute": _compute}
    work |= {"write in the working folder": lambda: _write("written")} if tier != "A" else {}
    return [*(_attack(name, act) for name, act in attacks.items()), *(_work(name, act) for name, act in work.items())]


def _attack(name: str, act: Callable[[], object]) -> VerdictFound:
    try:
        act()
    except OSError as error:
        return VerdictFound(name=name, held=True, text=f"refused: {error.strerror or error}")
    return VerdictFound(name=name, held=False, text="it got through")


def _work(name: str, act: Callable[[], object]) -> VerdictFound:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - whatever stops it, it does not work
        return VerdictFound(name=name, held=False, text=f"{type(error).__name__}: {error}")
    return VerdictFound(name=name, held=True, text="it works")


def _read(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 - plain strings throughout the worker
        file.read(1)


def _write(path: str) -> None:
    with open(path, "wb") as file:  # noqa: PTH123 - as above
        file.write(b"x")
    os.unlink(path)  # noqa: PTH108 - as above


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _c(name: str, *arguments: int) -> None:
    """Calls a function of the C library that Python has no name for."""
    if ctypes.CDLL(None, use_errno=True)[name](*map(ctypes.c_long, arguments)) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def _compute() -> None:
    """Something with numpy where it is loaded."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and round(float(numpy.linalg.det(numpy.eye(3) * 2))) != 8:
        raise ValueError("numpy gave a wrong determinant")
    if sum(range(10)) != 45:
        raise ValueError("the interpreter cannot add")
