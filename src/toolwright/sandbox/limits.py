"""How much one call may use."""

from typing import Final

from pydantic import Field, PositiveFloat, PositiveInt

from toolwright.base import Frozen
from toolwright.sandbox.worker.rlimits import CallLimits


class Limits(Frozen):
    """What one call (of a session: one cell) may use; each overrun has an outcome of its own.

    Attributes:
        wall_seconds: Time from the start of learned code to its result; "timeout" beyond it.
        cpu_seconds: Processor time, rounded up to whole seconds; "cpu" beyond it.
        memory_mb: Mebibytes on top of what the base process maps; "memory" beyond it. Not enforced on macOS.
        output_bytes: Bytes printed; "output" beyond it.
        result_bytes: Bytes of the result as JSON; "result" beyond it.
        result_depth: Levels of lists and objects in the result; "depth" beyond it.
        threads: Threads beyond the main one; "threads" beyond it.
        scratch_mb: Mebibytes of all files written in the working folder; "scratch" beyond it.
        scratch_files: Files and folders in the working folder; "inodes" beyond it.
        file_bytes: Bytes of any one file written; "scratch" beyond it.
        open_files: Descriptors open at once; an OSError in learned code beyond it.
        start_seconds: Time for the base process, and each child, to get ready; the sandbox has failed beyond it.
    """

    wall_seconds: PositiveFloat = 10.0
    cpu_seconds: PositiveFloat = 10.0
    memory_mb: PositiveInt = 512
    output_bytes: PositiveInt = 64 * 1024
    result_bytes: PositiveInt = 1_000_000
    result_depth: int = Field(default=100, ge=1, le=200)
    threads: PositiveInt = 32
    scratch_mb: PositiveInt = 64
    scratch_files: int = Field(default=1000, ge=16)
    file_bytes: PositiveInt = 64 * 1024 * 1024
    open_files: int = Field(default=64, ge=16)
    start_seconds: PositiveFloat = 60.0

    def for_child(self) -> CallLimits:
        """What the child is told; the caller enforces the rest."""
        return CallLimits(
            cpu_seconds=self.cpu_seconds,
            memory_bytes=self.memory_mb << 20,
            threads=self.threads,
            scratch_bytes=self.scratch_mb << 20,
            scratch_files=self.scratch_files,
            file_bytes=self.file_bytes,
            open_files=self.open_files,
            output_bytes=self.output_bytes,
            result_bytes=self.result_bytes,
            result_depth=self.result_depth,
        )


DEFAULT_LIMITS: Final = Limits()
