"""`toolwright resume`."""

from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import Exit, handled
from toolwright.cli.options import Json, Quiet, Root, Sandbox


@handled
def resume(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help='A run\'s id or its beginning, its folder, or "last".')
    ] = "last",
    *,
    root: Root = Path("runs"),
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Go on with this config in the place of the run's own: limits, pacing, addresses and keys may be "
            "others, epochs and patience may be more; anything else is refused.",
        ),
    ] = None,
    sandbox: Sandbox = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Exit:
    """Goes on with a run that Ctrl-C, a crash, a full disk, its budget or its provider ended.

    No request that was answered is sent again, and no call whose outcome is known is made again. A run that came to its
    end is shown.
    """
    from toolwright.cli.jobs.resume import resume_and_report  # noqa: PLC0415 - heavy; --help must be fast

    return resume_and_report(root, run, config, sandbox, as_json=json, quiet=quiet)
