"""`toolwright evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import Exit, handled
from toolwright.cli.options import ConfigFile, Json, ModelName, Quiet, Sandbox


@handled
def evaluate(
    config: ConfigFile,
    *,
    functions: Annotated[
        Path, typer.Option("--functions", "-f", metavar="DIR", help="A function folder, or a run's folder.")
    ],
    tasks: Annotated[
        str,
        typer.Option(
            metavar="SPLIT|FILE",
            help="train, validation or test of the config, or a .jsonl or .csv file; else the last split there is.",
        ),
    ] = "",
    per_task: Annotated[bool, typer.Option("--per-task", help="Show every task with its answer and score.")] = False,
    model: ModelName = None,
    sandbox: Sandbox = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Exit:
    """Tries any function set on any task set; nothing is learned, and no run is kept.

    With tasks of another kind than the functions were learned on, this measures transfer between domains.
    """
    from toolwright.cli.jobs.evaluate import evaluate_and_report  # noqa: PLC0415 - heavy; --help must be fast
    from toolwright.cli.jobs.train import Overrides  # noqa: PLC0415 - as above

    overrides = Overrides(model=model, sandbox=sandbox)
    return evaluate_and_report(config, functions, tasks, overrides, per_task=per_task, as_json=json, quiet=quiet)
