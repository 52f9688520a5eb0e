"""`toolwright train`."""

from typing import Annotated

import typer

from toolwright.cli.exits import Exit, handled
from toolwright.cli.options import ConfigFile, Json, ModelName, Quiet, Runs, Sandbox


@handled
def train(
    config: ConfigFile,
    *,
    model: ModelName = None,
    runs: Runs = None,
    name: Annotated[str, typer.Option("--name", help="What to call the run; the time by default.")] = "",
    sandbox: Sandbox = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Exit:
    """Trains an agent's functions and shows what came of it.

    Ends with loss by epoch, every change and what became of it, accuracy before and after with 95 % confidence
    intervals, requests, tokens and price, and the folder of the learned functions.
    """
    from toolwright.cli.jobs.overrides import Overrides  # noqa: PLC0415 - heavy; --help must be fast
    from toolwright.cli.jobs.train import train_and_report  # noqa: PLC0415 - heavy; --help must be fast

    return train_and_report(config, Overrides(model, runs, name, sandbox), as_json=json, quiet=quiet)
