"""A run, or several, in brief as HTML for a notebook: a headline, what to know before trusting it, one table.

Everything that is told is text: escaped, and with the characters that turn the order of letters around made visible.

Example:
    brief_html("20261121-194637-5821: finished", "Nothing was gained.", ("epoch", "loss"), [("0", "0.9")])
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from toolwright.report.documents.shortening import encodable, shortened

_HIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LONGEST: Final = 300
"""Characters of a text."""


def brief_html(
    title: str,
    text: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    notices: Sequence[str] = (),
) -> str:
    """The HTML.

    Args:
        title: What it is about.
        text: What it came to, in a sentence.
        columns: The table's headings.
        rows: Its cells.
        notices: What the reader must know.
    """
    head = "".join(f"<th>{_safe(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows)
    warnings = "".join(f"<li>{_safe(notice)}</li>" for notice in notices)
    return (
        f"<div><h4>{_safe(title)}</h4><p>{_safe(text)}</p>"
        f"{f'<ul>{warnings}</ul>' if warnings else ''}"
        f"{f'<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>' if body else ''}</div>"
    )


def _safe(text: str) -> str:
    """A text as a notebook may show it."""
    cut = shortened(encodable(text), _LONGEST)
    return escape(_HIDDEN.sub(lambda found: f"⟦U+{ord(found[0]):04X}⟧", cut))
