r"""Whatever a cell holds is text in Markdown, LaTeX and JSON: read back it is what it was."""

import json
import re
import shutil
import subprocess
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from results_builder import sample_results

from toolwright.experiments.tables import Shown, as_json, as_latex, as_markdown, as_section, tables_of
from toolwright.experiments.tables.shown import p_value

NASTY = st.one_of(st.text(max_size=30), st.text("\\`*_{}[]()<>#+-.!|~&$^=@:'\"% \n1a", max_size=30))
COMMANDS = {
    r"\allowbreak{}": "",
    r"\textbackslash{}": "\\",
    r"\textasciicircum{}": "^",
    r"\textasciitilde{}": "~",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"\textasciigrave{}": "`",
    r"\textquotesingle{}": "'",
    r"\textquotedbl{}": '"',
    r"\textendash{}": "\N{EN DASH}",
    r"$\rightarrow$": "→",
    r"\textdaggerdbl{}": "‡",
    r"\ldots{}": "…",
}
SET = re.compile("[\\x20-~→‡…\N{EN DASH}À-ÖØ-öø-ÿ]")
"""What LaTeX is given as it is, or a command for."""
TOKEN = re.compile(
    "|".join(map(re.escape, COMMANDS)) + r"|\\[{}$&#%_]|\{[\[\]*,-]\}|[^\\{}$&#%_^~<>|`'\"\[\]*,-]", re.DOTALL
)


def flat(text: str) -> str:
    """The text as one line without control characters, as a table has room for it."""
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    return "".join(character if character.isprintable() else f"[U+{ord(character):04X}]" for character in line)


def table(*cells: str, title: str = "Title") -> Shown:
    return Shown(name="t", title=title, columns=("a",) * len(cells), rows=(cells,), notes=cells)


def latex_text(escaped: str) -> str:
    """What LaTeX sets for text that holds none of its own characters but in known commands; fails on any other."""
    tokens = list(TOKEN.finditer(escaped))
    assert "".join(token[0] for token in tokens) == escaped
    return "".join(COMMANDS.get(token[0], token[0].strip("{}\\") or token[0][1:]) for token in tokens)


def inline_text(token: Any) -> str:
    """The text of an inline token that must hold no markup."""
    assert {child.type for child in token.children} <= {"text", "text_special"}, token
    return "".join(child.content for child in token.children)


@given(st.lists(NASTY, min_size=1, max_size=4), NASTY)
@example(cells=["a ##"], title="0 #")
def test_markdown_read_back_has_the_same_cells_notes_and_title(cells: list[str], title: str) -> None:
    tokens = MarkdownIt().enable(["table", "strikethrough"]).parse(as_markdown(table(*cells, title=title)))
    texts = [inline_text(token) for token in tokens if token.type == "inline"]
    kinds = {token.type.partition("_")[0] for token in tokens}
    assert kinds <= {"heading", "inline", "table", "thead", "tbody", "tr", "th", "td", "bullet", "list", "paragraph"}
    notes = [flat(cell) for cell in cells if flat(cell)]
    assert [text for text in texts if text] == [
        *([flat(title)] if flat(title) else []),
        *["a"] * len(cells),
        *notes,
        *notes,
    ]


@given(st.lists(NASTY, min_size=1, max_size=4))
def test_latex_holds_the_same_text_and_no_command_but_its_own(cells: list[str]) -> None:
    lines = as_latex(table(*cells)).split("\n")
    row = lines[lines.index(r"\endhead") + 1]
    assert row.endswith(r" \\[2pt]")
    escaped = re.split(r" (?<!\\)& ", row.removesuffix(r" \\[2pt]"))
    assert len(escaped) == len(cells)
    for text, cell in zip(escaped, cells, strict=True):
        plain = "".join(c if SET.fullmatch(c) else f"[U+{ord(c):04X}]" for c in flat(cell))
        assert latex_text(text) == plain


@given(st.lists(NASTY, min_size=1, max_size=3))
def test_latex_is_balanced_and_has_the_columns_it_says(cells: list[str]) -> None:
    text = as_latex(table(*cells))
    bare = re.sub(r"\\[\\{}$&#%_]", "", text)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    assert f"{{{'l' * len(cells)}}}" in text or text.count(r"\raggedright\arraybackslash}p{") == len(cells)
    assert text.isascii() or all("À" <= character <= "ÿ" for character in text if not character.isascii())


@given(st.lists(NASTY | st.text("aw ", min_size=20, max_size=200), min_size=1, max_size=16))
def test_latex_gives_its_columns_together_no_more_than_the_line(cells: list[str]) -> None:
    assert sum(shares(as_latex(table(*cells)))) <= 1


