"""The base process: imports the allowed packages once and forks a child for each call; it never sees learned source.

Each call brings three descriptors over the control socket: the child's channel, its output, and a lease. The base keeps
the lease: when the other side drops it the child is killed, when the child is gone its end is reported there. So no
process id leaves this process, and a caller that dies takes its children with it. When the control socket ends, the
base kills what is left, removes its folder and exits.

Everything here is standard library and files of this folder; nothing else of Toolwright is imported.
"""

import contextlib
import gc
import json
import os
import random
import selectors
import signal
import socket
import time
from dataclasses import dataclass
from typing import Final, TypedDict

from toolwright.sandbox.confinement.confined_walls import ConfinedWalls
from toolwright.sandbox.confinement.selftest import Canaries, self_test
from toolwright.sandbox.worker import linux, scratch
from toolwright.sandbox.worker.child import Place, live, set_up_output
from toolwright.sandbox.worker.imports import Guard
from toolwright.sandbox.worker.preload import preload
from toolwright.sandbox.worker.rlimits import CallLimits
from toolwright.sandbox.worker.walls import MissingLayerError, Walls
from toolwright.sandbox.worker.wire import FORK_WITH_FILES

SETUP_FAILED: Final = 70
"""Exit code of a child that failed before it could take a request."""


@dataclass
class _Child:
    pid: int
    lease: int
    folder: str


class Base:
    """The base's loop."""

    def __init__(self, control: socket.socket, walls: Walls, guard: Guard) -> None:
        self._control = control
        self._walls = walls
        self._guard = guard
        self._children: dict[int, _Child] = {}
        self._count = 0
        self._selector = selectors.DefaultSelector()
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, _ignore)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._selector.register(control, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)

    def serve(self) -> None:
        """Serves until the control socket ends, then leaves nothing behind."""
        open_ = True
        while open_ or self._children:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    open_ = self._fork()
                elif key.fileobj == self._wake:
                    self._reap()
                else:
                    self._kill(key.data)

    def _fork(self) -> bool:
        """Forks a child for a new call; False where there are no more calls to come."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 1, 3)
        except OSError:
            message, descriptors = b"", []
        if not message:
            self._selector.unregister(self._control)
            for child in self._children.values():
                self._end(child)
            return False
        if len(descriptors) == 3:
            self._start(*descriptors, with_files=message == FORK_WITH_FILES)
        return True

    def _start(self, channel: int, output: int, lease: int, *, with_files: bool) -> None:
        self._count += 1
        folder = self._walls.folder(self._count, with_files=with_files)
        place = Place(
            channel=channel, output=output, walls=self._walls, guard=self._guard, folder=folder, with_files=with_files
        )
        pid = linux.fork()
        if pid == 0:
            try:
                live(place)
            finally:
                os._exit(SETUP_FAILED)
        if not self._walls.confines:
            with contextlib.suppress(OSError):
                os.setpgid(pid, pid)  # the child does the same: whoever is first
        os.close(channel)
        os.close(output)
        os.set_blocking(lease, False)
        self._children[pid] = child = _Child(pid, lease, folder)
        self._selector.register(lease, selectors.EVENT_READ, child)

    def _kill(self, child: _Child) -> None:
        """The caller let go of the call: what is left of it is killed, and reaped when that has happened."""
        if child.pid in self._children:  # else it was reaped since the selector looked
            self._selector.unregister(child.lease)
            self._end(child)

    def _end(self, child: _Child) -> None:
        # Not yet reaped, so neither id can have been given to another process.
        for kill in (os.kill,) if self._walls.confines else (os.killpg, os.kill):
            with contextlib.suppress(OSError):
                kill(child.pid, signal.SIGKILL)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 4096)
        while pid := _ended():
            child = self._children.pop(pid, None)
            if child is not None and not self._walls.confines:
                self._end(child)  # what it started, before its id may be another's
            _, status, usage = os.wait4(pid, 0)
            if not self._walls.confines:
                self._kill_orphans()
            if child is not None:
                self._walls.clean(child.folder)
                self._report(child, status, usage.ru_utime + usage.ru_stime)

    def _report(self, child: _Child, status: int, cpu: float) -> None:
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):  # the caller may be gone
            os.write(child.lease, b'{"exit": %d, "cpu": %f}' % (code, cpu))
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.lease)
        os.close(child.lease)

    def _kill_orphans(self) -> None:
        """Kills what ended calls left behind: children of ours that we did not start."""
        for pid in linux.own_children():
            if pid not in self._children:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)


def _ignore(_signal: int, _frame: object) -> None:
    """A handler must be there for the wake-up pipe to be written to."""


def _ended() -> int:
    """The id of a child that has ended, not yet reaped; 0 where there is none."""
    try:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return 0
    return ended.si_pid if ended else 0


class Config(TypedDict):
    """What the base is told at its start.

    Attributes:
        root: A folder of its own on the machine.
        modules: What functions may import.
        preload: What is imported ahead.
        limits: What one call may use.
        without: The confined kind's layers that are left out, with the reason; None for the unconfined kind.
        contained: Whether this is in a container.
        canaries: What the self-test may try to get at.
    """

    root: str
    modules: list[str]
    preload: list[str]
    limits: CallLimits
    without: dict[str, str] | None
    contained: bool
    canaries: Canaries


def main(arguments: list[str]) -> None:
    """Runs the base: the control socket's descriptor, and its `Config` as JSON."""
    control = socket.socket(fileno=int(arguments[0]))
    control.set_inheritable(False)
    config: Config = json.loads(arguments[1])
    os.umask(0o022)  # the caller's may keep even the folders made here from being read
    os.chdir(config["root"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's; it then lets go of us
    linux.adopt_orphans()
    linux.die_first()
    try:
        walls, ready = _get_ready(config)
    except MissingLayerError as error:
        ready = {"missing": error.args[0], "why": error.args[1]}
        control.sendall(json.dumps(ready).encode() + b"\n")
        return
    set_up_output()
    random.seed(0)
    guard = Guard(config["modules"])
    guard.watch_importlib()
    base = os.getpid()
    try:
        control.sendall(json.dumps(ready).encode() + b"\n")
        Base(control, walls, guard).serve()
    finally:
        if os.getpid() == base:  # not a child whose learned code kept it from ending
            scratch.remove(config["root"])


def _get_ready(config: Config) -> tuple[Walls, dict[str, object]]:
    """Enters the walls, imports the packages, and tries whether the walls hold."""
    if config["without"] is None:
        walls = Walls(config["root"], config["limits"])
    else:
        walls = ConfinedWalls(
            config["root"],
            config["limits"],
            config["modules"],
            config["without"],
            contained=config["contained"],
        )
    walls.enter()
    versions, faults = preload(config["preload"])
    gc.collect()
    gc.freeze()  # a child's collector need not touch, and so copy, what all share
    walls.prepare()
    began = time.monotonic()
    verdicts = self_test(walls, config["canaries"]) if walls.confines else []
    report = {
        "tier": walls.tier(),
        "layers": walls.layers(),
        "verdicts": verdicts,
        "selftest_seconds": time.monotonic() - began,
    }
    return walls, {"packages": versions, "faults": faults, "report": report}
