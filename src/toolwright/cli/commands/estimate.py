"""`toolwright estimate`."""

from toolwright.cli.exits import handled
from toolwright.cli.options import ConfigFile, Json


@handled
def estimate(config: ConfigFile, *, json: Json = False) -> None:
    """Says what a training would take in requests, tokens and dollars, before any is spent."""
    from toolwright.cli.jobs.estimate import print_estimate  # noqa: PLC0415 - heavy; --help must be fast

    print_estimate(config, as_json=json)
