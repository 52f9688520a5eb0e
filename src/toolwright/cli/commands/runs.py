"""`toolwright runs`."""

from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import handled
from toolwright.cli.options import Json, Root


@handled
def runs(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder that holds the runs, as --root.")
    ] = None,
    root: Root = Path("runs"),
    json: Json = False,
) -> None:
    """Lists the runs in a folder, oldest first."""
    from toolwright.cli.jobs.runs import print_runs  # noqa: PLC0415 - heavy; --help must be fast

    print_runs(folder or root, as_json=json)
