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
    run: Annotated[
        str,
        typer.Option(
            "--run",
            metavar="RUN",
            help="A run of the config's folder, to read from what it knows and to keep in it what it does not.",
        ),
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Read the run's sealed test once more; the run then says so.")
    ] = False,
    model: ModelName = None,
    sandbox: Sandbox = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Exit:
    """Tries any function set on any task set; nothing is learned, and nothing is kept but in --run.

    With --run, what was evaluated already is not asked again: the same functions, agent, scorer and tasks. With tasks
    of another kind than the functions were learned on, this measures transfer between domains.
    """
    from toolwright.cli.jobs.evaluate import Known, evaluate_and_report  # noqa: PLC0415 - heavy; --help must be fast
    from toolwright.cli.jobs.overrides import Overrides  # noqa: PLC0415 - as above

    overrides = Overrides(model=model, sandbox=sandbox)
    known = Known(run=run, force=force)
    return evaluate_and_report(config, functions, tasks, overrides, known, per_task=per_task, as_json=json, quiet=quiet)
