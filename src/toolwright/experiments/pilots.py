"""Pilots of an experiment: what a few train tasks and one step take, measured once for all cells they stand for.

One pilot stands for the cells of a domain, an agent with its options and a model: it is of the first that trains, by
its own draw; where none trains, there is no step. One by another cell's draw, another seed's say, does as well. Each
has a run of its own, in which nothing is asked twice:

out/pilots/algebra/react/mini/
  3-tasks-1f2e3d4c/   the run: so many tasks, made of what that digest says
    pilot.json        what it measured, once it ended

Example:
    await run_pilots(plan, wanted, 3, print, events=())
    kept_pilot(plan, wanted[0]).usage["agent"].tokens
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from toolwright.base import digest_of
from toolwright.config.schema import Run
from toolwright.errors import BudgetReached, ConfigError, ModelUnavailable, RunError, ToolwrightError, leaf_of
from toolwright.experiments.allowance import Allowance, Spent, used_up
from toolwright.experiments.cell_folder import cell_folders, replaced_folders, spent_in
from toolwright.experiments.holding import held
from toolwright.experiments.made_of import TASKS, digest_of_made
from toolwright.experiments.matrix import MethodKind
from toolwright.experiments.measuring.side_runs import begun, named
from toolwright.experiments.planning import Plan, Planned
from toolwright.experiments.preflight import check_cell
from toolwright.experiments.results_file import write_value
from toolwright.machine import new_run, running
from toolwright.models.ledger import Limits
from toolwright.origin import digests_of
from toolwright.protocols import EventSink
from toolwright.runs.folder import RunFolder
from toolwright.tasks import TaskSet
from toolwright.training.measured import Pilot
from toolwright.training.pilot import draw, run_pilot
from toolwright.training.trainer import Splits

PILOTS: Final = "pilots"
"""Where the pilots' runs lie."""

TRAINS: Final[MethodKind] = "train"
PILOTED: Final[tuple[MethodKind, ...]] = (TRAINS, "none", "few_shot")
"""The kinds of methods a pilot tells of; the other baselines ask in other ways, and merges are none of its."""

_MADE_OF: Final = ("agent", "models", "scorer", "optimizer", "sandbox")
_PILOT: Final = "pilot.json"
_NAME: Final = re.compile(r"(\d+)-tasks-[0-9a-f]{8}")


class Group(NamedTuple):
    """The cells a pilot stands for; `options` is the digest of the agent's options."""

    domain: str
    agent: str
    model: str
    options: str


def group_of(one: Planned) -> Group:
    """The group of a cell."""
    key = one.cell.key
    return Group(key.domain, key.agent, key.model, digest_of(one.made["agent"]))


def leaders(planned: Iterable[Planned]) -> dict[Group, Planned]:
    """Of each group the cell its pilot is of: the first that trains, else the first that evaluates alone."""
    found: dict[Group, Planned] = {}
    for one in planned:
        if one.cell.method.kind in PILOTED:
            first = found.setdefault(group_of(one), one)
            if _trains(one) and not _trains(first):
                found[group_of(one)] = one
    return found


def _trains(one: Planned) -> bool:
    return one.cell.method.kind == TRAINS


def kept_pilot(plan: Plan, one: Planned) -> Pilot | None:
    """The largest pilot that stands for a cell and came to its end; one with a step before those without.

    It is made of what the cell is made of, but on train tasks of any cell of the domain: which of them they are is no
    matter where it is to be known what such tasks take.

    Args:
        plan: The experiment.
        one: The cell; of two pilots that are as good the one by its own draw counts.

    Returns:
        None where there is none.

    Raises:
        RunError: One cannot be read.
    """
    folder = _folder(plan.setup.out, one)
    listed = {path for path in folder.iterdir() if _NAME.fullmatch(path.name)} if folder.is_dir() else set[Path]()
    paths = _paths(folder, one, one.work.splits.train, listed)
    if not listed <= {*paths}:
        for train in plan.train_sets(one.cell.key.domain):
            paths |= _paths(folder, one, train, listed)
    found = (_read(path) for path in paths)
    return max(filter(None, found), key=lambda pilot: (has_step(pilot), len(pilot.tasks)), default=None)


def _paths(folder: Path, one: Planned, train: TaskSet, listed: Iterable[Path]) -> dict[Path, None]:
    """The runs of pilots on these train tasks, of as many as those listed have."""
    counts = sorted({int(path.name.partition("-")[0]) for path in listed})
    return dict.fromkeys(_path(folder, one, draw(train, count)) for count in counts if 0 < count <= len(train))


def has_step(pilot: Pilot) -> bool:
    """Whether the optimizer was asked in it: without that it tells of evaluations alone, and of no training."""
    return pilot.step.requests > 0


