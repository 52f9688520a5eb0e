"""Trains from a config file and reports."""

from dataclasses import dataclass
from pathlib import Path

from toolwright.api import train_from_config
from toolwright.cli.display import watching
from toolwright.cli.exits import Exit
from toolwright.cli.output import print_json, print_sections
from toolwright.config import Config, load_config
from toolwright.config.sandboxes import sandbox_of
from toolwright.models.spec import REPLAY
from toolwright.protocols import Sandbox
from toolwright.recordings import Recording
from toolwright.report.figures import figures_of
from toolwright.report.summary import summarise
from toolwright.training.result import TrainingResult


@dataclass(frozen=True)
class Overrides:
    """What the command line says in the config's place.

    Attributes:
        model: Both roles' model, None for the config's.
        runs: Where runs are kept, None for the config's folder.
        name: The run's name, "" for the config's.
        sandbox: Where functions run, None for the config's.
    """

    model: str | None = None
    runs: Path | None = None
    name: str = ""
    sandbox: str | None = None

    def apply(self, config: Config) -> Config:
        """The config as the command line wants it."""
        run = {"folder": str(self.runs) if self.runs is not None else "", "name": self.name}
        given = {key: value for key, value in run.items() if value}
        changed = config.model_copy(update={"run": config.run.model_copy(update=given)})
        return changed if self.model is None else changed.with_model(_from_here(self.model))

    def sandbox_for(self, config: Config, folder: Path) -> Sandbox:
        """The sandbox as the command line wants it; `folder` is the config's."""
        return sandbox_of(config.sandbox, folder, self.sandbox)


def _from_here(model: str) -> str:
    """A recording named on the command line lies where the user is, one in a config beside the config."""
    return f"{REPLAY}{Path(model.removeprefix(REPLAY)).absolute()}" if model.startswith(REPLAY) else model


def train_and_report(file: Path, overrides: Overrides, *, as_json: bool, quiet: bool) -> Exit:
    """Trains and prints the ending report, or the figures as JSON."""
    return report(train_watched(load_config(file), file.parent, overrides, quiet=quiet), as_json=as_json)


def train_watched(
    config: Config, folder: Path, overrides: Overrides, *, quiet: bool, recording: Recording | None = None
) -> TrainingResult:
    """Trains as the config and, over it, the command line want it, showing how far it is."""
    wanted = overrides.apply(config)
    sandbox = overrides.sandbox_for(wanted, folder)
    with watching(Path(wanted.run.folder), quiet=quiet) as sinks:
        return train_from_config(wanted, folder, sinks, recording=recording, sandbox=sandbox)


def report(result: TrainingResult, *, as_json: bool) -> Exit:
    """Prints the ending report; the exit code says whether the provider ended the run."""
    figures = figures_of(result)
    if as_json:
        print_json(figures)
    else:
        print_sections(summarise(figures))
    return exit_of(result)


def exit_of(result: TrainingResult) -> Exit:
    """3 where the provider ended the run, which is thus unfinished; every other end is a good one."""
    return Exit.PROVIDER if result.end == "provider" else Exit.OK
