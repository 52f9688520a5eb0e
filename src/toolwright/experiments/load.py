"""From a TOML file, or a preset's name, to an Experiment; every error names the file, the key and the remedy.

Example:
    experiment, base = load_experiment("open", models={"agent": "openai:gpt-5-mini"})
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from toolwright.config.load import explained, parse_toml, read_toml
from toolwright.config.schema import Models
from toolwright.errors import ConfigError
from toolwright.experiments.cells import cells_of
from toolwright.experiments.checking import check_data, check_experiment
from toolwright.experiments.matrix import Experiment
from toolwright.experiments.shipped import preset_names, preset_text


def load_experiment(
    name: Path | str, *, models: Mapping[str, str] | None = None, data: Mapping[str, Path] | None = None
) -> tuple[Experiment, Path]:
    """Reads an experiment and checks all that can be checked without reading its tasks.

    Args:
        name: A TOML file, or the name of a preset.
        models: Model by role, in the place of all that the experiment names.
        data: What "data:NAME" in its paths stands for, by name.

    Returns:
        The experiment, and the folder its paths are relative to.

    Raises:
        ConfigError: The file cannot be read or is no TOML; a key is missing, unknown or wrong, or names what is not
            there.
    """
    raw, base, where = _read(str(name))
    try:
        experiment = with_models(_parsed(raw, where), models or {})
        check_experiment(experiment)
        check_data(experiment, data or {})
        cells_of(experiment)
    except ConfigError as error:
        said = str(error).removeprefix(f"{where}: ")
        raise ConfigError(f"{where}: {said}") from None
    return experiment, base


def _read(name: str) -> tuple[dict[str, Any], Path, str]:
    """The data, the folder paths are relative to, and what errors call it."""
    if name in preset_names():
        return parse_toml(preset_text(name), f"preset {name}"), Path(), f"preset {name}"
    file = Path(name)
    if not file.exists() and not file.suffix:
        there = ", ".join(preset_names()) or "none"
        raise ConfigError(f"{name} is neither a file nor a preset; presets are: {there}")
    return read_toml(file, "toolwright experiment run --help"), file.parent, str(file)


def _parsed(raw: Mapping[str, Any], where: str) -> Experiment:
    try:
        return Experiment.model_validate(raw)
    except ValidationError as error:
        raise explained(error, Experiment, where, example=_example) from None


def _example(key: str) -> str:
    if key.startswith("models"):
        return 'name a model, for instance [models.mini] agent = "openai:gpt-5-mini"'
    examples = {
        "name": 'say what it is called, for instance name = "small"',
        "domains": 'name one, for instance [domains.sums] source = { reader = "jsonl", path = "sums.jsonl" }',
        "agents": 'name one, for instance [agents.react] kind = "react"',
        "methods": 'name one, for instance [methods.trained] kind = "train"',
        "tables": 'name one, for instance [[tables]] kind = "main"',
    }
    return examples.get(key, "add it")


def with_models(experiment: Experiment, models: Mapping[str, str]) -> Experiment:
    """The experiment with one entry in the place of its models, named after the agent's; as it is where none is given.

    Raises:
        ConfigError: The agent's model is not among them, or there is no such role.
    """
    if not models:
        return experiment
    if "agent" not in models or set(models) - set(Models.model_fields):
        raise ConfigError(
            f"--model: give agent=MODEL, and optimizer=MODEL where it is another; not {', '.join(models)}"
        )
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", re.split(r"[:/]", models["agent"])[-1]).strip(".-_") or "model"
    tables = tuple(table.model_copy(update={"models": ()}) for table in experiment.tables)
    return experiment.model_copy(update={"models": {name: Models.model_validate(models)}, "tables": tables})
