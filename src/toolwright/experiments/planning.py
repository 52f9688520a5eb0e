"""An experiment made ready: its cells with their tasks, what each was and is made of, and what each came to so far.

Nobody is asked anything here; what can be wrong with a cell is said before the first one is run.

Example:
    plan = plan_of(Setup(experiment, base, out))
    [planned.cell.key.id for planned in plan.to_run]
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from toolwright.config.changes import Change
from toolwright.config.sandboxes import sandbox_of
from toolwright.config.schema import Run
from toolwright.errors import ConfigError, DataError
from toolwright.experiments.allowance import Spent
from toolwright.experiments.cell_folder import CellFolder
from toolwright.experiments.cells import Cell, Readings, cell_of, cells_of
from toolwright.experiments.drawing import Drawing, check_elsewhere
from toolwright.experiments.made_of import (
    Made,
    ReadOn,
    differences,
    differences_read,
    digest_of_made,
    how_to_pin,
    made_of,
    read_by,
    read_on,
    replayed_in,
)
from toolwright.experiments.matrix import Experiment
from toolwright.experiments.measuring.readings import reading_names, took_by_readings
from toolwright.experiments.methods.work import CellWork, Other
from toolwright.experiments.own_code import code_of
from toolwright.experiments.records import CellRecord
from toolwright.experiments.shipped import data_names, wanted
from toolwright.tasks import TaskSet
from toolwright.training.trainer import Splits


@dataclass(frozen=True)
class Setup:
    """What an experiment is run with.

    Attributes:
        experiment: The experiment.
        base: What its paths are relative to.
        out: The folder for its results and the cells' runs.
        data: What "data:NAME" in its paths stands for.
        only: Patterns of the ids of the cells to run; all where there is none.
        tables: Kinds of the tables whose cells to run, and to read beside; all where there is none.
        again: Patterns of the ids of cells to run from their beginning, whatever they came to.
        sandbox: The kind of sandbox in the configuration's place, "" for that.
    """

    experiment: Experiment
    base: Path
    out: Path
    data: Mapping[str, Path] = field(default_factory=dict[str, Path])
    only: Sequence[str] = ()
    tables: Sequence[str] = ()
    again: Sequence[str] = ()
    sandbox: str = ""


@dataclass(frozen=True)
class Planned:
    """One cell, ready to be run.

    Attributes:
        cell: The cell.
        made: What it is made of.
        others: The other domains it is read on, by name.
        alone: Its work without what is read beside it.
        folder: Its folder.
        again: Whether it is run from its beginning.
        kept: What it came to before, made of the same; None where it was not begun, or did not end.
        going_on: Whether it is not run from its beginning although that is asked for: a command that does so was broken
            off.
    """

    cell: Cell
    made: Made
    others: Mapping[str, Other]
    alone: CellWork
    folder: CellFolder
    again: bool
    kept: CellRecord | None
    going_on: bool = False

    @property
    def trained(self) -> CellRecord | None:
        """What it came to where that counts, so that at the most readings beside it are left; None where it is run."""
        return self.kept if self.kept is not None and self.kept.status == "done" and not self.again else None

    @property
    def missing(self) -> Readings:
        """What of the readings that tables want is left."""
        return self.cell.readings.missing_in(self.trained) if self.trained else self.cell.readings

    @cached_property
    def work(self) -> CellWork:
        """Its work, with what is still to be read beside it."""
        left = {domain: self.others[domain] for domain in self.missing.transfer}
        return replace(self.alone, curve=self.missing.curve, others=left)

    @property
    def done(self) -> bool:
        """Whether nothing is left to run or to read."""
        return self.trained is not None and not self.missing

    @cached_property
    def used_before(self) -> Spent:
        """What it used and no estimate of what is to come holds: a cell that was broken off is estimated as a whole."""
        if self.trained is None:
            return Spent()
        took = took_by_readings(self.folder.path, without=reading_names(self.missing))
        readings = {"measuring": took.usage, "measuring_minutes": took.minutes}
        return Spent.by(self.trained.model_copy(update=readings), replayed_in(self.made))


@dataclass(frozen=True)
class Plan:
    """An experiment, ready to be run.

    Attributes:
        setup: What it is run with.
        cells: All its cells, in order, also those that are not run now.
        planned: Those that are.
        drawing: Draws the tasks of those in their domains.
        domains_read: The domains whose tasks were read for that.
    """

    setup: Setup
    cells: tuple[Cell, ...]
    planned: tuple[Planned, ...]
    drawing: Drawing
    domains_read: frozenset[str]

    @cached_property
    def to_run(self) -> tuple[Planned, ...]:
        """Those that are not done; those that the provider ended come last, what it ended longest ago first.

        So a cell with a request that always fails holds up none of the others.
        """
        left = [planned for planned in self.planned if not planned.done]
        return tuple(sorted(left, key=lambda one: 0.0 if one.again else one.folder.unanswered))

    def train_sets(self, domain: str) -> Iterator[TaskSet]:
        """The train tasks of every cell of a domain that one of those planned has, each draw once.

        A draw there are too few tasks for is left out: it is said where such a cell is to be run.
        """
        draws = {(cell.key.seed, cell.draw): cell for cell in self.cells if cell.key.domain == domain}
        for cell in draws.values():
            with suppress(DataError):
                yield self.drawing.splits(cell).train


def plan_of(setup: Setup) -> Plan:
    """Reads the tasks and what was run before.

    Raises:
        ConfigError: Data are not named, a pattern matches no cell, or a cell was begun with something else: the message
            says what differs.
        DataError: Tasks are wrong, or too few.
        RunError: A record cannot be read.
    """
    experiment = setup.experiment
    cells, chosen = cells_of(experiment), cells_of(experiment, setup.only, setup.tables)
    _check_again(setup.again, chosen)
    _check_named(setup, chosen)
    drawing = Drawing(experiment, setup.base, setup.data)
    planned = tuple(_planned(setup, cell, drawing) for cell in chosen)
    read = frozenset(name for one in planned for name in (one.cell.key.domain, *one.cell.readings.transfer))
    _check_unchanged(setup, planned, _beside(setup, cells, planned, read, drawing))
    return Plan(setup, cells, planned, drawing, read)


def _check_again(again: Sequence[str], chosen: Sequence[Cell]) -> None:
    for pattern in again:
        if not any(fnmatchcase(cell.key.id, pattern) for cell in chosen):
            raise ConfigError(
                f"--again {pattern}: no cell to run is called so; they are {chosen[0].key.id!r} and so on"
            )


def _check_named(setup: Setup, chosen: Sequence[Cell]) -> None:
    """Said of all at once, before any is read."""
    domains = dict.fromkeys(name for cell in chosen for name in (cell.key.domain, *cell.readings.transfer))
    names = dict.fromkeys(name for domain in domains for name in data_names(setup.experiment.domains[domain]))
    if missing := [name for name in names if name not in setup.data]:
        raise ConfigError(wanted(missing))


def _planned(setup: Setup, cell: Cell, drawing: Drawing) -> Planned:
    splits, folder = drawing.splits(cell), CellFolder(setup.out, cell.key)
    asked = any(fnmatchcase(cell.key.id, pattern) for pattern in setup.again)
    kept = folder.made_of
    cell = cell if asked and not folder.again else _as_begun(cell, kept)
    made = _made(setup, cell, splits, drawing)
    going_on = asked and folder.again and (kept is None or not differences(kept, made))
    alone = CellWork(
        key=cell.key,
        digest=digest_of_made(made),
        method=cell.method,
        config=cell.config.model_copy(update={"run": Run(folder=str(folder.path))}),
        base=setup.base,
        splits=splits,
        sandbox=sandbox_of(cell.config.sandbox, setup.base, setup.sandbox) if setup.sandbox else None,
    )
    return Planned(
        cell=cell,
        made=made,
        others=_others(setup.experiment, cell, splits, drawing),
        alone=alone,
        folder=folder,
        again=asked and not going_on,
        kept=folder.record if kept is not None else None,
        going_on=going_on,
    )


def _as_begun(cell: Cell, kept: Made | None) -> Cell:
    """With the seed of batches that it was begun with, which is 0 where that was before batches had one."""
    training = (kept or {}).get("training")
    seed = training.get("seed", 0) if isinstance(training, dict) else None
    if not isinstance(seed, int):
        return cell
    config = cell.config.model_copy(update={"training": cell.config.training.model_copy(update={"seed": seed})})
    return cell.model_copy(update={"config": config})


def _made(setup: Setup, cell: Cell, splits: Splits, drawing: Drawing) -> Made:
    sources, code = drawing.sources(cell.key.domain), code_of(cell.config, setup.base)
    return made_of(cell, splits, setup.sandbox, sources, code)


def _others(experiment: Experiment, cell: Cell, splits: Splits, drawing: Drawing) -> dict[str, Other]:
    """The other domains it is read on, each as the same method's cells there have it.

    Raises:
        DataError: Of one a test task is learned from in the cell's own.
    """
    found: dict[str, Other] = {}
    for domain in cell.readings.transfer:
        there = cell_of(experiment, cell.key.model_copy(update={"domain": domain}))
        tasks = drawing.test(domain, there.draw)
        check_elsewhere(splits, cell.key.domain, tasks, domain)
        found[domain] = Other(tasks=tasks, agent=there.config.agent, scorer=there.config.scorer)
    return found


def _beside(
    setup: Setup, cells: Sequence[Cell], planned: Sequence[Planned], read: Collection[str], drawing: Drawing
) -> Iterator[tuple[Cell, Made]]:
    """The cells that are not run now, with what they would be made of: with tasks and code in domains that are read."""
    ready = [one.cell.key for one in planned]
    for cell in cells:
        if cell.key in ready or (kept := CellFolder(setup.out, cell.key).made_of) is None:
            continue
        cell = _as_begun(cell, kept)  # noqa: PLW2901 - the same cell
        made = made_of(cell, None, setup.sandbox)
        if cell.key.domain in read:
            with suppress(DataError):  # there are too few now: said where the cell is run
                made = _made(setup, cell, drawing.splits(cell), drawing)
        yield cell, made


def _check_unchanged(setup: Setup, planned: Sequence[Planned], beside: Iterable[tuple[Cell, Made]]) -> None:
    """Checks also the cells that are not run now: their records stand in the same results file."""
    ready = {one.cell.key: one for one in planned}
    found: dict[str, list[Change]] = {}
    for cell, now in (*((one.cell, one.made) for one in planned if not one.again), *beside):
        folder = CellFolder(setup.out, cell.key)
        if (kept := folder.made_of) is None:
            continue
        one, begun = ready.get(cell.key), folder.read_on
        read = {**_read_now(setup, cell, begun), **(read_on(one.others, setup.base) if one else {})}
        if changed := [*differences(kept, now), *differences_read(begun, read)]:
            found[cell.key.id] = changed
    if found:
        raise ConfigError(_said(setup.out, found))


def _read_now(setup: Setup, cell: Cell, domains: Iterable[str]) -> ReadOn:
    """What readings in these domains are made on now, whether a table that is shown wants them or not."""
    experiment = setup.experiment
    there = [
        cell_of(experiment, cell.key.model_copy(update={"domain": domain}))
        for domain in domains
        if domain in experiment.domains
    ]
    return {other.key.domain: read_by(other.config.agent, other.config.scorer, setup.base) for other in there}


def _said(out: Path, found: Mapping[str, Sequence[Change]]) -> str:
    """What is said of cells that were begun with something else: of the first, what differs."""
    first, changed = next(iter(found.items()))
    parts = ", ".join(dict.fromkeys(change.key.partition(".")[0] for change in changed))
    listed = "\n".join(f"  {change}" for change in changed[:8])
    others = f" (as were {len(found) - 1} others)" if len(found) > 1 else ""
    pin = how_to_pin(changed)
    return (
        f"the cell {first} in {out} was begun with something else{others}: {parts}\n{listed}\n{pin and f'{pin}. '}"
        f"Set it back, give another --out, or run the cell from its beginning: --again '{first}'"
    )
