"""`toolwright show`."""

from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import handled
from toolwright.cli.options import Json, Root


@handled
def show(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help='A run\'s id or its beginning, its folder, or "last".')
    ] = "last",
    root: Root = Path("runs"),
    task: Annotated[str, typer.Option(metavar="ID", help="Show how this task went, evaluation by evaluation.")] = "",
    json: Json = False,
) -> None:
    """Shows a run as `train` ended with it, also while it goes on; with --task, one task's conversations."""
    from toolwright.cli.jobs.show import show_run, show_task  # noqa: PLC0415 - heavy; --help must be fast

    if task:
        show_task(root, run, task, as_json=json)
    else:
        show_run(root, run, as_json=json)
