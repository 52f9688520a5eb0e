"""`toolwright demo`."""

from toolwright.cli.exits import Exit, handled
from toolwright.cli.options import Json, Quiet, Runs, Sandbox


@handled
def demo(*, runs: Runs = None, sandbox: Sandbox = None, json: Json = False, quiet: Quiet = False) -> Exit:
    """Trains on the bundled tasks, from an empty function set; needs no key and no network.

    The model's replies come from a bundled recording of a real training; prompts, agent, admission, function calls,
    scoring, the gate and early stop all happen now, on this machine.
    """
    from toolwright.cli.jobs.demo import run_demo  # noqa: PLC0415 - heavy; --help must be fast

    return run_demo(runs, sandbox, as_json=json, quiet=quiet)
