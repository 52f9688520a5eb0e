"""What a learned function's exception reads like: type, message and the learned line, the same on every machine.

No path of the machine, no address, nothing of Python's own frames: these texts enter prompts whose digests must repeat.

Example: "ZeroDivisionError: division by zero (line 2 of ratio.py: `return a / b`)"
"""

import errno
import re
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, cast

MAX_TEXT: Final = 2000
"""Characters kept of an exception's own message."""

MAX_LEAVES: Final = 5
"""Exceptions of a group that are described."""

WALLS: Final = (
    "the sandbox has no network, starts no processes, and opens only files in its working folder, "
    "which may be read-only"
)
"""What to know of a refusal by the sandbox."""

UNKNOWN: Final = "an error that cannot be described"

_ADDRESS: Final = re.compile(r"\bat 0x[0-9a-fA-F]{4,}")
_GUESS: Final = re.compile(r"\.? Did you mean:? '[^']*'\?$")  # Python 3.13 guesses names where 3.11 does not
_ORIGIN: Final = re.compile(r" \((?:/[^()]*|unknown location)\)$")  # the file an import error names
_LINE_END: Final = re.compile(r"\r\n|\r|\n")  # where Python ends lines; str.splitlines() knows more ends
_REFUSED: Final = {errno.EPERM, errno.EACCES, errno.EROFS, errno.ENOSYS, errno.ENETUNREACH, errno.EAFNOSUPPORT}


def scrub(text: str) -> str:
    """The text without addresses of objects, which differ from run to run."""
    return _ADDRESS.sub("at 0x...", text)


def shorten(text: str) -> str:
    """The text's beginning, and how long it was."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}... ({len(text):,} characters)"


def describe(error: BaseException, sources: dict[str, str], scratch: str = "", *, confined: bool = False) -> str:
    """An exception as a model reads it; nothing that learned code makes of its exceptions makes this raise.

    Args:
        error: What learned code raised.
        sources: Learned source by the file name it was compiled under; other frames are not named.
        scratch: The call's scratch folder, called "." in the text.
        confined: Whether a refusal of the system's is the sandbox's, which is then said.
    """
    try:
        return _told(error, sources, scratch) + (f"; {WALLS}" if confined and _is_wall(error) else "")
    except MemoryError:
        raise
    except BaseException:  # noqa: BLE001 - a hostile type, name or property may raise anything
        return UNKNOWN


def _told(error: BaseException, sources: dict[str, str], scratch: str) -> str:
    text = _one(error, sources, scratch)
    if isinstance(error, BaseExceptionGroup):
        return f"{text}: {_group(leaves(cast('BaseException', error)), sources, scratch)}"
    cause = error.__cause__
    return text if cause is None else f"{text}; caused by {_one(cause, sources, scratch)}"


def _group(found: Sequence[BaseException], sources: dict[str, str], scratch: str) -> str:
    told = "; ".join(_one(leaf, sources, scratch) for leaf in found[:MAX_LEAVES])
    return told if len(found) <= MAX_LEAVES else f"{told}; and {len(found) - MAX_LEAVES} more"


def _one(error: BaseException, sources: dict[str, str], scratch: str) -> str:
    kind, text = type(error).__name__[:200], _message(error, scratch)
    head = f"{kind}: {text}" if text else kind
    place = where(error, sources)
    return f"{head} ({place})" if place else head


def leaves(error: BaseException) -> list[BaseException]:
    """The exceptions of a group, and of the groups in it, in order; the exception itself where it is no group."""
    pending, found = [error], list[BaseException]()
    while pending:
        one = pending.pop()
        if isinstance(one, BaseExceptionGroup):
            pending += reversed(cast("tuple[BaseException, ...]", one.exceptions))
        else:
            found.append(one)
    return found


def _message(error: BaseException, scratch: str) -> str:
    if isinstance(error, RecursionError):
        return "maximum recursion depth exceeded"  # Python adds where its own C code stood, which varies
    try:
        text = str(error.msg) if isinstance(error, SyntaxError) else str(error)
    except BaseException:  # noqa: BLE001 - a hostile __str__ may raise anything
        return "(its message cannot be shown)"
    text = str.__str__(text)  # a subclass of str has methods of its own
    if isinstance(error, ImportError):
        text = _ORIGIN.sub("", text)
    return shorten(_GUESS.sub("", scrub(_without_paths(text, scratch))))


def _without_paths(text: str, scratch: str) -> str:
    if "/" not in text:
        return text
    if scratch:
        text = text.replace(scratch, ".")
    roots = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()} - {"", "/", "/usr"}
    for root in sorted(roots, key=len, reverse=True):
        text = text.replace(str(Path(root)), "<python>")
    return text


def _is_wall(error: BaseException) -> bool:
    """Whether a system call was refused, or a path of the machine is not there, be it under another exception."""
    pending: list[Any] = [error, error.__cause__, error.__context__, getattr(error, "reason", None)]
    return any(_refused(one) for one in pending if isinstance(one, OSError))


def _refused(error: OSError) -> bool:
    path = error.filename
    elsewhere = isinstance(error, FileNotFoundError) and isinstance(path, str) and path.startswith("/")
    return elsewhere or error.errno in _REFUSED or type(error).__name__ == "gaierror"


def where(error: BaseException, sources: dict[str, str]) -> str:
    """The learned line an exception came from, "" where there is none."""
    if isinstance(error, SyntaxError) and isinstance(error.filename, str) and error.filename in sources:
        return _line(error.filename, error.lineno if isinstance(error.lineno, int) else 1, sources)
    found = _frames(error.__traceback__, sources)
    if not found:
        return ""
    # Where an endless recursion stopped is chance; where it began is not.
    return _line(*(found[0] if isinstance(error, RecursionError) else found[-1]), sources)


def _frames(traceback: TracebackType | None, sources: dict[str, str]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if name in sources:
            found.append((name, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found


def _line(name: str, number: int, sources: dict[str, str]) -> str:
    lines = _LINE_END.split(sources[name])
    text = lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""
    return f"line {number} of {name}: `{text}`" if text else f"line {number} of {name}"
