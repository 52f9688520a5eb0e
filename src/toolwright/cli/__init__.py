"""The command line: thin commands that parse, call and print. `toolwright --help` imports nothing heavy."""

import atexit
import gc
import sys
from collections.abc import Sequence
from typing import Final

__all__ = ["main"]

_GARBAGE: Final = (20_000, 20, 10)
"""Objects and rounds between collections: a run makes many values and few cycles, and looking costs a tenth of it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        argv: The arguments after the program's name; the process's own where it is None.

    Returns:
        The exit code, as `toolwright --help` lists them.
    """
    from toolwright.cli.app import app  # noqa: PLC0415 - so that `import toolwright.cli` alone costs nothing

    gc.set_threshold(*_GARBAGE)
    atexit.register(gc.freeze)  # else the interpreter looks through a million objects once more before it ends
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a terminal without Unicode shows "?" in the place of a traceback
    try:
        app(args=None if argv is None else list(argv), prog_name="toolwright")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
