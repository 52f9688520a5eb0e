"""What goes where: results to standard output, everything else to standard error; nothing of it is markup."""

import json
import os
import sys
from collections.abc import Iterable
from typing import Final, TextIO

from pydantic import BaseModel, JsonValue
from rich.console import Console
from rich.table import Table
from rich.text import Text

from toolwright.cli.text import plain
from toolwright.report.sections import Section

WIDTH: Final = 120
"""Characters a line where no terminal says otherwise."""


def console_on(stream: TextIO) -> Console:
    """A console that shows text as it is; as wide as its terminal, or 120 characters where it is none."""
    width = None if stream.isatty() or os.environ.get("COLUMNS") else WIDTH
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def results() -> Console:
    """Where results go."""
    return console_on(sys.stdout)


def messages() -> Console:
    """Where everything else goes."""
    return console_on(sys.stderr)


def print_json(value: JsonValue | BaseModel) -> None:
    """Prints one JSON object; ASCII alone, so that no text in it can steer a terminal."""
    data = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    sys.stdout.write(json.dumps(data, indent=2) + "\n")


def print_sections(sections: Iterable[Section]) -> None:
    """Prints a report on standard output."""
    console = results()
    for number, section in enumerate(sections):
        if section.title:
            console.print(end="\n" if number else "")
            print_line(console, section.title, style="bold")
        if section.columns:
            console.print(_table(section))
        for line in section.lines:
            print_line(console, line)


def print_line(console: Console, line: str, style: str = "") -> None:
    """Prints one line, safe, never broken: a path in it can be copied."""
    console.print(Text(plain(line), style=style), soft_wrap=True)


def _table(section: Section) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for column in section.columns:
        table.add_column(column, overflow="fold", no_wrap=column in {"epoch", ""})
    for row in section.rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    return table
