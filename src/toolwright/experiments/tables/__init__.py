"""An experiment's tables, from its results alone: nothing is asked and nothing read beside them.

Nulls and losses stand there as wins do, and what failed, is incomplete or was not run says so in its place.

Example:
    for shown in tables_of(results, wanted=("main",)):
        print(as_markdown(shown))
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from toolwright.errors import ConfigError
from toolwright.experiments.matrix import Table
from toolwright.experiments.records import CellKey, Results
from toolwright.experiments.tables.cells import Grid, Group
from toolwright.experiments.tables.costs import cost_tables
from toolwright.experiments.tables.curves import curve_tables
from toolwright.experiments.tables.functions import functions_table
from toolwright.experiments.tables.main import main_tables
from toolwright.experiments.tables.methods import ablation_table, baselines_table, batch_table
from toolwright.experiments.tables.models import models_table
from toolwright.experiments.tables.rendering import as_json, as_latex, as_markdown, as_section
from toolwright.experiments.tables.scaling import scaling_table
from toolwright.experiments.tables.shown import Shown
from toolwright.experiments.tables.transfer import transfer_table

_MAKERS: Final[dict[str, Callable[[Grid, str, str], Shown | tuple[Shown, ...]]]] = {
    "main": main_tables,
    "ablation": ablation_table,
    "baselines": baselines_table,
    "models": models_table,
    "curves": curve_tables,
    "transfer": transfer_table,
    "batch": batch_table,
    "scaling": scaling_table,
}


def tables_of(results: Results, wanted: Sequence[str] = ()) -> tuple[Shown, ...]:
    """The tables of an experiment, in its order, then those of functions and of costs.

    Args:
        results: What its cells came to.
        wanted: Names ("main", "main-2", "costs"), or kinds; all where none is named. A name's further tables
            ("main-tests") come with it.

    Raises:
        ConfigError: The experiment has no table of such a name.
    """
    makers = _makers(results)
    made = [(names, table) for names, make in makers if _may_hold(names, wanted) for table in make()]
    known = {name for names, table in made for name in (*names, table.name)}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        named = dict.fromkeys(name for names, _ in makers for name in names)
        raise ConfigError(f"the experiment has no table {unknown[0]!r}; it has {', '.join(named)}")
    return tuple(table for names, table in made if not wanted or {*names, table.name} & {*wanted})


def _may_hold(names: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a table of these names, or one that comes with it, may be wanted."""
    return not wanted or any(name in names or name.startswith(f"{names[-1]}-") for name in wanted)


def every_group(results: Results) -> tuple[Group, ...]:
    """The cells of all tables together, each once, by domain, agent, model and method."""
    seeds: dict[CellKey, dict[int, None]] = {}
    for table in results.experiment.tables:
        for group in Grid(results, table).groups:
            seeds.setdefault(group.key.model_copy(update={"seed": 0}), {}).update(dict.fromkeys(group.seeds))
    records = {record.key: record for record in results.cells}
    groups: list[Group] = []
    for key, wanted in seeds.items():
        keys = {seed: key.model_copy(update={"seed": seed}) for seed in wanted}
        groups.append(Group(key, tuple(wanted), {seed: records[one] for seed, one in keys.items() if one in records}))
    return tuple(groups)


def _makers(results: Results) -> list[tuple[tuple[str, ...], Callable[[], tuple[Shown, ...]]]]:
    """What makes each table, with the names it is asked for by; a second one of a kind has a number."""
    counts = Counter[str]()
    makers: list[tuple[tuple[str, ...], Callable[[], tuple[Shown, ...]]]] = []
    for table in results.experiment.tables:
        counts[table.kind] += 1
        name = table.kind if counts[table.kind] == 1 else f"{table.kind}-{counts[table.kind]}"
        makers.append(((table.kind, name), partial(_made, results, table, name)))
    makers.append((("functions",), lambda: (functions_table(_whole(results), every_group(results)),)))
    makers.append((("costs",), lambda: cost_tables(_whole(results), every_group(results))))
    return makers


def _data_notes(results: Results, table: Table) -> Iterator[str]:
    """From which commits on the hub the tasks of a table's domains were read, in the table's order."""
    for domain in table.domains or results.experiment.domains:
        records = [record for record in results.cells if record.key.domain == domain]
        found = sorted({source for record in records for source in record.sources.values()})
        if found:
            yield f"Data of {results.experiment.domains[domain].label or domain}: {', '.join(found)}."


def _made(results: Results, table: Table, name: str) -> tuple[Shown, ...]:
    made = _MAKERS[table.kind](Grid(results, table), name, table.title)
    first, *others = made if isinstance(made, tuple) else (made,)
    return first.model_copy(update={"notes": (*first.notes, *_data_notes(results, table))}), *others


def _whole(results: Results) -> Grid:
    return Grid(results, Table(kind="main"))


__all__ = ["Shown", "as_json", "as_latex", "as_markdown", "as_section", "every_group", "tables_of"]
