"""What is shipped for experiments, presets and data, and where paths that begin with "data:" or "package:" lie.

Example:
    path = "package:dm_math/train.jsonl"    # shipped with Toolwright
    path = "data:math/test"                 # the folder of `--data math=PATH`, and "test" in it
    path = "data:gsm8k"                     # `--data gsm8k=hub:OWNER/NAME@REVISION` puts the hub's path in its place
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast

from toolwright.config.schema import Reader
from toolwright.datasets import hub
from toolwright.errors import ConfigError
from toolwright.experiments.matrix import Domain

DATA: Final = "data:"
PACKAGE: Final = "package:"


def preset_names() -> tuple[str, ...]:
    """The presets there are, by name."""
    found = (Path(file.name) for file in _shipped("presets").iterdir())
    return tuple(sorted(file.stem for file in found if file.suffix == ".toml"))


def preset_text(name: str) -> str:
    """A preset's TOML.

    Raises:
        ConfigError: There is no such preset.
    """
    if name not in preset_names():
        raise ConfigError(f"there is no preset {name!r}; there are: {', '.join(preset_names())}")
    return (_shipped("presets") / f"{name}.toml").read_text(encoding="utf-8")


def readers_of(domain: Domain) -> dict[str, Reader]:
    """A domain's readers by the key that names each."""
    named = {"source": domain.source, "train": domain.train, "test": domain.test}
    return {key: reader for key, reader in named.items() if reader is not None}


def data_names(domain: Domain) -> Iterator[str]:
    """The names for which a domain's tasks want a `--data NAME=PATH`."""
    for reader in readers_of(domain).values():
        for value in _texts(reader):
            if value.startswith(DATA):
                yield _parts(value, DATA)[0]


def placed(reader: Reader, data: Mapping[str, Path]) -> Reader:
    """A reader with the paths that "data:NAME/…" and "package:NAME/…" stand for.

    Raises:
        ConfigError: Nothing is shipped under that name, or no `--data` gives it.
    """
    options: dict[str, Any] = {key: _place(value, data) for key, value in reader.options.items()}
    return Reader.model_validate({"reader": reader.reader, **options})


def _place(value: object, data: Mapping[str, Path]) -> object:
    if not isinstance(value, str):
        return value
    if value.startswith(PACKAGE):
        name, rest = _parts(value, PACKAGE)
        root = _shipped("data") / name
        if not root.exists():
            raise ConfigError(f"{value}: nothing called {name!r} is shipped with Toolwright; `--data` takes your own")
        return str(root / rest)
    if value.startswith(DATA):
        name, rest = _parts(value, DATA)
        if name not in data:
            raise ConfigError(wanted([name]))
        return str(_named(data[name]) / rest)
    return value


def _named(given: Path) -> Path:
    """A path given by name: a data set on the hub as it is, any other from where the user is."""
    return given if str(given).startswith(hub.PREFIX) else given.absolute()


def wanted(names: list[str]) -> str:
    """What is said where data have to be named."""
    options = " ".join(f"--data {name}=PATH" for name in names)
    return (
        f'give {options}: the file or folder that "{DATA}{names[0]}" in the experiment stands for, or a data set on '
        f"the hub: --data {names[0]}={hub.PREFIX}OWNER/NAME@REVISION"
    )


def _texts(reader: Reader) -> Iterator[str]:
    return (value for value in cast("dict[str, object]", reader.options).values() if isinstance(value, str))


def _parts(value: str, prefix: str) -> tuple[str, str]:
    name, _, rest = value.removeprefix(prefix).partition("/")
    return name, rest


def _shipped(what: str) -> Path:
    """A folder of the package; it is installed as files."""
    return Path(str(files("toolwright.experiments"))) / what
