"""From a TOML file to a Config; every error names the file, the key and the remedy."""

import difflib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from toolwright.config.schema import PRESETS, Config
from toolwright.errors import ConfigError
from toolwright.models.spec import TOLD
from toolwright.redaction import redacted

Loc = tuple[int | str, ...]

_SHOWN: Final = 8
"""Faults of one file that are told at once."""

_PLAINLY: Final = {"model_type": "must be a table", "dict_type": "must be a table", "tuple_type": "must be a list"}
"""What pydantic says in words of Python."""


def load_config(path: Path | str) -> Config:
    """Reads a configuration.

    Raises:
        ConfigError: The file cannot be read, is no TOML, or a key is missing, unknown or wrong.
    """
    file = Path(path)
    return parse_config(read_toml(file, "toolwright train --help"), str(file))


def read_toml(file: Path, usage: str) -> dict[str, Any]:
    """A TOML file's data.

    Args:
        file: The file.
        usage: The command that says which file is wanted.

    Raises:
        ConfigError: It cannot be read, or is no TOML.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file} cannot be read: line {line} is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error}; name a TOML file (`{usage}`)") from error
    return parse_toml(text, str(file))


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The data of a TOML text; raises ConfigError where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where} is not valid TOML: {error}") from error


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
        raise explained(error, Config, where, example=_example) from None


def _merge(defaults: Mapping[str, Any], given: object) -> object:
    return {**defaults, **cast("dict[str, Any]", given)} if isinstance(given, dict) else given or dict(defaults)


def _example(key: str) -> str:
    if key in {"models", "models.agent", "models.agent.model"}:
        return 'name the models, for instance [models] agent = "openai:gpt-5-mini"'
    return "add it"


def dotted(loc: Loc) -> str:
    """A key's path as a file would write it."""
    return ".".join(str(part) for part in loc)


def explained(
    error: ValidationError,
    model: type[BaseModel],
    where: str,
    *,
    name: Callable[[Loc], str] = dotted,
    example: Callable[[str], str] = lambda _: "add it",
) -> ConfigError:
    """What is wrong with data, key by key.

    Args:
        error: What pydantic found.
        model: What the data should have been.
        where: What the data are called: their file.
        name: What a key is called.
        example: What is said of a key that is missing.
    """
    return ConfigError("\n".join(f"{where}: {fault}" for fault in faults(error, model, name, example)))


def faults(
    error: ValidationError,
    model: type[BaseModel] | None,
    name: Callable[[Loc], str] = dotted,
    example: Callable[[str], str] = lambda _: "add it",
) -> list[str]:
    """What is wrong with data, key by key; as `explained` takes them, `model` None where no keys can be suggested."""
    found = error.errors(include_url=False)[:_SHOWN]
    return [_say(fault, model, name(fault["loc"]), example) for fault in found]


def _say(fault: ErrorDetails, model: type[BaseModel] | None, key: str, example: Callable[[str], str]) -> str:
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key!r}{_suggest(fault['loc'], model)}"
    if fault["type"] == "missing":
        return f"missing key {key!r}; {example(key)}"
    said = _PLAINLY.get(fault["type"], fault["msg"])
    return f"key {key!r}: {said}" if fault["type"] == TOLD else f"key {key!r}: {said}, not {shown(fault)}"


def shown(fault: ErrorDetails) -> str:
    """The value that is wrong, not too long, and no key where one was put in a wrong place."""
    [value] = redacted({str(fault["loc"][-1] if fault["loc"] else ""): fault["input"]}).values()
    return f"{value!r:.80}"


def _suggest(loc: Loc, model: type[BaseModel] | None) -> str:
    """What to say of an unknown key in a table: the likeliest there is, or all."""
    table = model
    named = False  # the next part names one of many tables of a kind, or says which in a list
    for part in loc[:-1]:
        if named:
            named = False
        elif table is not None:
            table, named = _table(table, str(part))
    return "" if table is None else f"; {suggestion(str(loc[-1]), list(table.model_fields))}"


def suggestion(name: str, names: Sequence[str]) -> str:
    """The likeliest of the names there are, or all of them."""
    close = difflib.get_close_matches(name, names, 1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names)}"


def _table(model: type[BaseModel], name: str) -> tuple[type[BaseModel] | None, bool]:
    """The kind of table a key holds, if any, and whether it holds many of them."""
    field = model.model_fields.get(name)
    kinds = [field.annotation, *get_args(field.annotation)] if field else []
    found = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    return found, field is not None and get_origin(field.annotation) in (dict, tuple)
