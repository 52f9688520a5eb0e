"""`toolwright view`."""

from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import Exit, handled
from toolwright.cli.options import Root


@handled
def view(
    run: Annotated[
        str,
        typer.Argument(
            metavar="[RUN]",
            help='A run\'s id or its beginning, its folder, or "last"; without it the newest, or the first to come.',
        ),
    ] = "",
    *,
    root: Root = Path("runs"),
    host: Annotated[
        str,
        typer.Option(
            metavar="HOST",
            help="The address to listen on. Where others than this machine's users reach it, the page asks for a "
            "token; what is sent is not encrypted.",
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="The port; 0 for any free one.")] = 0,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = False,
) -> Exit:
    """Serves a run's page until Ctrl-C, and keeps it up to date while the run goes on; only reads.

    Prints the page's address on standard output.
    """
    from toolwright.cli.jobs.view import view_run  # noqa: PLC0415 - heavy; --help must be fast

    return view_run(root, run, host, port, open_in_browser=open_)
