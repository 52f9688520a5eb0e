"""`toolwright record`."""

from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import Exit, handled
from toolwright.cli.options import ConfigFile, Json, Quiet, Runs, Sandbox


@handled
def record(
    config: ConfigFile,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The recording to write.")],
    old: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="OLD",
            help="A recording, or a run's folder: its replies to exactly the same requests are used again.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    note: Annotated[str, typer.Option(help="Anything a reader of the recording should know.")] = "",
    runs: Runs = None,
    sandbox: Sandbox = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Exit:
    """Trains live and writes the model's replies into a file that `train --model replay:FILE` replays.

    An interrupted recording goes on with `--from runs/RUN`: what was answered is not asked again.
    """
    from toolwright.cli.jobs.overrides import Overrides  # noqa: PLC0415 - as above
    from toolwright.cli.jobs.record import record_training  # noqa: PLC0415 - heavy; --help must be fast

    overrides = Overrides(runs=runs, sandbox=sandbox)
    return record_training(config, out, old, force=force, note=note, overrides=overrides, as_json=json, quiet=quiet)
