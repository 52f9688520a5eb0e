"""Which cells a table is of, over seeds, with what is missing among them and why.

A group is all of a domain, agent, model and method; its seeds' records are its repetitions.

Example:
    grid = Grid(results, table)
    for group in grid.groups:
        group.scores("test", "after"), group.missing
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import product
from typing import Literal, NamedTuple

from toolwright.experiments.matrix import Experiment, Method, Table
from toolwright.experiments.paper_figures import PaperFigure, paper_domains, paper_figure
from toolwright.experiments.records import CellKey, CellRecord, Results, Scores
from toolwright.experiments.statistics import BySeed

Split = Literal["train", "validation", "test"]
Side = Literal["before", "after"]


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
        found = [record.status for record in self.records.values() if record.status != "done"]
        return next((status for status in ("failed", "incomplete") if status in found), "not run")

    @property
    def missing(self) -> Iterator[str]:
        """Each seed that is not done, and why, in a sentence."""
        for seed in self.seeds:
            name = self.key.model_copy(update={"seed": seed}).id
            record = self.records.get(seed)
            if record is None:
                yield f"{name}: not run."
            elif record.status != "done":
                yield f"{name}: {record.status}{f': {record.reason}' if record.reason else ''}."

    @property
    def partly(self) -> str:
        """Said at figures of a part of the seeds, else ""."""
        count = len(self.done)
        return f" ({count} of {len(self.seeds)} seeds)" if 0 < count < len(self.seeds) else ""


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

    def notes(self, groups: Iterable[Group] | None = None) -> tuple[str, ...]:
        """What is missing among these groups, and what the experiment names of the paper's that the paper has not."""
        some: Sequence[Group] = self.groups if groups is None else tuple(groups)
        named = {self.experiment.domains[name].paper for name in self.domains} - {""}
        unknown = sorted(name for name in named if name not in paper_domains())
        return (
            *(text for group in some for text in group.missing),
            *(f'The paper has no figures of a domain "{name}".' for name in unknown),
        )
