"""Trains from a config file and reports."""

from importlib import import_module
from pathlib import Path
from threading import Thread

from toolwright.api import Trainer
from toolwright.cli.display import watching
from toolwright.cli.exits import Exit
from toolwright.cli.interrupts import run_interruptible
from toolwright.cli.jobs.going_on import say_how_to_go_on, saying_how_to_go_on
from toolwright.cli.jobs.overrides import Overrides
from toolwright.cli.jobs.train_ahead import check_limits
from toolwright.cli.output import messages, print_json, print_line, print_sections
from toolwright.config import Config, load_config
from toolwright.config.shortcuts import pinned, splits_of
from toolwright.events import Event, StepStarted
from toolwright.parts import Parts, check_targets
from toolwright.recordings import Recording
from toolwright.report.figures import RunFigures, figures_of
from toolwright.report.summary import summarise
from toolwright.report.told import told_of
from toolwright.runs.folder import RunFolder
from toolwright.training.result import TrainingResult
from toolwright.training.trainer import Splits


def train_and_report(file: Path, overrides: Overrides, *, as_json: bool, quiet: bool) -> Exit:
    """Trains and prints the ending report, or the figures as JSON."""
    result = train_watched(load_config(file), file.parent, overrides, quiet=quiet)
    return finish(result, overrides, as_json=as_json, quiet=quiet)


class _ImportsAhead:
    """Imports what statistics need while the optimizer is waited for, when there is nothing else to do: a second."""

    def __init__(self) -> None:
        self._begun = False

    def emit(self, event: Event) -> None:
        if not self._begun and isinstance(event, StepStarted):
            self._begun = True
            Thread(target=import_module, args=("scipy.stats",), daemon=True).start()


def train_watched(
    config: Config,
    folder: Path,
    overrides: Overrides,
    *,
    quiet: bool,
    recording: Recording | None = None,
    resume: Path | None = None,
) -> TrainingResult:
    """Trains as the config and, over it, the command line want it, showing how far it is.

    Args:
        config: The config.
        folder: What its paths are relative to.
        overrides: What the command line says.
        quiet: Whether to show nothing but errors.
        recording: Replies to use before a model is asked.
        resume: The folder of the run to go on with, None for a new run.
    """
    wanted = overrides.apply(config)
    wanted = wanted.model_copy(update={"tasks": pinned(wanted.tasks)})
    sandbox = overrides.sandbox_for(wanted, folder)
    runs = Path(wanted.run.folder)
    with saying_how_to_go_on(runs, overrides) as started, watching(runs, quiet=quiet) as sinks:
        told = [started, _ImportsAhead(), *sinks]
        trainer = Trainer.from_config(wanted, folder, told, recording=recording, sandbox=sandbox)
        splits = splits_of(wanted.tasks, folder)
        if resume is None:
            _look_ahead(wanted, trainer.parts, splits, recorded=recording is not None, quiet=quiet)
        training = trainer.afit(splits.train, splits.validation, splits.test, resume=resume)
        return run_interruptible(training, started.say)


def _look_ahead(config: Config, parts: Parts, splits: Splits, *, recorded: bool, quiet: bool) -> None:
    """Refuses, or warns of, what could only be paid for in vain; replies that are used again cost nothing."""
    check_targets(parts.scorer, train=splits.train, validation=splits.validation, test=splits.test)
    warning = "" if recorded else check_limits(config, parts, splits)
    if warning and not quiet:
        print_line(messages(), f"warning: {warning}")


def finish(result: TrainingResult, overrides: Overrides, *, as_json: bool, quiet: bool) -> Exit:
    """Prints the ending report, and how to go on where the provider or the budget ended the run."""
    code = report(result, as_json=as_json)
    if result.end == "provider":
        say_how_to_go_on(Path(result.folder), overrides)
    elif result.end == "budget" and not quiet:
        print_line(messages(), f"With a larger limit in the config (--config FILE) the run can go on{_again(result)}:")
        say_how_to_go_on(Path(result.folder), overrides)
    return code


def _again(result: TrainingResult) -> str:
    """What going on costs the sealed test, "" where the training has not opened it."""
    with RunFolder.read(result.folder) as folder:
        told = told_of(folder.store)
    if told.openings == told.forced:
        return ""
    return "; its sealed test, read now, would be read once more and the report says so"


def report(result: TrainingResult, *, as_json: bool) -> Exit:
    """Prints the ending report; the exit code says whether the provider ended the run."""
    figures = figures_for(result)
    if as_json:
        print_json(figures)
    else:
        print_sections(summarise(figures))
    return exit_of(result)


def figures_for(result: TrainingResult) -> RunFigures:
    """The figures of a training whose run is kept, with what only its events tell."""
    with RunFolder.read(result.folder) as folder:
        return figures_of(result, told_of(folder.store))


def exit_of(result: TrainingResult) -> Exit:
    """3 where the provider ended the run, which is thus unfinished; every other end is a good one."""
    return Exit.PROVIDER if result.end == "provider" else Exit.OK
