"""From a TOML file to a Config; every error names the file, the key and the remedy."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from toolwright.config.schema import PRESETS, UNCONFINED, Config
from toolwright.errors import ConfigError


def load_config(path: Path | str) -> Config:
    """Reads a configuration.

    Raises:
        ConfigError: The file cannot be read, is no TOML, or a key is missing, unknown or wrong.
    """
    file = Path(path)
    try:
        data = tomllib.loads(file.read_bytes().decode())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}; name a TOML file (`toolwright train --help`)") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from error
    return parse_config(data, str(file))


def parse_config(data: Mapping[str, Any], where: str) -> Config:
    """A configuration from its data; `where` is what errors call it.

    Raises:
        ConfigError: A key is missing, unknown or wrong.
    """
    defaults = PRESETS.get(str(data.get("preset", "")), PRESETS[""])
    merged = {**data, **{table: _merge(values, data.get(table)) for table, values in defaults.items()}}
    try:
        return Config.model_validate(merged)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise ConfigError("\n".join(f"{where}: {_say(fault)}" for fault in faults[:8])) from None


def _merge(defaults: Mapping[str, Any], given: object) -> object:
    return {**defaults, **cast("dict[str, Any]", given)} if isinstance(given, dict) else given or dict(defaults)


def _say(fault: ErrorDetails) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key!r}{_suggest(fault['loc'])}"
    if fault["type"] == "missing":
        return f"missing key {key!r}{_example(key)}"
    if fault["type"] == UNCONFINED:
        return f"key {key!r}: {fault['msg']}"
    return f"key {key!r}: {fault['msg']}, not {fault['input']!r:.80}"


def _example(key: str) -> str:
    if key.startswith("models"):
        return '; name the models, for instance [models] agent = "openai:gpt-5-mini"'
    return "; add it"


def _suggest(loc: tuple[int | str, ...]) -> str:
    """The keys there are in that table, the likeliest alone where there is one."""
    model: type[BaseModel] | None = Config
    for part in loc[:-1]:
        model = _table(model, str(part)) if model else None
    if model is None:
        return ""
    names = list(model.model_fields)
    close = difflib.get_close_matches(str(loc[-1]), names, 1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(names)}"


def _table(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    field = model.model_fields.get(name)
    kinds = [field.annotation, *getattr(field.annotation, "__args__", ())] if field else []
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
