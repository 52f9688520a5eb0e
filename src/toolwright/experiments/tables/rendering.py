r"""A table as Markdown, LaTeX, JSON, or a section that the command line and the page print.

Whatever stands in a cell stays text: nothing of it is read as markup.

Example:
    >>> print(as_markdown(Shown(name="t", title="Title", columns=("a|b",), rows=(("1",),))))
    ### Title
    <BLANKLINE>
    | a\|b |
    | --- |
    | 1 |
"""

import json
import re
from collections.abc import Sequence
from typing import Final

from toolwright.experiments.tables.latex import latex_table
from toolwright.experiments.tables.shown import Shown
from toolwright.report.documents.shortening import encodable
from toolwright.report.sections import Section

_MARKDOWN: Final = re.compile(r"([\\`*_{\[<>|~&$])")
"""What Markdown, or a common extension of it, may read as its own anywhere; of a link its beginning is enough."""

_MARKDOWN_FIRST: Final = re.compile(r"^([-+#=]|\d+(?=[.)](?:\s|$)))")
"""What it may read as its own at the beginning of a line."""

_MARKDOWN_LAST: Final = re.compile(r"(?<=\s)(#+)$")
"""What it may read as the end of a heading."""

_NUMBERED: Final = re.compile(r"^Table \d+[:.] ")
"""A number that LaTeX's environment would give a second one."""


def as_markdown(shown: Shown) -> str:
    """A heading, a table in GitHub's form, and the notes as a list; ends without a newline."""
    lines = [_markdown_row(shown.columns), _markdown_row(["---"] * len(shown.columns), escape=False)]
    lines += [_markdown_row(row) for row in shown.rows]
    notes = [f"- {_markdown_line(note)}" for note in shown.notes]
    parts = [f"### {_markdown_line(shown.title)}", "\n".join(lines), *(["\n".join(notes)] if notes else [])]
    return "\n\n".join(parts)


def as_latex(shown: Shown) -> str:
    """A table with its caption and notes, which says in a comment which packages it needs. Ends without a newline."""
    title, notes = _unnumbered(_line(shown.title)), [*map(_line, shown.notes)]
    return latex_table(title, [*map(_line, shown.columns)], [[*map(_line, row)] for row in shown.rows], notes)


def as_section(shown: Shown) -> Section:
    """The table as a part of a text report; whoever prints it makes its text safe."""
    return Section(title=shown.title, columns=shown.columns, rows=shown.rows, lines=shown.notes)


def as_json(shown: Shown) -> str:
    """The whole table with its raw figures, as one JSON object in ASCII."""
    return json.dumps(shown.model_dump(mode="json"), indent=2)


def _markdown_row(cells: Sequence[str], *, escape: bool = True) -> str:
    return f"| {' | '.join(map(_markdown, cells) if escape else cells)} |"


def _markdown(text: str) -> str:
    """Text on one line, every mark of Markdown's escaped."""
    return _MARKDOWN.sub(r"\\\1", _line(text))


def _markdown_line(text: str) -> str:
    """The same for what begins a line or an item: neither heading nor list."""
    escaped = _MARKDOWN_LAST.sub(r"\\\1", _markdown(text))
    first = _MARKDOWN_FIRST.match(escaped)
    if first is None:
        return escaped
    return f"{first[0]}\\{escaped[first.end() :]}" if first[0].isdigit() else f"\\{escaped}"


def _unnumbered(title: str) -> str:
    """A title without a number of its own: LaTeX gives each table one, and two of them would be read as one name."""
    bare = _NUMBERED.sub("", title)
    return f"{bare[:1].upper()}{bare[1:]}" if bare else title


def _line(text: str) -> str:
    """Text on one line, in valid Unicode, without control characters."""
    flat = " ".join(encodable(text).split())
    return "".join(character if character.isprintable() else f"[U+{ord(character):04X}]" for character in flat)
