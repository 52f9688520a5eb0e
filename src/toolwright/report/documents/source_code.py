r"""Python source as a page shows it: lines of (class, text) pairs, and the difference between two versions.

The classes are Pygments' short names; every text is shown as text.

Example:
    >>> highlighted("x = 1")
    ((('n', 'x'), ('', ' '), ('o', '='), ('', ' '), ('mi', '1')),)
    >>> difference("a = 1\nb = 2\n", "a = 1\nb = 3\n")
    (('@', '@@ -1,2 +1,2 @@'), (' ', 'a = 1'), ('-', 'b = 2'), ('+', 'b = 3'))
"""

import difflib
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from pygments.lexers.python import PythonLexer  # pyright: ignore[reportMissingTypeStubs]
from pygments.token import STANDARD_TYPES

from toolwright.report.documents.shortening import encodable, shortened

MAX_LINES: Final = 400
MAX_CHARACTERS: Final = 20_000
MAX_WIDTH: Final = 1_000
"""Of a source that is shown; what is beyond is counted, not shown."""

Line = tuple[tuple[str, str], ...]


def highlighted(source: str) -> tuple[Line, ...]:
    """The lines of a source, highlighted.

    No more than 400 lines and 20,000 characters, and of a line no more than 1,000; a comment at the end says what is
    left out. Text that is no Python is shown as it is.
    """
    lines, left_out = _shown_lines(source)
    shown = list(_lines("\n".join(lines)))[: len(lines)]
    return (*shown, *(((("c1", f"# [… {left_out:,} more lines left out …]"),),) if left_out else ()))


def difference(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """The changed lines with three unchanged ones around them: (kind, text), kind "+", "-", " " or "@".

    Of each source what the page shows is compared; where that is not all that differs, an "@" line says so.
    """
    (before, more_before), (after, more_after) = (_shown_lines(source) if source else ([], 0) for source in (old, new))
    changes = list(difflib.unified_diff(before, after, lineterm=""))[2:]  # without the names of two files
    lines = tuple((line[:1], line if line.startswith("@") else line[1:]) for line in changes)
    if more_before or more_after:
        return (*lines, ("@", f"[… not compared: {more_before:,} more lines of the old, {more_after:,} of the new …]"))
    if not lines and old != new:
        return (("@", "[… the two differ in nothing that is shown: inside a long line, or in line ends …]"),)
    return lines


def _shown_lines(source: str) -> tuple[list[str], int]:
    """The lines of a source that are shown, each within its width, and how many are left out after them."""
    lines = encodable(source).replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    kept: list[str] = []
    room = MAX_CHARACTERS
    for line in lines[:MAX_LINES]:
        kept.append(shortened(line, MAX_WIDTH))
        room -= len(kept[-1]) + 1
        if room < 0:
            kept.pop()
            break
    return kept, len(lines) - len(kept)


def _lines(text: str) -> Iterator[Line]:
    """Each line's pairs, neighbours of one class as one."""
    line: list[tuple[str, str]] = []
    for kind, value in _tokens(text):
        first, *others = value.split("\n")
        line.append((kind, first))
        for other in others:
            yield _joined(line)
            line = [(kind, other)]
    yield _joined(line)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for token, value in lexer.get_tokens(text):
        kind = token
        while kind not in STANDARD_TYPES and kind.parent is not None:
            kind = kind.parent
        yield "" if not value.strip() else STANDARD_TYPES.get(kind, ""), value


def _joined(line: list[tuple[str, str]]) -> Line:
    groups = groupby((pair for pair in line if pair[1]), key=lambda pair: pair[0])
    return tuple((kind, "".join(text for _, text in pairs)) for kind, pairs in groups)
