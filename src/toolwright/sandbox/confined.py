"""The `confined` kind, the default: learned code behind walls of the kernel, for an ordinary user on Linux.

Namespaces are used where the system lets an ordinary user have them; without them Landlock must do, and calls then have
a working folder that they can only read. Where neither can be had, or seccomp cannot, it refuses to start.
docs/security.md says what each layer keeps out, and what is left.

Example:
    >>> async def main() -> None:
    ...     async with ConfinedSandbox() as sandbox:
    ...         outcome = await sandbox.call(function, {"a": 1, "b": 2})
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from toolwright.errors import SandboxError
from toolwright.sandbox.base_process import BaseProcess
from toolwright.sandbox.forked import ForkedSandbox
from toolwright.sandbox.limits import DEFAULT_LIMITS, Limits
from toolwright.sandbox.packages import DEFAULT_PACKAGES
from toolwright.sandbox.spec import BaseSpec, MissingLayer

OTHERWISE: Final = (
    "Use `--sandbox container` (docker or podman), or a newer kernel (Landlock is in Linux 5.13 and later); "
    "`--sandbox unconfined` runs learned code as you, unprotected."
)


class ConfinedSandbox(ForkedSandbox):
    """Runs learned functions behind namespaces, Landlock, seccomp and limits."""

    def __init__(
        self,
        *,
        allowed: Sequence[str] = DEFAULT_PACKAGES,
        limits: Limits = DEFAULT_LIMITS,
        concurrency: int | None = None,
        python: Path | str | None = None,
        preload: bool = True,
        without: Sequence[str] = (),
    ) -> None:
        """Nothing is started yet.

        Args:
            allowed: Import names functions may use; imported once, ahead of all calls. What functions really import is
                checked when they are admitted, not here.
            limits: What one call may use.
            concurrency: How many calls run at once, at least 1; one for each processor by default.
            python: The interpreter functions run on, 3.11 or newer; Toolwright's own by default. Another environment's
                keeps Toolwright's packages out of their reach.
            preload: False imports nothing ahead: a faster start for a single call; `packages()` is then empty.
            without: "namespaces" or "landlock", to see how it is on a machine that lacks them.
        """
        left_out = dict.fromkeys(without, "left out, as was asked")
        spec = BaseSpec(tuple(allowed), preload, limits, without=left_out)
        super().__init__("confined", partial(_start, str(python or sys.executable), spec), limits, concurrency)


def _start(python: str, spec: BaseSpec) -> BaseProcess:
    """Starts a base behind as many layers as there are.

    Raises:
        SandboxError: They are not enough, or do not hold.
    """
    if sys.platform != "linux":
        raise SandboxError(f"the confined sandbox needs Linux, and this is {sys.platform}. {OTHERWISE}")
    try:
        base = BaseProcess(python, spec)
    except MissingLayer as missing:
        if missing.layer == "namespaces":
            return _start(python, spec.leaving_out("namespaces", missing.why))
        raise SandboxError(f"learned code cannot be confined on this machine: {missing}. {OTHERWISE}") from missing
    if failures := base.ready.report.failures:
        base.stop()
        raise SandboxError(f"the sandbox does not hold on this machine: {failures}. {OTHERWISE}")
    return base
