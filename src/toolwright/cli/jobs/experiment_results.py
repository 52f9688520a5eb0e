"""Tables and figures of a results file, written; and a preset's text."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from pydantic import JsonValue

from toolwright.base import SCHEMA_VERSION
from toolwright.cli.output import print_json, print_line, print_sections, results
from toolwright.cli.text import plain
from toolwright.experiments.recording import record_cells
from toolwright.experiments.records import Results
from toolwright.experiments.results_file import RESULTS, read_results, write_value
from toolwright.experiments.shipped import preset_text
from toolwright.experiments.tables import tables_of
from toolwright.experiments.tables.rendering import as_latex, as_markdown, as_section
from toolwright.experiments.tables.shown import Shown


def print_results(found: Results, folder: Path) -> None:
    """Prints all tables on standard output, and where the results are."""
    _print_tables(tables_of(found), "terminal")
    print_line(results(), f"\nResults: {folder / RESULTS}")


def print_tables(file: Path, wanted: Sequence[str], form: str, out: Path | None) -> None:
    """Prints tables of a results file, or writes them to a file.

    Raises:
        RunError: It cannot be read, or the file cannot be written.
        ConfigError: It has no such table.
    """
    tables = tables_of(read_results(file), wanted)
    if out is None:
        _print_tables(tables, form)
        return
    with redirect_stdout(StringIO()) as text:
        _print_tables(tables, form)
    write_value(out, text.getvalue().rstrip("\n"))


def write_figures(file: Path, out: Path) -> None:
    """Writes the figures' page and prints its path; the errors are those of `print_tables`."""
    from toolwright.experiments.figures import figures_page  # noqa: PLC0415 - the page's machinery, needed here alone

    print_line(results(), str(write_value(out, figures_page(read_results(file)))))


def print_recordings(folder: Path, out: Path, note: str) -> None:
    """Writes a recording for each cell that is done and prints their paths.

    Raises:
        RunError: The experiment cannot be read, or no cell of it is done.
        ReplayError: A recording cannot be written.
    """
    for path in record_cells(folder, out, note):
        print_line(results(), str(path))


def print_preset(name: str) -> None:
    """Prints a preset; ConfigError where there is none of that name."""
    sys.stdout.write(preset_text(name))


def _print_tables(tables: Sequence[Shown], form: str) -> None:
    match form:
        case "json":
            shown: list[JsonValue] = [table.model_dump(mode="json") for table in tables]
            print_json({"schema_version": SCHEMA_VERSION, "tables": shown})
        case "terminal":
            print_sections(map(as_section, tables))
        case _:
            draw = as_latex if form == "latex" else as_markdown
            sys.stdout.write("\n".join(f"{plain(draw(table))}\n" for table in tables))
