"""A cell's tasks: read once a domain, drawn by seeds, so that the same cell always has the same ones.

Every cell of a domain has the same test tasks; its train and validation tasks are of its own seed.

Example:
    drawing = Drawing(experiment, base)
    splits = drawing.splits(cell)
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from toolwright.config.shortcuts import reader_of
from toolwright.datasets import hub
from toolwright.errors import ConfigError, DataError
from toolwright.experiments.cells import Cell
from toolwright.experiments.matrix import Domain, Draw, Experiment
from toolwright.experiments.shipped import placed, readers_of
from toolwright.tasks import TaskSet, check_disjoint
from toolwright.training.trainer import Splits


class Pools(NamedTuple):
    """What a domain's tasks are drawn from: `source`, or `train` and `test`; a text that stands twice counts once.

    Attributes:
        sources: Of those that are on the hub, by name, where and at which commit.
    """

    source: TaskSet | None
    train: TaskSet | None
    test: TaskSet | None
    sources: Mapping[str, str] = {}


def read_pools(domain: Domain, base: Path, data: Mapping[str, Path], key: str) -> Pools:
    """Reads all of a domain's tasks; `key` is what errors call its table."""
    named = readers_of(domain)
    readers = {name: reader_of(placed(reader, data), base, f"{key}.{name}") for name, reader in named.items()}
    read = {name: reader.read() for name, reader in readers.items()}
    paths = {name: getattr(reader, "path", None) for name, reader in readers.items()}
    sources = {name: hub.source_of(path) for name, path in paths.items() if isinstance(path, Path)}
    fetched = {name: source for name, source in sources.items() if source}
    return Pools(read.get("source"), read.get("train"), read.get("test"), fetched)


def drawn(pools: Pools, draw: Draw, seed: int) -> Splits:
    """A cell's tasks from those there are.

    Raises:
        DataError: There are too few, or train and test share one.
    """
    test = drawn_test(pools, draw)
    rest = _rest(pools, draw) if pools.train is None else _distinct(pools.train)
    sizes = [size for size in (draw.train, draw.validation) if size]
    _check_enough(rest, sum(sizes), f"{' and '.join(map(str, sizes))} to train and validate on")
    train, *validation = rest.split(*sizes, seed=seed)
    splits = Splits(train=train, validation=validation[0] if validation else None, test=test)
    check_disjoint(train=splits.train, validation=splits.validation, test=splits.test)
    return splits


def drawn_test(pools: Pools, draw: Draw) -> TaskSet:
    """The test tasks alone, the same whatever a cell's seed and method; raises DataError where there are too few."""
    if pools.test is not None:
        tests = _distinct(pools.test)
        _check_enough(tests, draw.test, f"{draw.test} to test on")
        return tests.split(draw.test, seed=draw.seed)[0]
    source = _distinct(pools.source)
    _check_enough(source, draw.test + draw.train + draw.validation, _wanted(draw))
    return source.split(draw.test, len(source) - draw.test, seed=draw.seed)[0]


def seeds_alike(cells: Iterable[tuple[Cell, Splits]]) -> tuple[str, ...]:
    """Where several seeds have the same train tasks, as a draw takes all there are: each domain with such a draw."""
    found: dict[tuple[str, Draw], dict[int, str]] = {}
    for cell, splits in cells:
        found.setdefault((cell.key.domain, cell.draw), {})[cell.key.seed] = splits.train.digest
    alike = (at for at, by_seed in found.items() if len({*by_seed.values()}) < len(by_seed))
    return tuple(dict.fromkeys(f"{domain} (train = {draw.train})" for domain, draw in alike))


def check_elsewhere(splits: Splits, learned: str, tests: TaskSet, domain: str) -> None:
    """Checks that nothing another domain tests is learned from here; ids of two domains may be the same.

    Args:
        splits: A cell's tasks.
        learned: The cell's domain.
        tests: The other domain's test tasks.
        domain: The other domain.

    Raises:
        DataError: A task is in both; the message names both domains.
    """
    seen = {task.text: task.id for tasks in (splits.validation, splits.train) if tasks for task in tasks.tasks}
    shared = [task for task in tests.tasks if task.text in seen]
    if shared:
        raise DataError(
            f"{learned} transfers to {domain}, and {len(shared)} of the {len(tests)} test tasks of {domain} are among "
            f"the train and validation tasks of {learned}: task {shared[0].id!r} asks the same as "
            f"{seen[shared[0].text]!r}; draw the two domains from sources that share no task, or leave {domain} out "
            "of `transfer`"
        )


def _rest(pools: Pools, draw: Draw) -> TaskSet:
    """What `drawn_test` leaves of the source."""
    source = _distinct(pools.source)
    return source.split(draw.test, len(source) - draw.test, seed=draw.seed)[1]


def _distinct(pool: TaskSet | None) -> TaskSet:
    """A pool's tasks, the first of each text: what is asked twice could be trained on and tested, or count twice."""
    assert pool is not None  # noqa: S101 - a domain has a source, or both of the others
    first = {task.text: task for task in reversed(pool.tasks)}
    tasks = tuple(task for task in pool.tasks if first[task.text] is task)
    return pool if len(tasks) == len(pool) else pool.model_copy(update={"tasks": tasks})


def _wanted(draw: Draw) -> str:
    return f"{draw.train} to train on, {draw.validation} to validate on and {draw.test} to test on"


def _check_enough(tasks: TaskSet, count: int, wanted: str) -> None:
    if len(tasks) < count:
        raise DataError(
            f"{tasks.name} has {len(tasks)} different tasks, and {wanted} are wanted; lower its draw, or give it more"
        )


class Drawing:
    """Draws the cells' tasks; what a domain's are drawn from is read once, when the first of its cells asks.

    Args:
        experiment: The experiment.
        base: What its paths are relative to.
        data: What "data:NAME" stands for, by name.
    """

    def __init__(self, experiment: Experiment, base: Path, data: Mapping[str, Path] | None = None) -> None:
        self._experiment, self._base, self._data = experiment, base, data or {}
        self._pools: dict[str, Pools] = {}

    def splits(self, cell: Cell) -> Splits:
        """A cell's tasks.

        Raises:
            ConfigError: A reader, or one of its options, is wrong; or its data were not named.
            DataError: A file is wrong, there are too few tasks, or train and test share one.
        """
        domain = cell.key.domain
        try:
            return drawn(self._read(domain), cell.draw, cell.key.seed)
        except DataError as error:
            raise DataError(f"domain {domain}: {error}") from error

    def test(self, domain: str, draw: Draw) -> TaskSet:
        """A domain's test tasks alone; the same errors as of `splits`."""
        try:
            return drawn_test(self._read(domain), draw)
        except DataError as error:
            raise DataError(f"domain {domain}: {error}") from error

    def sources(self, domain: str) -> Mapping[str, str]:
        """Where a domain's tasks are from that are on the hub: `source`, or `train` and `test`, with the commit.

        A revision may be a branch, which moves; the commit is what was read. The same errors as of `splits`.
        """
        return self._read(domain).sources

    def _read(self, domain: str) -> Pools:
        if domain not in self._pools:
            key = f"domains.{domain}"
            try:
                self._pools[domain] = read_pools(self._experiment.domains[domain], self._base, self._data, key)
            except ConfigError as error:
                said = str(error)
                raise ConfigError(said if key in said else f"{key}: {said}") from error
        return self._pools[domain]
