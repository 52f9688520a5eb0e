"""The commands under one roof, and the help that opens them."""

from typing import Annotated

import typer

from toolwright.cli.commands.demo import demo
from toolwright.cli.commands.doctor import doctor
from toolwright.cli.commands.estimate import estimate
from toolwright.cli.commands.evaluate import evaluate
from toolwright.cli.commands.experiment import estimate as estimate_experiment
from toolwright.cli.commands.experiment import figure, table
from toolwright.cli.commands.experiment import record as record_experiment
from toolwright.cli.commands.experiment import run as run_experiment
from toolwright.cli.commands.experiment import show as show_preset
from toolwright.cli.commands.functions import diff, list_, show
from toolwright.cli.commands.record import record
from toolwright.cli.commands.report import report
from toolwright.cli.commands.resume import resume
from toolwright.cli.commands.runs import runs
from toolwright.cli.commands.show import show as show_run
from toolwright.cli.commands.train import train
from toolwright.cli.commands.view import view

HELP = """
Trains an LLM agent without touching its LLM: its Python functions are its weights.

Start with `toolwright demo` (no key needed), then `toolwright doctor train.toml`,
`toolwright estimate train.toml` and `toolwright train train.toml`.
"""

EPILOG = (
    "Exit codes: 0 all well (a run ended by its own budget is); 1 an error, said on standard error; 2 wrong usage; "
    "3 ended by the model's provider, so unfinished; 130 interrupted by Ctrl-C, 143 by SIGTERM: `toolwright resume` "
    "goes on. "
    "Results go to standard output, everything else to standard error."
)

app = typer.Typer(
    help=HELP,
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
functions = typer.Typer(help="Looks at function folders; never imports or runs them.", no_args_is_help=True)

experiment = typer.Typer(
    help="Runs experiments, the paper's among them, and draws their tables and figures.", no_args_is_help=True
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - needed by --version alone

        typer.echo(f"toolwright {version('toolwright')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Holds the options of `toolwright` itself."""


app.command("demo")(demo)
app.command("train")(train)
app.command("resume")(resume)
app.command("evaluate")(evaluate)
app.command("estimate")(estimate)
app.command("record")(record)
app.command("runs")(runs)
app.command("show")(show_run)
app.command("view")(view)
app.command("report")(report)
app.command("doctor")(doctor)
app.add_typer(functions, name="functions")
functions.command("list")(list_)
functions.command("show")(show)
functions.command("diff")(diff)
app.add_typer(experiment, name="experiment")
experiment.command("run")(run_experiment)
experiment.command("estimate")(estimate_experiment)
experiment.command("table")(table)
experiment.command("figure")(figure)
experiment.command("record")(record_experiment)
experiment.command("show")(show_preset)