def shares(latex: str) -> list[Decimal]:
    """What columns that wrap take of the line; none where none wraps."""
    return [*map(Decimal, re.findall(r"p\{\\dimexpr([\d.]+)\\linewidth", latex))]


@given(NASTY)
def test_json_read_back_is_the_table_in_ascii(cell: str) -> None:
    shown = table(cell)
    text = as_json(shown)
    assert text.isascii()
    assert json.loads(text)["rows"] == [[cell]]


def test_latex_numbers_a_caption_itself() -> None:
    assert r"\caption{Ablations: all}\\" in as_latex(table("1", title="Table 3: ablations: all"))
    assert r"\caption{Table 3:}\\" in as_latex(table("1", title="Table 3:"))


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0504, "0.0504"),
        (0.050004, "0.050004"),
        (0.05, "0.050"),
        (0.0496, "0.050"),
        (0.0625, "0.063"),
        (0.0001, "<0.001"),
        (0.9999, "1.000"),
    ],
)
def test_a_p_value_rounds_a_half_up_and_never_across_five_percent(p: float, text: str) -> None:
    assert p_value(p) == text


def test_a_section_has_the_table_and_its_notes() -> None:
    section = as_section(table("1", title="Title"))
    assert (section.title, section.columns, section.rows, section.lines) == ("Title", ("a",), (("1",),), ("1",))


@pytest.fixture(scope="module")
def shown() -> tuple[Shown, ...]:
    """Every kind of table, of two seeds."""
    return tables_of(sample_results(seeds=[0, 1]))


def test_every_table_can_be_written_in_every_form_and_stays_readable(shown: tuple[Shown, ...]) -> None:
    for one in shown:
        assert all(len(row) == len(one.columns) for row in one.rows)
        assert as_markdown(one).count("\n| ") == len(one.rows) + 2
        assert sum(shares(as_latex(one))) <= 1
        assert as_latex(one).count(r" \\[2pt]") == len(one.rows) + 2  # the headings stand on every page
        assert json.loads(as_json(one))["data"] == one.model_dump(mode="json")["data"]
    lines = as_markdown(shown[1]).splitlines()
    assert lines[2].startswith("| agent | functions | domain | test before |")
    assert re.match(r"\| GPT-4\+ \| training \| Algebra \| \d\d\.\d \\\[\d\d\.\d, \d\d\.\d\] \|", lines[4])


HOSTILE = (
    "_ & % # $ ~ ^ \\ { } < > \N{CJK UNIFIED IDEOGRAPH-4E2D} \u00e9 | ` ' \" [x] * -- --- ,, ?` "
    "\N{DOUBLE DAGGER} \N{RIGHTWARDS ARROW} \N{HORIZONTAL ELLIPSIS} \N{RIGHT-TO-LEFT OVERRIDE}"
)
LONG = "a_very_long_name_without_a_space_" * 3
HARD = (
    Shown(
        name="h", title=HOSTILE, columns=(HOSTILE, "[a]"), rows=((HOSTILE, "[1]"), ("*", LONG)), notes=(HOSTILE, LONG)
    ),
    Shown(name="w", title=LONG, columns=(LONG,) * 14, rows=((HOSTILE,) * 14, ("-0.5",) * 14)),
    Shown(name="t", title="Tall", columns=("a", "b"), rows=(("1", "2"),) * 90),
    Shown(name="e", title="", columns=("a",), rows=()),
)
PDFLATEX = shutil.which("pdflatex")


@pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not installed")
def test_latex_sets_every_table_within_its_page(shown: tuple[Shown, ...], tmp_path: Path) -> None:
    assert PDFLATEX is not None
    tables = [as_latex(one) for one in chain(shown, HARD)]
    [preamble] = {text.partition("\n")[0].removeprefix("% needs ") for text in tables}
    lines = (r"\documentclass{article}", preamble, r"\begin{document}", *tables, r"\end{document}")
    (tmp_path / "all.tex").write_text("\n".join(lines), encoding="utf-8")
    command = (PDFLATEX, "-draftmode", "-halt-on-error", "-no-shell-escape", "-interaction=nonstopmode", "all.tex")
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert ended.returncode == 0, ended.stdout[-2_000:]
    points = [float(found) for found in re.findall(r"Overfull \\hbox \((\d+\.\d+)pt", ended.stdout)]
    assert max(points, default=0.0) < 4, ended.stdout  # less than columns are apart
