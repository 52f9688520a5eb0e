"""One call's process: takes a request from its channel, runs learned code, answers in one line of JSON, and is gone.

It is forked before its call is known and waits, set up, for it. Lines it sends: "ready" when the request has been
taken and its files and limits are in place, then the answer; a session's child goes on with its next cell.
Standard library and files of this folder only.
"""

import contextlib
import json
import os
import random
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any

from toolwright.sandbox.worker import linux, rlimits
from toolwright.sandbox.worker.learned import Cells, call_function
from toolwright.sandbox.worker.rlimits import CallLimits
from toolwright.sandbox.worker.wire import FILE, READY, REQUEST


@dataclass(frozen=True)
class Place:
    """What the base gives a child: two descriptors, the path of its scratch folder, the number of the user's tasks."""

    channel: int
    output: int
    folder: str
    tasks: int


def live(place: Place) -> None:
    """A child's whole life; never returns."""
    channel = _set_up(place)
    files: list[int] = []
    while True:
        kind, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        files += descriptors
        if kind == REQUEST:
            break
        if kind != FILE:
            os._exit(0)  # the caller let go before it had a request
    lines = channel.makefile("rb")
    request: dict[str, Any] = json.loads(lines.readline())
    _take_files(files, request["files"])
    limits: CallLimits = request["limits"]
    rlimits.apply(limits, place.tasks)
    if request["kind"] == "call":
        rlimits.allow_cpu(limits["cpu_seconds"])
        channel.sendall(READY)
        _answer(channel, call_function(request, limits, place.folder))
        os._exit(0)
    cells = Cells(limits, place.folder)
    while line := lines.readline():
        rlimits.allow_cpu(limits["cpu_seconds"])
        channel.sendall(READY)
        _answer(channel, cells.run(json.loads(line)["code"]))
    os._exit(0)


def _set_up(place: Place) -> socket.socket:
    os.setpgid(0, 0)
    linux.die_with_parent()
    os.dup2(place.output, 1)
    os.dup2(0, 2)  # what goes to stderr (warnings, mostly) names paths and lines of the machine: dropped
    keep = {0, 1, 2, place.channel}
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - plain strings, on the way of every call
        if int(name) not in keep:
            with contextlib.suppress(OSError):  # the one that listed them
                os.close(int(name))
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.mkdir(place.folder, 0o700)  # noqa: PTH102 - as above
    os.chdir(place.folder)
    sys.stdout = sys.__stdout__ = open(  # noqa: SIM115 - a descriptor, open for life
        1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )
    _seed()
    return socket.socket(fileno=place.channel)


def _seed() -> None:
    """The same numbers in every call, so that a call gives the same result each time."""
    random.seed(0)
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(0)


def _take_files(descriptors: list[int], names: list[str]) -> None:
    """Copies each file from its open descriptor, so that no path of the host is needed, and makes it read-only."""
    for descriptor, name in zip(descriptors, names, strict=True):
        if os.path.dirname(name):  # noqa: PTH120 - as above
            os.makedirs(os.path.dirname(name), exist_ok=True)  # noqa: PTH103, PTH120 - as above
        with open(descriptor, "rb") as source, open(name, "xb") as copy:  # noqa: PTH123 - as above
            while block := source.read(1 << 20):
                copy.write(block)
            os.fchmod(copy.fileno(), 0o444)


def _answer(channel: socket.socket, line: bytes) -> None:
    with contextlib.suppress(Exception):  # learned code may have closed or replaced it
        sys.stdout.flush()
    channel.sendall(line)
