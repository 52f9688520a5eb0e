"""The `unconfined` kind: processes of the user's own; only for whoever asks for it in so many words.

It contains crashes, not malice: a call that hangs, floods, exhausts memory or kills its process costs that call alone,
but learned code runs as the user, and can read and write what the user can.

Differences on macOS: memory is not limited (RLIMIT_AS is refused), a child outlives a base that is killed outright
until its own call ends, and processes that learned code starts and abandons are not hunted down. Windows has no fork.

Example:
    >>> async def main() -> None:
    ...     async with UnconfinedSandbox() as sandbox:
    ...         outcome = await sandbox.call(function, {"a": 1, "b": 2})
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from toolwright.sandbox.base_process import BaseProcess
from toolwright.sandbox.forked import ForkedSandbox
from toolwright.sandbox.limits import DEFAULT_LIMITS, Limits
from toolwright.sandbox.packages import DEFAULT_PACKAGES
from toolwright.sandbox.spec import BaseSpec

WARNING: Final = (
    "Sandbox: UNCONFINED. It contains crashes, not malice: learned functions run as you, "
    "and can read, write and reach whatever you can."
)


class UnconfinedSandbox(ForkedSandbox):
    """Runs learned functions in forked processes of the user's own; contains crashes, not malice."""

    def __init__(
        self,
        *,
        allowed: Sequence[str] = DEFAULT_PACKAGES,
        limits: Limits = DEFAULT_LIMITS,
        concurrency: int | None = None,
        python: Path | str | None = None,
        preload: bool = True,
    ) -> None:
        """Nothing is started yet; the arguments are those of `ConfinedSandbox`."""
        spec = BaseSpec(tuple(allowed), preload, limits, without=None)
        super().__init__("unconfined", partial(BaseProcess, str(python or sys.executable), spec), limits, concurrency)
