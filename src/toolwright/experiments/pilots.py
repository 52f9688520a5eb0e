"""Pilots of an experiment: what a few train tasks and one step take, measured once for all cells they stand for.

One pilot stands for the cells of a domain, an agent with its options and a model: it is of the first that trains, by
its own draw; where none trains, there is no step. Each has a run of its own, in which nothing is asked twice:

out/pilots/algebra/react/mini/
  3-tasks-1f2e3d4c/   the run: so many tasks, made of what that digest says
    pilot.json        what it measured, once it ended

Example:
    await run_pilots(plan, wanted, 3, print, events=())
    kept_pilot(plan.setup.out, wanted[0]).usage["agent"].tokens
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from toolwright.base import digest_of
from toolwright.config.schema import Run
from toolwright.errors import BudgetReached, ConfigError, ModelUnavailable, RunError, ToolwrightError, leaf_of
from toolwright.experiments.allowance import Spent, used_up, within
from toolwright.experiments.cell_folder import CellFolder, replaced_folders, spent_in
from toolwright.experiments.holding import held
from toolwright.experiments.made_of import TASKS, digest_of_made
from toolwright.experiments.matrix import MethodKind
from toolwright.experiments.measuring.side_runs import begun, named
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.planning import Plan, Planned
from toolwright.experiments.preflight import check_cell
from toolwright.experiments.results_file import write_value
from toolwright.machine import new_run, running
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


def kept_pilot(out: Path, one: Planned) -> Pilot | None:
    """The largest pilot of a cell that came to its end, None where there is none; one with a step before those without.

    Raises:
        RunError: One cannot be read.
    """
    folder = _folder(out, one)
    listed = [_NAME.fullmatch(path.name) for path in folder.iterdir()] if folder.is_dir() else []
    train, counts = one.work.splits.train, {int(name[1]) for name in listed if name}
    found = (_read(_path(out, one, draw(train, count))) for count in counts if 0 < count <= len(train))
    return max(filter(None, found), key=lambda pilot: (has_step(pilot), len(pilot.tasks)), default=None)


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
    left = [(one, _drawn(one, count)) for one in wanted if not _enough(kept_pilot(out, one), one, count)]
    for one, _ in left:
        check_cell(one, budget)
    if not left:
        return
    with held(out):
        for number, (one, tasks) in enumerate(left, 1):
            what = "one step, the same tasks with its candidate" if _trains(one) else "no step: nothing is trained"
            say(f"[{number}/{len(left)}] pilot of {_name(one)}: {len(tasks)} train tasks, {what} …")
            try:
                await _run(plan, one, tasks, events)
            except Exception as error:
                fault = leaf_of(error)
                if not isinstance(fault, ToolwrightError):
                    raise
                raise _said(fault, one) from None


def _enough(kept: Pilot | None, one: Planned, count: int) -> bool:
    return kept is not None and len(kept.tasks) >= count and (has_step(kept) or not _trains(one))


def _drawn(one: Planned, count: int) -> TaskSet:
    train = one.work.splits.train
    if count > len(train):
        raise ConfigError(
            f"--pilot {count}: the cell {one.cell.key.id} has {len(train)} train tasks; ask for so many at the most"
        )
    return draw(train, count)


async def _run(plan: Plan, one: Planned, tasks: TaskSet, events: Sequence[EventSink]) -> None:
    path = _path(plan.setup.out, one, tasks)
    parts = named(_limited(plan, one, path, events), path.name)
    digests = digests_of(parts, Splits(train=tasks))
    run = RunFolder.open(path) if begun(path) else new_run(parts, digests)
    async with running(parts, run, digests) as machine:
        store = machine.folder.store
        machine.ledger.restore(store.usage(), store.minutes)
        optimizer = machine.optimizer if _trains(one) else None
        pilot = await run_pilot(machine.evaluator, optimizer, store, parts.start, tasks)
    write_value(path / _PILOT, pilot.model_dump_json())


def _limited(plan: Plan, one: Planned, path: Path, events: Sequence[EventSink]) -> CellWork:
    """The cell's work, in the pilot's folder, within its limits and what all else left of the budget."""
    out, budget, config = plan.setup.out, plan.setup.experiment.budget, one.work.config
    cells = (CellFolder(out, cell.key).path for cell in plan.cells)
    pilots = (run for run in (out / PILOTS).glob("*/*/*/*") if run != path)
    others = Spent.sum(map(spent_in, (*cells, *replaced_folders(out), *pilots)))
    if fault := used_up(budget, others):
        raise ConfigError(f"{fault}; raise [budget] of the experiment")
    changes = {"limits": within(config.limits, budget, others), "run": Run(folder=str(path.parent))}
    return replace(one.work, config=config.model_copy(update=changes), events=events)


def _said(fault: ToolwrightError, one: Planned) -> ToolwrightError:
    """The very error, so that its kind and all it holds stay, with the pilot it ended and what is left to do."""
    rest = ". What was answered is kept, and the same command goes on with it"
    match fault:
        case BudgetReached():
            rest += ": raise [limits] or [budget] of the experiment first"
        case ModelUnavailable():
            pass
        case _:
            rest = ""
    fault.args = (f"the pilot of {_name(one)}: {fault}{rest}",)
    return fault


def _name(one: Planned) -> str:
    key = one.cell.key
    return f"{key.domain}/{key.agent}/{key.model}"


def _folder(out: Path, one: Planned) -> Path:
    return out / PILOTS / _name(one)


def _path(out: Path, one: Planned, tasks: TaskSet) -> Path:
    """The run's folder: another one for whatever an answer depends on, so that each is what it says."""
    made = {**{part: one.made[part] for part in _MADE_OF}, TASKS: tasks.digest}
    return _folder(out, one) / f"{len(tasks)}-tasks-{digest_of_made(made)[:8]}"


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


def pilots_in(planned: Sequence[Planned], out: Path) -> Iterator[tuple[Group, Pilot]]:
    """The pilots that are there, by the group they stand for; raises RunError where one cannot be read."""
    for group, one in leaders(planned).items():
        if (pilot := kept_pilot(out, one)) is not None:
            yield group, pilot
