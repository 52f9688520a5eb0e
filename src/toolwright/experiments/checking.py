"""What can be wrong with an experiment as a whole: names that are not there, tables nothing would fill; pure."""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from toolwright.errors import ConfigError
from toolwright.experiments.matrix import Domain, Experiment, Method, Table
from toolwright.experiments.shipped import data_names

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_TRAIN: Final = ("train", "divide")
"""Kinds of methods that train; the others only evaluate."""

_EVALUATED: Final = ("repeats", "at_once")
"""What of a table `training` counts for an evaluation, too."""

_READ: Final = ("curves", "transfer")
"""Kinds of tables that want their trainings read beside, which no other kind of method can be."""

_AXES: Final = ("domains", "agents", "models", "methods")


def check_experiment(experiment: Experiment) -> None:
    """Checks what the keys of an experiment say together.

    Raises:
        ConfigError: As the message says, with the key and the remedy.
    """
    _check_name("name", experiment.name)
    for axis in _AXES:
        for name in getattr(experiment, axis):
            _check_name(f"{axis}.{name}", name)
    for name, domain in experiment.domains.items():
        _check_domain(f"domains.{name}", domain)
    for name, method in experiment.methods.items():
        _check_counts(f"methods.{name}", method)
    for number, table in enumerate(experiment.tables):
        _check_table(f"tables.{number}", table, experiment)


def check_data(experiment: Experiment, data: Mapping[str, Path]) -> None:
    """Checks that every name given with `--data` is one that the experiment reads."""
    names = {name for domain in experiment.domains.values() for name in data_names(domain)}
    for given in data:
        if given not in names:
            there = f"there are: {', '.join(sorted(names))}" if names else "it reads none"
            raise ConfigError(f"--data {given}=…: no domain reads data:{given}; {there}")


def _check_name(key: str, name: str) -> None:
    """A name is a part of a folder's path and of a cell's id."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{key}: {name!r:.80} cannot name a folder; use letters, digits, '.', '_' and '-'")


def _check_domain(key: str, domain: Domain) -> None:
    apart = domain.train is not None and domain.test is not None
    if (domain.source is not None) == (domain.train is not None or domain.test is not None) or not (
        apart or domain.source is not None
    ):
        raise ConfigError(f"{key}: give `source`, or both `train` and `test`, not both ways at once")


def _check_counts(key: str, method: Method) -> None:
    """Nothing is to be given that a method of its kind never reads."""
    kind = method.kind
    trains = {f"training.{name}" for name in method.training if name not in _EVALUATED}
    trains |= {f"optimizer.{name}" for name in method.optimizer}
    vain = [*(sorted(trains) if kind not in _TRAIN else ())]
    if kind in ("train", "none"):
        vain += [f"options.{name}" for name in method.options]
    if vain:
        raise ConfigError(f'{key}.{vain[0]}: nothing of a method of kind "{kind}" reads it; {_remedy(vain[0])}')


def _remedy(name: str) -> str:
    if name.startswith("options."):
        return "leave it out, or name the kind it belongs to"
    return f"leave it out: only {' and '.join(_TRAIN)} train"


def _check_known(key: str, names: Iterable[str], there: Mapping[str, object], what: str) -> None:
    for name in names:
        if name not in there:
            close = difflib.get_close_matches(name, there, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(there)}"
            raise ConfigError(f"{key}: there is no {what} {name!r}; {hint}")


def _check_table(key: str, table: Table, experiment: Experiment) -> None:
    for axis in _AXES:
        _check_known(f"{key}.{axis}", getattr(table, axis), getattr(experiment, axis), axis.removesuffix("s"))
    named = table.methods or tuple(experiment.methods)
    if table.kind in _READ and all(experiment.methods[name].kind != "train" for name in named):
        raise ConfigError(
            f'{key}: a table of {table.kind} reads trainings, and none of its methods is of kind "train"; they are: '
            f"{', '.join(named)}"
        )
    if table.kind == "transfer" and len(table.domains or experiment.domains) == 1:
        raise ConfigError(f"{key}: a table of transfer has at least two domains; name another")
