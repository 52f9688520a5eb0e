"""`toolwright experiment run|estimate|table|figure|record|show`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import Exit, handled
from toolwright.cli.options import Json, Quiet, Sandbox


class TableFormat(StrEnum):
    """How tables are written."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"
    LATEX = "latex"
    JSON = "json"


Name = Annotated[
    str, typer.Argument(metavar="FILE|PRESET", help='The TOML file of an experiment, or a preset: "paper", "open".')
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="DIR", help="Where results and runs are kept; experiments/NAME by default, NAME its own."
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="GLOB",
        help="Only cells whose id DOMAIN/AGENT/MODEL/METHOD/SEED is like this; can be given again.",
    ),
]
Tables = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="KIND", help="Only the cells that such a table needs; can be given again."),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="[ROLE=]MODEL",
        help="In the place of all models the file names: agent=MODEL and optimizer=MODEL, or one MODEL for both.",
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option("--data", metavar="NAME=PATH", help='What "data:NAME" in the file stands for; can be given again.'),
]
ResultsFile = Annotated[Path, typer.Argument(metavar="RESULTS", help="A results.json, or the folder of an experiment.")]


@handled
def run(
    name: Name,
    *,
    out: Out = None,
    only: Only = None,
    table: Tables = None,
    model: Models = None,
    data: Data = None,
    again: Annotated[
        list[str] | None,
        typer.Option(
            "--again",
            metavar="GLOB",
            help="Run such cells from their beginning, whatever they came to; what they were is moved aside.",
        ),
    ] = None,
    sandbox: Sandbox = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Exit:
    """Runs an experiment cell by cell and prints its tables.

    What is done is not run again, what was broken off goes on: the same command goes on with an experiment. All is
    written to results.json after every cell.
    """
    from toolwright.cli.jobs.experiment import Wanted, run_and_show  # noqa: PLC0415 - heavy; --help must be fast

    wanted = Wanted(name, out, only or (), table or (), model or (), data or (), again or (), sandbox or "")
    return run_and_show(wanted, as_json=json, quiet=quiet)


@handled
def estimate(
    name: Name,
    *,
    out: Out = None,
    only: Only = None,
    table: Tables = None,
    model: Models = None,
    data: Data = None,
    pilot: Annotated[
        int | None,
        typer.Option(
            "--pilot",
            min=1,
            metavar="N",
            help="Ask the models first: of each domain, agent and model N train tasks, one step, the same tasks with "
            "its candidate; 3 to 5 are usual.",
        ),
    ] = None,
    sandbox: Sandbox = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Says what the cells that are not done would take in requests, tokens, dollars and time.

    Without --pilot nobody is asked: low and high rest on assumptions, and what is expected on what cells of other seeds
    took and on pilots that were run before. A pilot is kept beside the cells, within the same limits and budget: broken
    off it goes on with the same command, and nothing is asked twice.
    """
    from toolwright.cli.jobs.experiment import Wanted  # noqa: PLC0415 - heavy; --help must be fast
    from toolwright.cli.jobs.experiment_estimate import print_estimate  # noqa: PLC0415 - as above

    wanted = Wanted(name, out, only or (), table or (), model or (), data or (), sandbox=sandbox or "")
    print_estimate(wanted, pilot=pilot, as_json=json, quiet=quiet)


@handled
def table(
    results: ResultsFile,
    *,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME", help="Only tables of this name or kind; can be given again."),
    ] = None,
    format_: Annotated[TableFormat, typer.Option("--format", help="How they are written.")] = TableFormat.TERMINAL,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write them to a file, not on standard output.")
    ] = None,
) -> None:
    """Draws the tables of a results file; asks no model."""
    from toolwright.cli.jobs.experiment_results import print_tables  # noqa: PLC0415 - heavy; --help must be fast

    print_tables(results, table or (), format_, out)


@handled
def figure(
    results: ResultsFile,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The HTML file to write.")] = Path(
        "figures.html"
    ),
) -> None:
    """Draws the figures of a results file: one HTML file that loads nothing from anywhere. Prints its path."""
    from toolwright.cli.jobs.experiment_results import write_figures  # noqa: PLC0415 - heavy; --help must be fast

    write_figures(results, out)


@handled
def record(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of an experiment.")],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The folder to write the recordings to.")],
    note: Annotated[str, typer.Option(help="Anything a reader of the recordings should know.")] = "",
) -> None:
    """Writes the models' replies, one file for each cell that is done: with them the experiment can be run again."""
    from toolwright.cli.jobs.experiment_results import print_recordings  # noqa: PLC0415 - heavy; --help must be fast

    print_recordings(folder, out, note)


@handled
def show(preset: Annotated[str, typer.Argument(metavar="PRESET", help='"paper" or "open".')]) -> None:
    """Prints a preset's TOML, to begin one's own experiment with."""
    from toolwright.cli.jobs.experiment_results import print_preset  # noqa: PLC0415 - heavy; --help must be fast

    print_preset(preset)
