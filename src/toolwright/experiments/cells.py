"""The cells of an experiment: what its tables want, each once, with its whole configuration; pure.

Example:
    for cell in cells_of(experiment, only=("algebra/*",)):
        print(cell.key.id, cell.config.training.epochs)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from toolwright.base import Frozen
from toolwright.config.load import Loc, dotted, explained
from toolwright.config.schema import Config, Models
from toolwright.errors import ConfigError
from toolwright.experiments.matrix import Draw, Experiment, Method, Table
from toolwright.experiments.records import CellKey, CellRecord
from toolwright.models.spec import REPLAY, ModelSpec
from toolwright.protocols import Role

T = TypeVar("T", bound=BaseModel)

Layers = Mapping[str, Mapping[str, Any]]
"""Options by the key of the table they stand in, the last of which wins."""


class Readings(Frozen):
    """What of a training is read beside it, after its end, for tables that want it; no part of what a cell is.

    Attributes:
        curve: Whether what each epoch proposed is read on the test tasks.
        transfer: The domains beside the cell's own on whose test tasks what was learned is read.
    """

    curve: bool = False
    transfer: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.curve or bool(self.transfer)

    def missing_in(self, record: CellRecord) -> "Readings":
        """Those that a record does not hold."""
        transfer = tuple(domain for domain in self.transfer if domain not in record.transfer)
        return Readings(curve=self.curve and not record.curve, transfer=transfer)


class Cell(Frozen):
    """One cell.

    Attributes:
        key: Which.
        config: Its configuration, without tasks and without a folder.
        method: Its method.
        draw: How many tasks it uses.
        readings: What the tables shown want read beside its training.
    """

    key: CellKey
    config: Config
    method: Method
    draw: Draw
    readings: Readings = Readings()


def cells_of(experiment: Experiment, only: Sequence[str] = (), tables: Sequence[str] = ()) -> tuple[Cell, ...]:
    """The cells that tables want, in the order of tables and axes.

    Args:
        experiment: The experiment.
        only: Patterns of cells' ids ("algebra/*", "*/0"); those that one of them matches. All where there is none.
        tables: Kinds of tables; those that one of them wants, with what it wants read beside. All where there is none.

    Raises:
        ConfigError: An option of a domain, agent or method is unknown or wrong; or a pattern or a kind matches nothing.
    """
    there = {table.kind for table in experiment.tables}
    for kind in tables:
        if kind not in there:
            raise ConfigError(f"--table {kind}: the experiment has no such table; it has: {', '.join(sorted(there))}")
    shown = [table for table in experiment.tables if not tables or table.kind in tables]
    keys = tuple(dict.fromkeys(key for table in shown for key in _keys(experiment, table)))
    for pattern in only:
        if not any(fnmatchcase(key.id, pattern) for key in keys):
            raise ConfigError(f"--only {pattern}: no cell is called so; there are {len(keys)}, {keys[0].id!r} say")
    chosen = (key for key in keys if not only or any(fnmatchcase(key.id, pattern) for pattern in only))
    reading = [(table, frozenset(_keys(experiment, table))) for table in shown if table.kind in ("curves", "transfer")]
    return tuple(
        cell_of(experiment, key).model_copy(
            update={"readings": _readings(experiment, key, [table for table, wanted in reading if key in wanted])}
        )
        for key in chosen
    )


def _keys(experiment: Experiment, table: Table) -> Iterator[CellKey]:
    axes = (
        table.domains or experiment.domains,
        table.agents or experiment.agents,
        table.models or experiment.models,
        table.methods or experiment.methods,
        table.seeds or experiment.seeds,
    )
    for domain, agent, model, method, seed in product(*axes):
        yield CellKey(domain=domain, agent=agent, model=model, method=method, seed=seed)


def _readings(experiment: Experiment, key: CellKey, tables: Sequence[Table]) -> Readings:
    """What tables want read beside a cell of theirs: of a training alone, the domains in the experiment's order."""
    if experiment.methods[key.method].kind != "train":
        return Readings()
    tested = {name for table in tables if table.kind == "transfer" for name in table.domains or experiment.domains}
    return Readings(
        curve=any(table.kind == "curves" for table in tables),
        transfer=tuple(name for name in experiment.domains if name in tested - {key.domain}),
    )


def cell_of(experiment: Experiment, key: CellKey) -> Cell:
    """The cell of a key whose names are the experiment's, without readings; ConfigError where an option is wrong."""
    domain, method = experiment.domains[key.domain], experiment.methods[key.method]
    agent = experiment.agents[key.agent].model_dump(exclude_unset=True, exclude={"label", "paper"})
    at, of = f"methods.{key.method}", f"domains.{key.domain}"
    training: Layers = {
        "training": experiment.training.model_dump(exclude_unset=True),
        f"{at}.training": method.training,
    }
    optimizer = {"optimizer": experiment.optimizer.model_dump(exclude_unset=True), f"{at}.optimizer": method.optimizer}
    layers: dict[str, Layers] = {
        "training": training,
        "optimizer": optimizer,
        "agent": {f"agents.{key.agent}": agent, f"{of}.agent": domain.agent, f"{at}.agent": method.agent},
    }
    whole = {
        **{table: _merged(layer) for table, layer in layers.items()},
        "models": _models(experiment.models[key.model], key),
        "scorer": domain.scorer,
        "sandbox": experiment.sandbox,
        "limits": experiment.limits,
    }
    drawn: Layers = {f"{of}.draw": domain.draw.model_dump(), f"{at}.draw": method.draw}
    config = _made(Config, whole, key, lambda loc: _origin(loc[1:], layers.get(str(loc[0]), {})) or dotted(loc))
    return Cell(
        key=key,
        config=_seeded(config, key.seed),
        method=method,
        draw=_made(Draw, _merged(drawn), key, lambda loc: _origin(loc, drawn)),
    )


def _seeded(config: Config, seed: int) -> Config:
    """With the cell's seed where a training draws batches or minibatches; one that draws none is the same without."""
    if not config.training.batch and config.training.proposals == 1:
        return config
    return config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})


def _models(models: Models, key: CellKey) -> dict[Role, ModelSpec]:
    """The models of a cell: "{domain}" and its other parts in the name of a recording are the cell's own."""
    specs = models.by_role()
    for role, spec in specs.items():
        if spec.model.startswith(REPLAY):
            name = spec.model
            for part, value in key.model_dump(mode="json").items():
                name = name.replace(f"{{{part}}}", str(value))
            specs[role] = spec.model_copy(update={"model": name})
    return specs


def _merged(layers: Layers) -> dict[str, Any]:
    return {key: value for layer in layers.values() for key, value in layer.items()}


def _made(kind: type[T], values: Mapping[str, Any], key: CellKey, name: Callable[[Loc], str]) -> T:
    """The merged values as one; what is wrong with a key is said of the table it stands in."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise explained(error, kind, f"cell {key.id}", name=name) from None


def _origin(loc: Loc, layers: Layers) -> str:
    """The key of the experiment that a merged key comes from, "" where it is in none."""
    tables = [table for table, layer in layers.items() if loc and loc[0] in layer]
    return dotted((tables[-1], *loc)) if tables else ""
