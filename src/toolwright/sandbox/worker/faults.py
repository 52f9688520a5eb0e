"""What a learned function's exception reads like: type, message and the learned line, the same on every machine.

No path of the machine, no address, nothing of Python's own frames: these texts enter prompts whose digests must repeat.

Example: "ZeroDivisionError: division by zero (line 2 of ratio.py: `return a / b`)"
"""

import re
import sys
import sysconfig
from pathlib import Path
from types import TracebackType
from typing import Final

MAX_TEXT: Final = 2000
"""Characters kept of an exception's own message."""

_ADDRESS: Final = re.compile(r"\bat 0x[0-9a-fA-F]{4,}")
_GUESS: Final = re.compile(r"\.? Did you mean:? '[^']*'\?$")  # Python 3.13 guesses names where 3.11 does not
_ORIGIN: Final = re.compile(r" \((?:/[^()]*|unknown location)\)$")  # the file an import error names


def scrub(text: str) -> str:
    """The text without addresses of objects, which differ from run to run."""
    return _ADDRESS.sub("at 0x...", text)


def describe(error: BaseException, sources: dict[str, str], scratch: str = "") -> str:
    """An exception as a model reads it.

    Args:
        error: What learned code raised.
        sources: Learned source by the file name it was compiled under; other frames are not named.
        scratch: The call's scratch folder, called "." in the text.
    """
    kind, text = type(error).__name__, _message(error, scratch)
    head = f"{kind}: {text}" if text else kind
    place = where(error, sources)
    return f"{head} ({place})" if place else head


def _message(error: BaseException, scratch: str) -> str:
    if isinstance(error, RecursionError):
        return "maximum recursion depth exceeded"  # Python adds where its own C code stood, which varies
    try:
        text = str(error.msg) if isinstance(error, SyntaxError) else str(error)
    except BaseException:  # noqa: BLE001 - a hostile __str__ may raise anything
        return "(its message cannot be shown)"
    if isinstance(error, ImportError):
        text = _ORIGIN.sub("", text)
    text = _GUESS.sub("", scrub(_without_paths(text, scratch)))
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}... ({len(text):,} characters)"


def _without_paths(text: str, scratch: str) -> str:
    if "/" not in text:
        return text
    if scratch:
        text = text.replace(scratch, ".")
    roots = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()} - {"", "/", "/usr"}
    for root in sorted(roots, key=len, reverse=True):
        text = text.replace(str(Path(root)), "<python>")
    return text


def where(error: BaseException, sources: dict[str, str]) -> str:
    """The learned line an exception came from, "" where there is none."""
    if isinstance(error, SyntaxError) and error.filename in sources:
        return _line(error.filename, error.lineno or 1, sources)
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
    lines = sources[name].splitlines()
    text = lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""
    return f"line {number} of {name}: `{text}`" if text else f"line {number} of {name}"
