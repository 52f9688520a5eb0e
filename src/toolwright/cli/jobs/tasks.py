"""Checks of a config's tasks: that they can be read and scored, and are enough for the training's gate."""

from pathlib import Path

from toolwright.cli.jobs.check import Check
from toolwright.config import Config
from toolwright.config.shortcuts import scorer_of, splits_of
from toolwright.errors import ToolwrightError
from toolwright.parts import check_targets, checked_gate, gate_reads
from toolwright.tasks import check_disjoint
from toolwright.training.gates import doubt_about_cost, fewest_tasks
from toolwright.training.trainer import Splits


def task_checks(config: Config, folder: Path) -> list[Check]:
    """Whether the scorer is known, the task sets can be read and do not overlap, and are enough for the gate."""
    try:
        scorer = scorer_of(config.scorer, folder)
        splits = splits_of(config.tasks, folder)
        check_disjoint(train=splits.train, validation=splits.validation, test=splits.test)
        check_targets(scorer, train=splits.train, validation=splits.validation, test=splits.test)
    except ToolwrightError as error:
        return [Check(name="tasks", status="fail", text=str(error))]
    sets = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    counts = ", ".join(f"{len(tasks)} {name}" for name, tasks in sets.items() if tasks)
    return [Check(name="tasks", status="ok", text=f"{counts}; scorer {scorer.name}"), *_gate_checks(config, splits)]


def _gate_checks(config: Config, splits: Splits) -> list[Check]:
    """Whether the gate's options are right, and it can accept anything on so many tasks."""
    try:
        gate = checked_gate(config.training, splits)
    except ToolwrightError as error:
        return [Check(name="gate", status="fail", text=str(error))]
    (tasks, called), fewest = gate_reads(config.training, splits), fewest_tasks(gate)
    least = f"; on fewer than {fewest} it could accept nothing" if fewest > 1 else ""
    found = [Check(name="gate", status="ok", text=f"reads {tasks} {called} tasks{least}")]
    doubt = doubt_about_cost(gate, tasks)
    return [*found, Check(name="gate", status="note", text=doubt)] if doubt else found
