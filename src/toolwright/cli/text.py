r"""Text from models, tasks and files, made safe to show on a terminal.

Example:
    >>> plain("\x1b[2Jred \x1b]0;title\x07end")
    'red end'
"""

import re
from typing import Final

_SEQUENCE: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, erasing
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|\Z)"  # OSC and other strings: titles, links, the clipboard
    r"|\x1b[ -/]*[0-~]"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"  # the last two turn the order of letters around
)
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


def plain(text: str) -> str:
    """The text without terminal sequences and control characters but newline and tab; lone surrogates replaced."""
    text = _SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub("", text))


def one_line(text: str, limit: int = 300) -> str:
    """The text, safe, on one line of at most `limit` characters."""
    flat = " ".join(plain(text).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
