"""`toolwright estimate`."""

from typing import Annotated

import typer

from toolwright.cli.exits import handled
from toolwright.cli.options import ConfigFile, Json, Quiet, Sandbox


@handled
def estimate(
    config: ConfigFile,
    *,
    pilot: Annotated[
        int | None,
        typer.Option(
            "--pilot",
            min=1,
            metavar="N",
            help="Ask the models: N training tasks, one step, the same tasks with its candidate; 3 to 5 are usual.",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=0, metavar="E", help="For so many epochs, not the config's.")
    ] = None,
    sandbox: Sandbox = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Says what a training would take in requests, tokens and dollars.

    Without --pilot nobody is asked, and a low and a high case rest on stated assumptions. With it a few tasks are run:
    within the config's limits; no run is kept, what they took is shown, and the whole is extrapolated from them.
    """
    from toolwright.cli.jobs.estimate import print_estimate, print_pilot  # noqa: PLC0415 - heavy; --help must be fast

    if pilot is None:
        print_estimate(config, epochs=epochs, as_json=json)
    else:
        print_pilot(config, pilot, epochs=epochs, sandbox=sandbox, as_json=json, quiet=quiet)
