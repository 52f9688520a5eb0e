"""One call's process: takes a request from its channel, runs learned code, answers in one line of JSON, and is gone.

It is forked before its call is known and waits, set up, for it. Lines it sends: "ready" when the request has been
taken and its files and limits are in place, then the answer; a session's child goes on with its next cell.
Standard library and files of this folder only.
"""

import contextlib
import json
import os
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any, Final

from toolwright.sandbox.worker import rlimits
from toolwright.sandbox.worker.imports import Guard
from toolwright.sandbox.worker.learned import Cells, call_function
from toolwright.sandbox.worker.walls import Walls
from toolwright.sandbox.worker.wire import FILE, READY, REQUEST

MOST_DESCRIPTORS: Final = os.sysconf("SC_OPEN_MAX")


@dataclass
class Place:
    """What the base gives a child.

    Attributes:
        channel: A descriptor: its end of the line to the caller.
        output: A descriptor: where what it prints goes.
        walls: What it steps behind before it may meet learned code.
        guard: Keeps that code's imports to the allow-list.
        folder: The path of its working folder.
        with_files: Whether files come before its request.
    """

    channel: int
    output: int
    walls: Walls
    guard: Guard
    folder: str
    with_files: bool


def live(place: Place) -> None:
    """A child's whole life; never returns."""
    _set_up(place)
    if not place.with_files:
        _step_behind(place, [], [])
    files = _await_request(place)
    lines = open(place.channel, "rb", closefd=False)  # noqa: SIM115 - a descriptor, open for life
    request: dict[str, Any] = json.loads(lines.readline())
    if place.with_files:
        _step_behind(place, files, request["files"])
    limits = place.walls.limits
    rlimits.allow_cpu(limits["cpu_seconds"], more_to_come=request["kind"] != "call")
    if request["kind"] == "call":
        _send(place.channel, READY)
        _answer(place.channel, call_function(request, limits, place.folder, place.guard, confined=place.walls.confines))
        os._exit(0)
    cells = Cells(limits, place.folder, place.guard, confined=place.walls.confines)
    while line := lines.readline():
        rlimits.allow_cpu(limits["cpu_seconds"], more_to_come=True)
        _send(place.channel, READY)
        _answer(place.channel, cells.run(json.loads(line)["code"]))
    os._exit(0)


def set_up_output() -> None:
    """Once, in the base: what Python prints will go to wherever a child has its output then."""
    sys.stdout = sys.__stdout__ = open(  # noqa: SIM115 - a descriptor, open for life
        1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )


def _set_up(place: Place) -> None:
    place.walls.begin()
    os.dup2(place.output, 1)
    os.dup2(0, 2)  # what goes to stderr (warnings, mostly) names paths and lines of the machine: dropped
    _close_all_but(place.channel, *place.walls.keep())
    signal.set_wakeup_fd(-1)


def _close_all_but(*kept: int) -> None:
    """Closes every descriptor but the standard ones and these: the base's own and those of other calls."""
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, MOST_DESCRIPTORS)


def _await_request(place: Place) -> list[int]:
    """The descriptors that come before a request; behind the walls none can be taken any more."""
    files: list[int] = []
    channel = socket.socket(fileno=place.channel) if place.with_files else None
    while True:
        if channel is not None:
            kind, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
            files += descriptors
        else:
            kind = os.read(place.channel, 1)
        if kind == REQUEST:
            if channel is not None:
                channel.detach()
            return files
        if kind != FILE:
            os._exit(0)  # the caller let go before it had a request


def _step_behind(place: Place, files: list[int], names: list[str]) -> None:
    """Makes the working folder, puts the files there, and closes the walls."""
    size = sum(os.fstat(file).st_size for file in files)
    place.walls.furnish(place.folder, size, sum(name.count("/") + 1 for name in names))
    _take_files(files, names)
    place.walls.close(place.folder)


def _take_files(descriptors: list[int], names: list[str]) -> None:
    """Copies each file from its open descriptor, for its path may be out of reach, and makes it read-only."""
    for descriptor, name in zip(descriptors, names, strict=True):
        if os.path.dirname(name):  # noqa: PTH120 - as above
            os.makedirs(os.path.dirname(name), exist_ok=True)  # noqa: PTH103, PTH120 - as above
        with open(descriptor, "rb") as source, open(name, "xb") as copy:  # noqa: PTH123 - as above
            while block := source.read(1 << 20):
                copy.write(block)
            os.fchmod(copy.fileno(), 0o444)


def _answer(channel: int, line: bytes) -> None:
    with contextlib.suppress(Exception):  # learned code may have closed or replaced it
        sys.stdout.flush()
    _send(channel, line)


def _send(channel: int, line: bytes) -> None:
    while line:
        line = line[os.write(channel, line) :]
