"""What stands around a child: made ready once by the base, stepped behind by every child.

`Walls` asks nothing of the system: a folder of its own and the limits are all that `unconfined` gives a child. The
confined kind's are in `confinement/confined_walls.py`.
"""

import os
import random
from typing import TypedDict

from toolwright.sandbox.worker import linux, rlimits, scratch
from toolwright.sandbox.worker.huge_pages import collapse
from toolwright.sandbox.worker.rlimits import CallLimits


class LayerFound(TypedDict):
    """One layer of confinement: its name, whether it is in force, what it does here or why it is missing."""

    name: str
    on: bool
    text: str


class MissingLayerError(Exception):
    """A layer cannot be had on this machine; the arguments are its name and why."""


class Walls:
    """A folder and limits, no more."""

    confines = False
    """Whether children are kept from starting processes."""

    def __init__(self, root: str, limits: CallLimits) -> None:
        self.limits = limits
        self._root = root
        self._plan: rlimits.Plan = []
        self._tasks = 0

    def tier(self) -> str:
        """How far they confine; "" for not at all."""
        return ""

    def enter(self) -> None:
        """The base's first step, before it imports packages; MissingLayerError where a layer cannot be had."""

    def prepare(self) -> None:
        """The base's last step before it forks."""
        collapse(linux.about_itself("maps"))
        self._plan = rlimits.plan(self.limits, linux.mapped_bytes())
        self._tasks = rlimits.user_tasks()

    def layers(self) -> list[LayerFound]:
        """What is in force."""
        return [LayerFound(name="limits", on=True, text="processor time, memory, file size, descriptors")]

    def begin(self) -> None:
        """A child's very first step: what it will start dies with it, and it dies with the base."""
        os.setpgid(0, 0)
        linux.die_with_parent()
        random.seed(0)  # where Python does its own about a fork, it has just seeded it anew

    def keep(self) -> list[int]:
        """Descriptors a child needs until it is behind the walls."""
        return []

    def folder(self, count: int, *, with_files: bool) -> str:
        """The path of a call's working folder."""
        del with_files
        return f"{self._root}/{count}"

    def furnish(self, folder: str, size: int, files: int) -> None:
        """Then it makes its working folder and goes there.

        Args:
            folder: What `folder` said.
            size: Bytes of the task's files that will be put there.
            files: How many files and folders they are.
        """
        del size, files
        os.mkdir(folder, 0o700)  # noqa: PTH102 - plain strings, on the way of every call
        os.chdir(folder)

    def close(self, folder: str) -> None:
        """The child's last step before it may meet learned code; nothing of this can be undone."""
        del folder
        rlimits.apply(self._plan, self._tasks + rlimits.MORE_TASKS if self._tasks else 0)

    def clean(self, folder: str) -> None:
        """The base's step after a child's end."""
        scratch.remove(folder)
