"""Which cells a table is of, over seeds, with what is missing among them and why.

A group is all of a domain, agent, model and method; its seeds' records are its repetitions.

Example:
    grid = Grid(results, table)
    for group in grid.groups:
        group.scores("test", "after"), group.missing
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import product
from typing import Final, Literal, NamedTuple

from pydantic import JsonValue

from toolwright.config.schema import Agent
from toolwright.experiments.matrix import Experiment, Method, Table
from toolwright.experiments.paper_figures import PaperFigure, paper_figure
from toolwright.experiments.records import CellKey, CellRecord, Results, Scores
from toolwright.experiments.statistics import BySeed
from toolwright.report.documents.shortening import shortened

Split = Literal["train", "validation", "test"]
Side = Literal["before", "after"]
SIDES: Final[tuple[Side, Side]] = ("before", "after")

_REASON: Final = 200
"""Characters of a reason that a note has: some hold a whole reply of a provider, or a difference line by line."""


NOT_RUN: Final = "not run"
NOT_READ: Final = "not read"
_MOST_UNASKED: Final = 6
"""Cells that were not run, or not read, and are named one by one."""


class Note(NamedTuple):
    """What a cell lacks, and whether that says why."""

    cell: str
    what: str
    reasoned: bool

    @property
    def text(self) -> str:
        """As tables have it."""
        return f"{self.cell}: {self.what}."


class Group(NamedTuple):
    """The cells of one domain, agent, model and method.

    Attributes:
        key: Which; its seed says nothing.
        seeds: Those wanted.
        records: Theirs, as far as there are any, by seed.
    """

    key: CellKey
    seeds: tuple[int, ...]
    records: dict[int, CellRecord]

    @property
    def done(self) -> dict[int, CellRecord]:
        """The records that count, by seed."""
        return {seed: record for seed, record in self.records.items() if record.status == "done"}

    def scores(self, split: Split, side: Side) -> BySeed:
        """The evaluations there are of a split, by seed."""
        pairs = {seed: getattr(record, split) for seed, record in self.done.items()}
        found: dict[int, Scores | None] = {seed: getattr(pair, side) for seed, pair in pairs.items() if pair}
        return {seed: scores for seed, scores in found.items() if scores is not None}

    @property
    def status(self) -> str:
        """What stands in the place of figures where no seed is done: "failed", "incomplete" or "not run"."""
        found = [_status(record) for record in self.records.values()]
        return next((status for status in ("failed", "incomplete") if status in found), NOT_RUN)

    @property
    def missing(self) -> Iterator[str]:
        """Each seed that is not done, and the whole reason why, for a table's data."""
        return (note.text for note in self._missing(str))

    @property
    def missing_notes(self) -> Iterator[Note]:
        """The same for a table's notes: a long reason is shortened in its middle."""
        return self._missing(_short)

    def _missing(self, said: Callable[[str], str]) -> Iterator[Note]:
        for seed in self.seeds:
            name = self.key.model_copy(update={"seed": seed}).id
            record = self.records.get(seed)
            if record is None:
                yield Note(name, NOT_RUN, reasoned=False)
            elif record.status != "done":
                status, reason = _status(record), said(record.reason.removesuffix("."))
                what = reason if status == NOT_RUN else f"{status}: {reason}" if reason else status
                yield Note(name, what, reasoned=bool(reason))

    @property
    def partly(self) -> str:
        """Said at figures of a part of the seeds, else ""."""
        return self.part(len(self.done))

    def part(self, count: int) -> str:
        """Said at figures of so many of the seeds; "" where it is all of them, or none."""
        return f" ({count} of {len(self.seeds)} seeds)" if 0 < count < len(self.seeds) else ""

    def unread(self, of: Callable[[CellRecord], str]) -> Iterator[str]:
        """Each training that is done and of which something wanted was not read, and the whole reason, for data.

        Args:
            of: What of a record was not read, in words that go on a sentence; "" where all of it was.
        """
        return (note.text for note in self._unread(of, str))

    def unread_notes(self, of: Callable[[CellRecord], str]) -> Iterator[Note]:
        """The same for a table's notes, as `missing_notes`."""
        return self._unread(of, _short)

    def _unread(self, of: Callable[[CellRecord], str], said: Callable[[str], str]) -> Iterator[Note]:
        for record in self.done.values():
            if what := of(record):
                reason = said(record.unread.removesuffix("."))
                why = f": {reason}" if reason else ""
                yield Note(record.key.id, f"{NOT_READ} {what}{why}", reasoned=bool(reason))


def missing_notes(groups: Iterable[Group]) -> tuple[str, ...]:
    """Why cells are missing, a note each; of many that were only not asked for, how many."""
    return fewer_notes((note for group in groups for note in group.missing_notes), NOT_RUN)


