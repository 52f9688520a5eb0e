"""The confined kind's walls: namespaces where the system allows them, Landlock, seccomp and limits."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Final

from toolwright.sandbox.confinement import kernel, landlock, namespaces, seccomp
from toolwright.sandbox.confinement.paths import DEVICES, readable
from toolwright.sandbox.worker import linux, rlimits
from toolwright.sandbox.worker.huge_pages import collapse
from toolwright.sandbox.worker.rlimits import CallLimits
from toolwright.sandbox.worker.walls import LayerFound, MissingLayerError, Walls

NOBODY: Final = 65534
"""The id root runs learned code as; it owns nothing."""

EMPTY: Final = "/empty"
"""The folder that all calls share that have no files and may write none."""

RECOUNT_SECONDS: Final = 1.0
MORE_TASKS: Final = 64
"""Processes and threads that the user's other programs may start until the next count."""


class ConfinedWalls(Walls):
    """Walls of up to four layers; at least seccomp, limits, and one of namespaces and Landlock."""

    confines = True

    def __init__(
        self, root: str, limits: CallLimits, modules: Sequence[str], without: Mapping[str, str], *, contained: bool
    ) -> None:
        """Nothing is asked of the system yet.

        Args:
            root: A folder of this call's own on the machine.
            limits: What one call may use.
            modules: What functions may import.
            without: Layers to leave out, with the reason.
            contained: Whether all of this is in a container already: seccomp and limits are then enough.
        """
        super().__init__(root, limits)
        self._modules = modules
        self._without = dict(without)
        self._namespaces = "namespaces" not in without
        self._contained = contained
        self._readable: list[str] = []
        self._proc = -1
        self._abi = 0
        self._ruleset = -1
        self._program = b""
        self._counted = -RECOUNT_SECONDS

    def tier(self) -> str:
        """What could be had: "B", "B-" without Landlock, "A" without namespaces, "" with neither, in a container."""
        if not self._namespaces:
            return "A" if self._abi else ""
        return "B" if self._abi else "B-"

    @property
    def _may_write(self) -> bool:
        """Whether a call's folder is for writing too: without namespaces Landlock keeps it from filling the disk."""
        return self._namespaces or not self._abi

    def enter(self) -> None:
        """Leaves the machine's world for one of its own, or at least the privileges of root."""
        if not kernel.MACHINE:
            raise MissingLayerError("seccomp", "there is no table of system calls for this processor")
        self._abi = self._landlock()
        self._readable = readable(self._modules)
        if self._namespaces:
            self._enter_namespaces()
        elif not self._abi and not self._contained:
            raise MissingLayerError("minimum", f"{self._without['namespaces']}; {self._without['landlock']}")
        self._drop_privileges()
        self._check_readable()
        if self._namespaces:
            linux.die_with_parent()  # the one that waits for us; else it is a thread of the caller's, which may end

    def _landlock(self) -> int:
        if "landlock" not in self._without:
            try:
                return landlock.abi()
            except OSError as error:
                self._without["landlock"] = f"this kernel offers none, or it is not switched on ({error})"
        return 0

    def _enter_namespaces(self) -> None:
        os.chdir("/")
        os.rmdir(self._root)  # noqa: PTH106 - plain strings throughout the worker; out of reach from now on
        try:
            self._proc = self._entered()
        except OSError as error:
            raise MissingLayerError("namespaces", str(error)) from error

    def _entered(self) -> int:
        if os.geteuid() == 0:
            try:
                return namespaces.enter(self._readable)
            except PermissionError:  # a root without its powers, as in a container, has what every user has
                self._drop_privileges()
        return namespaces.enter(self._readable)

    def _drop_privileges(self) -> None:
        if os.geteuid() == 0:
            try:
                if not self._namespaces:
                    os.chown(self._root, NOBODY, NOBODY)
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            except OSError as error:
                raise MissingLayerError("minimum", f"root cannot become the id {NOBODY}: {error}") from error
            kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # else the children's id maps would be root's to write
        kernel.drop_capabilities()

    def _check_readable(self) -> None:
        for path in self._readable:
            if not os.access(path, os.R_OK):
                hidden = f"{path} cannot be read by the id {os.geteuid()} that learned code runs as"
                raise MissingLayerError("minimum", f"{hidden}; install Python where every user can read it")

    def prepare(self) -> None:
        """Makes what every child then only puts on: the ruleset and the filter."""
        proc = self._proc if self._namespaces else None
        collapse(linux.about_itself("maps", proc))
        self._plan = rlimits.plan(self.limits, linux.mapped_bytes(proc))
        self._program = seccomp.program(kernel.MACHINE, scratch=self._may_write)
        if not self._namespaces:
            os.mkdir(self._root + EMPTY, 0o700)  # noqa: PTH102 - plain strings throughout the worker
        if self._abi:
            self._ruleset = landlock.ruleset(self._abi, self._rules(self._root + EMPTY))

    def _rules(self, folder: str) -> landlock.Rules:
        """In a tmpfs of its own a call may write; a folder of the machine it may only read."""
        scratch = os.path.dirname(namespaces.SCRATCH)  # noqa: PTH120 - as above
        if self._namespaces:
            return landlock.Rules(read=self._readable, write=[*DEVICES, scratch])
        return landlock.Rules(read=[*self._readable, folder], write=DEVICES)

    def layers(self) -> list[LayerFound]:
        """All four, those that are missing included."""
        allowed = len(seccomp.allowed(kernel.MACHINE, scratch=self._may_write))
        found = {
            "namespaces": "user, mount, network, process, IPC, host name and cgroup; a read-only root of the "
            "interpreter and packages; a working folder of its own in memory",
            "landlock": landlock.covers(self._abi) if self._abi else "",
            "seccomp": f"{allowed} system calls allowed, all others refused",
            "limits": "processor time, memory, file size, descriptors, threads",
        }
        return [
            LayerFound(name=name, on=name not in self._without, text=self._without.get(name, text))
            for name, text in found.items()
        ]

    def begin(self) -> None:
        """Starts nothing, and where the base is a namespace's first process, dies with it anyway."""
        if not self._namespaces:
            linux.die_with_parent()

    def keep(self) -> list[int]:
        """What is needed to step behind the walls; let go of in `close`."""
        return [descriptor for descriptor in (self._proc, self._ruleset) if descriptor >= 0]

    def folder(self, count: int, *, with_files: bool) -> str:
        """In a mount namespace of its own every call's folder has the same path."""
        if self._namespaces:
            return namespaces.SCRATCH
        self._count_tasks()
        return f"{self._root}/{count}" if with_files or self._may_write else self._root + EMPTY

    def _count_tasks(self) -> None:
        """Without a user namespace the limit on threads counts all the user's, and that changes."""
        if time.monotonic() - self._counted > RECOUNT_SECONDS:
            self._tasks, self._counted = rlimits.user_tasks() + MORE_TASKS, time.monotonic()

    def furnish(self, folder: str, size: int, files: int) -> None:
        """A folder in memory, or, without namespaces, one that the call will only be able to read."""
        if self._namespaces:
            own = self.limits["scratch_bytes"] + size + 4096 * files
            namespaces.private_scratch(self._proc, own, self.limits["scratch_files"] + files)
        elif not folder.endswith(EMPTY):
            super().furnish(folder, size, files)
        else:
            os.chdir(folder)

    def close(self, folder: str) -> None:
        """Limits, then no way back: no new privileges, no capabilities, Landlock, seccomp."""
        rlimits.apply(self._plan, (1 if self._namespaces else self._tasks) + self.limits["threads"])
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.drop_capabilities()
        if self._abi:
            landlock.restrict(self._ruleset_for(folder), self._abi)
        for descriptor in self.keep():
            os.close(descriptor)
        seccomp.install(seccomp.for_process(self._program, os.getpid()))

    def _ruleset_for(self, folder: str) -> int:
        """The one the base made, or, for a call with files on a machine without namespaces, one of its own."""
        if self._namespaces or folder.endswith(EMPTY):
            return self._ruleset
        return landlock.ruleset(self._abi, self._rules(folder))

    def clean(self, folder: str) -> None:
        """A folder in memory goes with its call."""
        if not self._namespaces and not folder.endswith(EMPTY):
            super().clean(folder)
