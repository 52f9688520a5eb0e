r"""A table in LaTeX, as wide as its page: columns wrap where they must, and a wider table yet lies on its side.

How wide text gets is estimated in characters, as a font's widths are not known here; so widths are shares of whatever
line there is. Rows go on to the next page.

Example:
    >>> escaped("a_b < 50 %")
    'a\\_\\allowbreak{}b \\textless{} 50 \\%'
"""

import math
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_PACKAGES: Final = r"\usepackage[T1]{fontenc} \usepackage{textcomp,array,booktabs,longtable,pdflscape}"
"""What a document needs in its preamble."""

_TEXT: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # after the end of a row it would begin an option
    "]": "{]}",
    "*": "{*}",  # as would a star
    "-": "{-}",  # two would be a dash, three a longer one
    ",": "{,}",  # two would be a quotation mark
    "\N{EN DASH}": r"\textendash{}",
    "→": r"$\rightarrow$",
    "‡": r"\textdaggerdbl{}",
    "…": r"\ldots{}",
}
_LETTERS: Final = re.compile(r"[À-ÖØ-öø-ÿ]")
"""Beyond ASCII, what every LaTeX of today can set."""

_BREAK: Final = r"\allowbreak{}"
_BROKEN_BEFORE: Final = re.compile(r"(?<=[_/.:@|\\-])(?=[^\W\d_])|(?<=.)(?=\[U\+)")
"""Where a name may be broken: at a letter behind a mark, so that no sign is parted from its number."""
_LONGEST: Final = 14
"""Characters of a word, or of a piece of it, that stay together."""

_WIDE: Final = re.compile(r"[A-ZÀ-ÖØ-Þmw@%+=→…\N{EN DASH}]")
_GAP: Final = 6
"""Points that two columns are apart."""


class _Page(NamedTuple):
    """A way to set a table: its size of letters, and in points what a line and a common letter in it are wide."""

    size: str
    line: int
    letter: float
    landscape: bool = False

    def share(self, text: str) -> float:
        """What a text, and its distance from the next column, take of a line."""
        return ((len(text) + 0.5 * len(_WIDE.findall(text))) * self.letter + _GAP) / self.line


_PAGES: Final = (
    _Page(r"\footnotesize", 345, 4.3),
    _Page(r"\footnotesize", 550, 4.3, landscape=True),
    _Page(r"\scriptsize", 550, 3.9, landscape=True),
    _Page(r"\tiny", 550, 3.3, landscape=True),
)
"""From the best, for an article in 10 pt, whose lines are shorter than most."""


def latex_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]) -> str:
    """The table with its caption and notes; every text is on one line, and none of it is read as LaTeX."""
    texts = [columns, *rows]
    page, layout = _layout([[row[place] for row in texts] for place in range(len(columns))])
    head = (r"\toprule", _row(columns), r"\midrule")
    lines = [
        f"% needs {_PACKAGES}",
        r"% and one column: \onecolumn before it in a document of two",
        *([r"\begin{landscape}"] if page.landscape else []),
        rf"\begingroup{page.size}\setlength{{\tabcolsep}}{{{_GAP / 2}pt}}\setlength{{\LTcapwidth}}{{\linewidth}}",
        rf"\begin{{longtable}}{{{layout}}}",
        rf"\caption{{{escaped(title)}}}\\",
        *head,
        r"\endfirsthead",
        *head,
        r"\endhead",
        *map(_row, rows),
        r"\bottomrule",
        r"\end{longtable}",
        *(rf"\noindent\raggedright {escaped(note)}\par" for note in notes),
        r"\endgroup",
        *([r"\end{landscape}"] if page.landscape else []),
    ]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Text of one line as LaTeX sets it; a character it cannot be trusted to have becomes its number: [U+4E2D]."""
    return " ".join(_BREAK.join(map(_piece, _pieces(word))) for word in _known(text).split(" "))


def _row(cells: Sequence[str]) -> str:
    return rf"{' & '.join(map(escaped, cells))} \\[2pt]"


def _layout(columns: Sequence[Sequence[str]]) -> tuple[_Page, str]:
    """The best page that the columns fit on, and their specification: as wide as they are, or wrapped."""
    texts = [[*map(_known, column)] for column in columns]
    words = [_pieces(" ".join(column)) for column in texts]
    if sum(_widest(_PAGES[0], texts)) <= 1:
        return _PAGES[0], "l" * len(columns)
    page = next((one for one in _PAGES if sum(_widest(one, words)) <= 1), _PAGES[-1])
    return page, "".join(
        rf">{{\raggedright\arraybackslash}}p{{\dimexpr{_cut(share):.4f}\linewidth-{_GAP}pt\relax}}"
        for share in _shares(_widest(page, texts), _widest(page, words))
    )


def _cut(share: float) -> float:
    """Four decimals of a share, rounded down, so that all together are no more than the line."""
    return math.floor(share * 10_000) / 10_000


def _widest(page: _Page, columns: Sequence[Sequence[str]]) -> list[float]:
    """What the widest text of each column takes of a line."""
    return [max(map(page.share, column)) for column in columns]


def _shares(wide: Sequence[float], words: Sequence[float]) -> list[float]:
    """The columns' shares of the line: their longest words', and of what is left by how much longer their texts are.

    Where the words alone are wider than the line, all are narrowed alike.
    """
    left, more = 1 - sum(words), sum(wide) - sum(words)
    if left <= 0 or not more:
        return [word / sum(words) for word in words]
    return [word + left * (text - word) / more for text, word in zip(wide, words, strict=True)]


def _known(text: str) -> str:
    """The text with numbers for characters that cannot be set."""
    return "".join(one if one.isascii() or one in _TEXT or _LETTERS.fullmatch(one) else _number(one) for one in text)


def _number(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def _pieces(text: str) -> list[str]:
    """What of a text stays together in a line."""
    words = (piece for word in text.split(" ") for piece in _BROKEN_BEFORE.split(word))
    return [word[at : at + _LONGEST] for word in words for at in range(0, max(1, len(word)), _LONGEST)]


def _piece(text: str) -> str:
    return "".join(_TEXT.get(character, character) for character in text)
