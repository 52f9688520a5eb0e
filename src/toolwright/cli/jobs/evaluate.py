"""Any function set on any task set."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import JsonValue

from toolwright.api import EvaluationWithUse, Trainer, read_tasks
from toolwright.base import SCHEMA_VERSION
from toolwright.cli.display import watching
from toolwright.cli.exits import Exit
from toolwright.cli.interrupts import run_interruptible
from toolwright.cli.jobs.functions import load_functions
from toolwright.cli.jobs.overrides import Overrides
from toolwright.cli.output import messages, print_json, print_line, print_sections
from toolwright.config import Config, load_config
from toolwright.config.schema import Functions, Tasks
from toolwright.config.shortcuts import splits_of
from toolwright.errors import ConfigError
from toolwright.evaluations import Evaluation, Result
from toolwright.parameters import Parameters
from toolwright.parts import Parts, parts_of
from toolwright.redaction import redacted
from toolwright.report.confinement import sandbox_line
from toolwright.report.figures import task_count
from toolwright.report.sections import Section, usage_section
from toolwright.tasks import TaskSet
from toolwright.training.intervals import interval_of

SPLITS: Final = ("train", "validation", "test")


class Known(NamedTuple):
    """A run that knows some of it already, "" for none, and whether its sealed test may be read once more."""

    run: str = ""
    force: bool = False

    def say_kept(self) -> None:
        """Prints, on standard error, that an evaluation that is broken off can go on, where it can."""
        if self.run:
            text = "What was answered is kept in the run; the same command goes on where it was."
            print_line(messages(), text)


@contextmanager
def _saying_what_is_kept(known: Known) -> Generator[None]:
    """Says, where an evaluation is broken off, that it can go on."""
    try:
        yield
    except KeyboardInterrupt:
        known.say_kept()
        raise


def evaluate_and_report(
    file: Path,
    functions: Path,
    tasks: str,
    overrides: Overrides,
    known: Known,
    *,
    per_task: bool,
    as_json: bool,
    quiet: bool,
) -> Exit:
    """Evaluates and prints the mean score with its interval.

    Raises:
        ToolwrightError: The config, the functions or the tasks are wrong, or the model cannot be asked.
    """
    config = overrides.apply(load_config(file))
    learned = load_functions(functions)
    chosen = choose_tasks(config, file.parent, tasks)
    bare = config.model_copy(update={"functions": Functions()})
    sandbox = overrides.sandbox_for(config, file.parent)
    with _saying_what_is_kept(known), watching(Path(config.run.folder), quiet=quiet) as sinks:
        made = parts_of(bare, file.parent, sinks, sandbox=sandbox)
        parts = replace(made, runs=made.runs if known.run else None, start=Parameters(functions=learned))
        split = tasks if tasks in SPLITS else "evaluation"
        evaluating = Trainer.of(parts).aevaluate_with_use(chosen, split, run=known.run or None, force=known.force)
        found = run_interruptible(evaluating, known.say_kept)
    if as_json:
        print_json(_data(found, chosen, learned.names, parts))
    else:
        print_sections(_sections(found, chosen, learned.names, sandbox.kind, known, per_task=per_task))
    outages = any(result.score is None and result.trajectory.end != "budget" for result in found.evaluation.results)
    return Exit.PROVIDER if outages else Exit.OK


def choose_tasks(config: Config, folder: Path, wanted: str) -> TaskSet:
    """The task set that is meant: a split of the config, a file, or the last split the config has.

    Raises:
        ConfigError: There is neither such a split nor such a file.
        DataError: A file is wrong.
    """
    there = _named(config.tasks)
    if wanted and wanted not in there:
        if wanted in SPLITS or not Path(wanted).is_file():
            what = "split" if wanted in SPLITS else "split or file"
            raise ConfigError(
                f"--tasks {wanted}: there is no such {what}; the config has {', '.join(there) or 'no tasks'}"
            )
        return read_tasks(wanted)
    splits = splits_of(config.tasks, folder)
    return getattr(splits, wanted or there[-1])


def _named(tasks: Tasks) -> list[str]:
    """The splits a config names, in order, without reading them."""
    named = tasks if tasks.split is None else tasks.split
    return [name for name in SPLITS if getattr(named, name)]


def _data(found: EvaluationWithUse, tasks: TaskSet, functions: tuple[str, ...], parts: Parts) -> JsonValue:
    evaluation = found.evaluation
    scored = _scored(evaluation)
    return {
        "schema_version": SCHEMA_VERSION,
        "tasks": {"name": tasks.name, "count": task_count(evaluation), "digest": evaluation.tasks},
        "parameters": evaluation.parameters,
        "functions": list(functions),
        "agent": {"kind": parts.agent.name, "model": parts.specs["agent"].model},
        "scorer": parts.scorer.name,
        "settings": _settings(parts),
        "sandbox": parts.sandbox.kind,
        "complete": evaluation.complete,
        "scored": scored,
        "score": interval_of(evaluation).model_dump(mode="json") if scored else None,
        "usage": evaluation.usage.model_dump(mode="json"),
        "rollouts": {"read": found.read, "run_now": found.run},
        "used_now": found.used.model_dump(mode="json"),
        "results": [_result(result) for result in evaluation.results],
    }


def _settings(parts: Parts) -> JsonValue:
    """How agent, model and scorer were set, keys hidden: of one name they may be others."""
    wanted = {"agent": parts.config["agent"], "scorer": parts.config["scorer"]}
    return redacted({**wanted, "model": parts.specs["agent"].settings})


def _result(result: Result) -> JsonValue:
    trajectory = result.trajectory
    return {
        "task": trajectory.task_id,
        "repeat": trajectory.repeat,
        "score": result.score.model_dump(mode="json") if result.score else None,
        "answer": trajectory.answer,
        "end": trajectory.end,
        "error": trajectory.error,
        "calls": [call.name for call in trajectory.calls],
    }


def _sections(
    found: EvaluationWithUse, tasks: TaskSet, functions: tuple[str, ...], sandbox: str, known: Known, *, per_task: bool
) -> tuple[Section, ...]:
    evaluation = found.evaluation
    missing = [result for result in evaluation.results if result.score is None]
    lost = (
        f"{len(missing)} rollouts have no score, so this is incomplete; the first: {missing[0].trajectory.error}"
        if missing
        else ""
    )
    lines = (
        f"Tasks: {task_count(evaluation)} of {tasks.name}",
        f"Functions: {', '.join(functions) or 'none'}",
        sandbox_line(sandbox, None),
        _mean(evaluation),
        *((lost,) if lost else ()),
        *((_asked(found),) if known.run else ()),
    )
    table = (Section(title="By task", columns=_COLUMNS, rows=tuple(map(_row, evaluation.results))),)
    return (
        Section(title="Evaluation", lines=lines),
        *(table if per_task else ()),
        *((usage_section({"agent": found.used}),) if found.used.requests else ()),
    )


def _scored(evaluation: Evaluation) -> int:
    """How many rollouts have a score."""
    return sum(result.score is not None for result in evaluation.results)


def _mean(evaluation: Evaluation) -> str:
    """The mean score, and of how many rollouts where it is not of all; of none there is no mean."""
    scored, count = _scored(evaluation), len(evaluation.results)
    if not scored:
        return f"Mean score: not evaluated, as none of {count} rollouts was scored"
    of = f" of the {scored} scored" if scored < count else ""
    return f"Mean score{of}: {interval_of(evaluation)} (95 % confidence interval)"


def _asked(found: EvaluationWithUse) -> str:
    """How much of it the run knew already."""
    count = len(found.evaluation.results)
    if found.read == count:
        return f"Rollouts: all {count} were read from the run; nothing was asked"
    return f"Rollouts: {found.read} of {count} were read from the run, {found.run} were run and scored now"


_COLUMNS: Final = ("task", "repeat", "score", "answer", "calls", "why")


def _row(result: Result) -> tuple[str, ...]:
    trajectory = result.trajectory
    score = "-" if result.score is None else f"{result.score.value:g}"
    why = result.score.reason if result.score else trajectory.error
    answer = "-" if trajectory.answer is None else trajectory.answer[:80]
    calls = ", ".join(dict.fromkeys(call.name for call in trajectory.calls))
    return (trajectory.task_id, str(trajectory.repeat), score, answer, calls or "-", why[:200])