def fewer_notes(notes: Iterable[Note], status: str) -> tuple[str, ...]:
    """Each note once; of many cells that have this status because nobody asked for more, how many."""
    found = [*dict.fromkeys(notes)]
    unasked = [note for note in found if note.what.startswith(status) and not note.reasoned]
    if len(unasked) <= _MOST_UNASKED:
        return tuple(note.text for note in found)
    counted = f"{len(unasked)} cells were {status}, {unasked[0].cell} say."
    return (*(note.text for note in found if note not in unasked), counted)


def _status(record: CellRecord) -> str:
    """A record's status; a cell that the budget left no room for was not begun."""
    return NOT_RUN if record.status == "incomplete" and record.reason.startswith(NOT_RUN) else record.status


def _short(reason: str) -> str:
    return shortened(" ".join(reason.split()), _REASON)


class Grid:
    """What a table is made of.

    Args:
        results: What there is.
        table: What of it is wanted.

    Attributes:
        experiment: The experiment.
        table: The table.
        domains, agents, models, methods: The axes' names, in the experiment's or the table's order.
    """

    def __init__(self, results: Results, table: Table) -> None:
        self.experiment: Experiment = results.experiment
        self.table = table
        experiment = results.experiment
        self.domains = table.domains or tuple(experiment.domains)
        self.agents = table.agents or tuple(experiment.agents)
        self.models = table.models or tuple(experiment.models)
        self.methods = table.methods or tuple(experiment.methods)
        self._seeds = table.seeds or experiment.seeds
        self._records = {record.key: record for record in results.cells}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every group, by agent, model, method, then domain."""
        axes = product(self.agents, self.models, self.methods, self.domains)
        return tuple(self.group(domain, agent, model, method) for agent, model, method, domain in axes)

    def group(self, domain: str, agent: str, model: str, method: str) -> Group:
        """One group."""
        keys = {
            seed: CellKey(domain=domain, agent=agent, model=model, method=method, seed=seed) for seed in self._seeds
        }
        records = {seed: self._records[key] for seed, key in keys.items() if key in self._records}
        return Group(keys[self._seeds[0]], self._seeds, records)

    def method(self, group: Group) -> Method:
        """A group's method."""
        return self.experiment.methods[group.key.method]

    def is_read(self, method: str) -> bool:
        """Whether a method's cells are read beside their own test, by epoch and on other domains: trainings are."""
        return self.experiment.methods[method].kind == "train"

    def learns(self, method: str) -> bool:
        """Whether a method's cells have epochs and a before: what only evaluates, or makes tools apart, has neither."""
        return self.experiment.methods[method].kind in ("train", "divide")

    def batch_size(self, method: str) -> int | None:
        """How many train tasks an epoch sees under a method; None for all of them."""
        size = self.experiment.methods[method].training.get("batch", self.experiment.training.batch)
        return int(size) if isinstance(size, int | float) and size else None

    def train_tasks(self, domain: str, method: str) -> int:
        """How many train tasks a cell of this domain and method draws."""
        drawn = self.experiment.domains[domain].draw.train
        return self.experiment.methods[method].draw.get("train", drawn)

    def options(self, domain: str, agent: str, method: str) -> dict[str, JsonValue]:
        """An agent's options in a domain under a method, as its cells merge them."""
        own = self.experiment.agents[agent].model_dump(mode="json", exclude={"label", "paper"})
        given = {**own, **self.experiment.domains[domain].agent, **self.experiment.methods[method].agent}
        return Agent.model_validate(given).model_dump(mode="json")

    @property
    def full(self) -> str:
        """The method the others are measured against: the first that trains, else the first."""
        methods = self.experiment.methods
        return next((name for name in self.methods if methods[name].kind == "train"), self.methods[0])

    def domain_label(self, name: str) -> str:
        """What tables call a domain."""
        return self.experiment.domains[name].label or name

    def agent_label(self, name: str) -> str:
        """What tables call an agent."""
        return self.experiment.agents[name].label or name

    def method_label(self, name: str) -> str:
        """What tables call a method."""
        return self.experiment.methods[name].label or name

    def who(self, agent: str, model: str) -> str:
        """An agent, with its model where there are several."""
        return f"{self.agent_label(agent)}, {model}" if len(self.models) > 1 else self.agent_label(agent)

    def paper(self, group: Group, method: str, model: str = "") -> PaperFigure | None:
        """The paper's figure of a group under a method's name in the paper.

        Args:
            group: Its domain and agent are looked up.
            method: "with", "without", …; "" for none.
            model: A model of the paper's Table 7; "" for its own.
        """
        domain = self.experiment.domains[group.key.domain].paper
        agent = self.experiment.agents[group.key.agent].paper
        return paper_figure(domain, agent, method, model) if domain and method else None