async def run_pilots(
    plan: Plan,
    wanted: Sequence[Planned],
    count: int,
    say: Callable[[str], None],
    events: Sequence[EventSink],
) -> None:
    """Runs the pilots of cells one after the other, but for those that are there, with so many tasks or more.

    Args:
        plan: The experiment; a pilot may use what a cell may use, within what is left of the budget.
        wanted: The cells, one a group.
        count: Train tasks of each, 1 or more.
        say: Is told a line as each begins.
        events: Are told what happens.

    Raises:
        ConfigError: A cell has fewer train tasks or cannot be run as the experiment says, or the budget is used up.
        BudgetReached: Limits or budget ended a pilot; what was answered is kept.
        ModelUnavailable: The provider did.
        RunError: Another process runs the experiment, or its folder cannot be read or written.
        ToolwrightError: What else ended a pilot, of its own kind; the message names the pilot.
    """
    out, budget = plan.setup.out, plan.setup.experiment.budget
    left = [(one, _drawn(one, count)) for one in wanted if not _enough(kept_pilot(plan, one), one, count)]
    for one, _ in left:
        check_cell(one, budget)
    if not left:
        return
    with held(out):
        for number, (one, tasks) in enumerate(left, 1):
            what = "one step, the same tasks with its candidate" if _trains(one) else "no step: nothing is trained"
            say(f"[{number}/{len(left)}] pilot of {_name(one)}: {len(tasks)} train tasks, {what} …")
            path = _path(_folder(out, one), one, tasks)
            allowed = _allowed(plan, one, path)
            write_value(_made_of(path), json.dumps(one.made, ensure_ascii=False))
            try:
                await _run(one, tasks, path, allowed.limits, events)
            except Exception as error:
                fault = leaf_of(error)
                if not isinstance(fault, ToolwrightError):
                    raise
                raise _said(fault, one, allowed) from None


def _enough(kept: Pilot | None, one: Planned, count: int) -> bool:
    return kept is not None and len(kept.tasks) >= count and (has_step(kept) or not _trains(one))


def _drawn(one: Planned, count: int) -> TaskSet:
    train = one.work.splits.train
    if count > len(train):
        raise ConfigError(
            f"--pilot {count}: the cell {one.cell.key.id} has {len(train)} train tasks; ask for so many at the most"
        )
    return draw(train, count)


async def _run(one: Planned, tasks: TaskSet, path: Path, limits: Limits, events: Sequence[EventSink]) -> None:
    changes = {"limits": limits, "run": Run(folder=str(path.parent))}
    work = replace(one.work, config=one.work.config.model_copy(update=changes), events=events)
    parts = named(work, path.name)
    digests = digests_of(parts, Splits(train=tasks))
    run = RunFolder.open(path) if begun(path) else new_run(parts, digests)
    async with running(parts, run, digests) as machine:
        store = machine.folder.store
        machine.ledger.restore(store.usage(), store.minutes)
        optimizer = machine.optimizer if _trains(one) else None
        pilot = await run_pilot(machine.evaluator, optimizer, store, parts.start, tasks)
    write_value(path / _PILOT, pilot.model_dump_json())


def _allowed(plan: Plan, one: Planned, path: Path) -> Allowance:
    """What the pilot in a folder may use: as much as a cell, within what all else left of the budget."""
    out, budget = plan.setup.out, plan.setup.experiment.budget
    cells = map(spent_in, (*cell_folders(out), *replaced_folders(out)))
    others = Spent.sum((*cells, spent_on_pilots(out, without=path)))
    if fault := used_up(budget, others):
        raise ConfigError(f"the pilot of {_name(one)}: {fault}")
    return Allowance(own=one.work.config.limits, budget=budget, others=others)


def spent_on_pilots(out: Path, without: Path | None = None) -> Spent:
    """What pilots used, but for one; what a recording answered cost nothing."""
    runs = (run for run in (out / PILOTS).glob("*/*/*/*/") if run != without)
    return Spent.sum(spent_in(run, _made_of(run)) for run in runs)


def _made_of(path: Path) -> Path:
    """Beside the run: a folder in which no run was begun is removed."""
    return path.parent / f"{path.name}.made_of.json"


def _said(fault: ToolwrightError, one: Planned, allowed: Allowance) -> ToolwrightError:
    """The very error, so that its kind and all it holds stay, with the pilot it ended and what is left to do."""
    rest = ""
    if isinstance(fault, BudgetReached | ModelUnavailable):
        rest = ". What was answered is kept, and the same command goes on with it"
    fault.args = (f"the pilot of {_name(one)}: {allowed.explained(str(fault), 'pilot')}{rest}",)
    return fault


def _name(one: Planned) -> str:
    key = one.cell.key
    return f"{key.domain}/{key.agent}/{key.model}"


def _folder(out: Path, one: Planned) -> Path:
    return out / PILOTS / _name(one)


def _path(folder: Path, one: Planned, tasks: TaskSet) -> Path:
    """The run's folder: another one for whatever an answer depends on, so that each is what it says."""
    made = {**{part: one.made[part] for part in _MADE_OF}, TASKS: tasks.digest}
    return folder / f"{len(tasks)}-tasks-{digest_of_made(made)[:8]}"


def _read(path: Path) -> Pilot | None:
    file = path / _PILOT
    try:
        return Pilot.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        said = str(error).splitlines()[0]
        raise RunError(
            f"{file} cannot be read: {said}; remove it and give --pilot again: its run is kept, nobody is asked anew"
        ) from error


def pilots_in(plan: Plan) -> Iterator[tuple[Group, Pilot]]:
    """The pilots that are there, by the group they stand for; raises RunError where one cannot be read."""
    for group, one in leaders(plan.planned).items():
        if (pilot := kept_pilot(plan, one)) is not None:
            yield group, pilot
