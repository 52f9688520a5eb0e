r"""The difference between two versions of a source, as lines.

Example:
    >>> difference("a = 1\nb = 2\n", "a = 1\nb = 3\n")
    (('@', '@@ -1,2 +1,2 @@'), (' ', 'a = 1'), ('-', 'b = 2'), ('+', 'b = 3'))
"""

import difflib

from toolwright.report.page.highlighting import shown_lines


def difference(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """The changed lines with three unchanged ones around them: (kind, text), kind "+", "-", " " or "@".

    Of each source what the page shows is compared; where that is not all that differs, an "@" line says so.
    """
    (before, more_before), (after, more_after) = (shown_lines(source) if source else ([], 0) for source in (old, new))
    changes = list(difflib.unified_diff(before, after, lineterm=""))[2:]  # without the names of two files
    lines = tuple((line[:1], line if line.startswith("@") else line[1:]) for line in changes)
    if more_before or more_after:
        return (*lines, ("@", f"[… not compared: {more_before:,} more lines of the old, {more_after:,} of the new …]"))
    if not lines and old != new:
        return (("@", "[… the two differ in nothing that is shown: inside a long line, or in line ends …]"),)
    return lines
