"""Runs an experiment from the command line: reads it, shows how far it is, prints its tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolwright.cli.exits import Exit
from toolwright.cli.jobs.experiment_results import print_results
from toolwright.cli.jobs.experiment_telling import run_kept, say_kept, telling
from toolwright.cli.jobs.overrides import from_here
from toolwright.cli.output import messages, print_json, print_line
from toolwright.datasets import hub
from toolwright.errors import ConfigError
from toolwright.experiments.load import load_experiment
from toolwright.experiments.methods.kinds import RUNNERS
from toolwright.experiments.planning import Setup
from toolwright.experiments.running import Ended, run_experiment

_ROLES = ("agent", "optimizer")


@dataclass(frozen=True)
class Wanted:
    """What the command line says of an experiment: its options, as they were given."""

    name: str
    out: Path | None
    only: Sequence[str] = ()
    tables: Sequence[str] = ()
    models: Sequence[str] = ()
    data: Sequence[str] = ()
    again: Sequence[str] = ()
    sandbox: str = ""

    def setup(self) -> Setup:
        """What is to be run.

        Raises:
            ConfigError: The experiment or an option is wrong.
        """
        data = _data(self.data)
        experiment, base = load_experiment(self.name, models=_models(self.models), data=data)
        return Setup(
            experiment=experiment,
            base=base,
            out=self.out or Path("experiments") / experiment.name,
            data=data,
            only=self.only,
            tables=self.tables,
            again=self.again,
            sandbox=self.sandbox,
        )


def run_and_show(wanted: Wanted, *, as_json: bool, quiet: bool) -> Exit:
    """Runs the cells that are not done, then prints the tables, or the results as JSON.

    Raises:
        ToolwrightError: The experiment cannot be run; the message says why.
    """
    setup = wanted.setup()
    with telling(quiet=quiet) as (teller, sinks):
        ended = run_kept(run_experiment(setup, RUNNERS, teller, sinks), setup.out)
    if as_json:
        print_json(ended.results)
    else:
        print_results(ended.results, setup.out)
    if ended.provider:
        say_kept(setup.out)
    return _exit(ended)


def _exit(ended: Ended) -> Exit:
    """3 where the provider ended it, 1 where a cell or a reading failed; a budget that is used up is a good end."""
    failed = {
        **{record.key: f"failed: {record.reason}" for record in ended.results.cells if record.status == "failed"},
        **{key: f"is done, but could not be read on: {fault}" for key, fault in ended.faults.items()},
    }
    for key, said in failed.items():
        print_line(messages(), f"error: cell {key.id} {said}")
    if ended.provider:
        return Exit.PROVIDER
    return Exit.ERROR if failed else Exit.OK


def _models(given: Sequence[str]) -> dict[str, str]:
    """Model by role."""
    found: dict[str, str] = {}
    for text in given:
        role, equals, model = text.partition("=")
        if equals and role.isidentifier() and role not in _ROLES:
            raise ConfigError(f"--model {text}: there is no role {role!r}; give MODEL, agent=MODEL or optimizer=MODEL")
        found |= {role: from_here(model)} if role in _ROLES else dict.fromkeys(_ROLES, from_here(text))
    return found


def _data(given: Sequence[str]) -> dict[str, Path]:
    """Path by name."""
    found: dict[str, Path] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or not (path.startswith(hub.PREFIX) or Path(path).exists()):
            what = f"{path} is not there" if equals else "write NAME=PATH"
            raise ConfigError(f"--data {text}: {what}")
        found[name] = Path(path)
    return found
