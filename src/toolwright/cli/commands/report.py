"""`toolwright report`."""

from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import handled
from toolwright.cli.options import Root


@handled
def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help='A run\'s id or its beginning, its folder, or "last", as by default.'),
    ] = None,
    *,
    root: Root = Path("runs"),
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="The file to write; by default report.html in the run's folder, of several runs comparison.html here.",
        ),
    ] = None,
    transfer: Annotated[
        list[Path] | None,
        typer.Option(
            "--transfer",
            metavar="PATH",
            help="What `toolwright evaluate --json` printed, or a folder of such files, for a matrix of function sets "
            "and task sets; can be given again.",
        ),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Writes a run's page: one HTML file with curves, functions, tasks, conversations; of several runs, a comparison.

    The file loads nothing from anywhere and can be sent to others; whoever has it reads the tasks, with their targets,
    and what the models said. Prints its path.
    """
    from toolwright.cli.jobs.report import write_report  # noqa: PLC0415 - heavy; --help must be fast

    write_report(root, runs or ["last"], out, transfer or [], open_in_browser=open_)
