"""What can be wrong with a training, said before anything is opened, asked or paid for."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from toolwright.config import Config
from toolwright.config.plan import plan_of, prices_of
from toolwright.errors import ConfigError
from toolwright.machine import check_parts
from toolwright.models.spec import REPLAY
from toolwright.parts import Parts, check_targets, gate_for, recording_of
from toolwright.runs.folder import RunFolder
from toolwright.tasks import check_disjoint
from toolwright.training.affording import lack, to_evaluate, to_step
from toolwright.training.trainer import Splits


def check_training(parts: Parts, splits: Splits, keyless: Callable[[ConfigError], None] | None = None) -> None:
    """Checks all that a training checks before its first request, but the sandbox and too few tasks for the gate.

    Args:
        parts: What it is made of.
        splits: Its tasks.
        keyless: Is told of a key that is not set, where that is no error.

    Raises:
        ToolwrightError: As the training would.
    """
    check_disjoint(train=splits.train, validation=splits.validation, test=splits.test)
    check_targets(parts.scorer, train=splits.train, validation=splits.validation, test=splits.test)
    gate_for(parts.training, splits, parts.gate)
    check_parts(parts, keyless=keyless)
    recording_of(parts.specs)
    if parts.runs is not None:
        _check_folder(parts.runs, parts.name)


def check_limits(config: Config, parts: Parts, splits: Splits) -> str:
    """Checks that the limits reach the end of the first evaluation, without which nothing can be trained.

    Args:
        config: What the training was configured with.
        parts: The same as objects.
        splits: Its tasks.

    Returns:
        A warning where they reach that, and no step of the optimizer; "" where they reach one, or there are no epochs.

    Raises:
        ConfigError: They do not reach even that, by the low case of the estimate.
    """
    if not config.training.epochs:
        return ""
    plan = plan_of(config, parts.start.functions, validated=splits.validation is not None)
    replayed = any(spec.model.startswith(REPLAY) for spec in parts.specs.values())  # which costs nothing
    prices = {} if replayed else prices_of(config)
    raised = "(`toolwright estimate` says what all of it takes)"
    if found := lack(config.limits, to_evaluate(splits, plan, prices)):
        raise ConfigError(
            f"{found.limited} does not reach the end of the first evaluation, whose prompts alone take {found.least}, "
            f"so that nothing could be trained; raise limits.{found.name} {raised}"
        )
    longest = parts.specs["optimizer"].settings.get("max_tokens")
    step = to_step(splits, plan, prices, longest if isinstance(longest, int) else 0)
    if found := lack(config.limits, step):
        return (
            f"{found.limited} will hardly let the optimizer be asked: the first evaluation, what is kept back for the "
            f"sealed test and the worst case of one request come to {found.least} at the least, so that nothing may be "
            f"learned for what is paid; raise limits.{found.name} {raised}"
        )
    return ""


def _check_folder(runs: Path, name: str) -> None:
    """Checks that runs can be kept, and one of that name; nothing is made there."""
    there = next(place for place in (runs.absolute(), *runs.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(f"run.folder: runs cannot be kept in {runs}: {there} is no folder that can be written")
    if name:
        with TemporaryDirectory(prefix="toolwright-") as scratch, RunFolder.create(scratch, name):
            pass  # what a name may be is the folder's to say
