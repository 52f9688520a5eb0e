"""What a table must say beside its figures, whatever it shows: whose models, what stands for what, and what is missing.

A figure is of its models, its draws and its method as it could be had; a reader in a hurry sees only the table.

Example:
    notes = (*paper_notes(figures), *table_notes(grid, groups))
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from toolwright.experiments.matrix import Experiment
from toolwright.experiments.paper_figures import MODELS, UNTOLD_MODELS, PaperFigure, paper_domains
from toolwright.experiments.tables.cells import Grid, Group, missing_notes
from toolwright.experiments.tables.shown import NONE, span, unique
from toolwright.models.spec import REPLAY

_SAME_TASKS: Final = "all seeds train on the same tasks: over seeds is the noise of training alone"


def table_notes(grid: Grid, groups: Sequence[Group]) -> tuple[str, ...]:
    """The models, what stands for what, what is missing among these groups, and what the paper has no figures of."""
    named = {grid.experiment.domains[name].paper for name in grid.domains} - {""}
    unknown = sorted(name for name in named if name not in paper_domains())
    return (
        *method_notes(grid, groups),
        *missing_notes(groups),
        *(f'The paper has no figures of a domain "{name}".' for name in unknown),
    )


def method_notes(grid: Grid, groups: Sequence[Group]) -> tuple[str, ...]:
    """The models that were asked, and by method where it is not as it was published."""
    found: dict[str, dict[str, None]] = {}
    for group in groups:
        for record in group.records.values():
            found.setdefault(group.key.method, {}).update(dict.fromkeys(record.substitutes))
    named = (f"{grid.method_label(name)}: {'; '.join(texts)}." for name, texts in found.items() if texts)
    return (models_text(grid.experiment, grid.models), *named)


def models_text(experiment: Experiment, names: Sequence[str]) -> str:
    """Who was asked, by role; of several models each by its name."""
    texts = {name: _roles(experiment, name) for name in names}
    return f"Models: {'; '.join(texts.values() if len(texts) == 1 else (f'{k}: {v}' for k, v in texts.items()))}."


def _roles(experiment: Experiment, name: str) -> str:
    models = {role: _model(spec.model) for role, spec in experiment.models[name].by_role().items()}
    if len({*models.values()}) == 1:
        return f"{' and '.join(models)} {models['agent']}"
    return ", ".join(f"{role} {model}" for role, model in models.items())


def _model(name: str) -> str:
    """A model's name; a recording's does not tell whose replies are in it."""
    return f"a recording, {name.removeprefix(REPLAY)}" if name.startswith(REPLAY) else name


def paper_notes(figures: Iterable[PaperFigure | None]) -> Iterator[str]:
    """Whose figures the paper's are, how far they can be trusted by their number of tasks, and what is doubtful."""
    found = [figure for figure in figures if figure is not None]
    if found:
        yield MODELS
    if any(figure.method in ("CREATOR", "CRAFT") for figure in found):
        yield UNTOLD_MODELS
    errors = [figure.error for figure in found if figure.error is not None]
    if errors:
        yield (
            "The paper gives no intervals, seeds or tests; by the number of its tasks alone, the standard error of its "
            f"test figures here is {min(errors):.1f} to {max(errors):.1f} points."
        )
    yield from unique(map(_doubt, found))


def _doubt(figure: PaperFigure) -> str:
    who = ", ".join(part for part in (figure.agent or figure.method, figure.domain) if part)
    return f"Paper, {figure.table}, {who}: {figure.note}." if figure.note else ""


def sizes_text(grid: Grid, groups: Sequence[Group]) -> str:
    """How many train and test tasks, and how many seeds, the figures of these groups are of."""
    train = [grid.train_tasks(group.key.domain, group.key.method) for group in groups if group.done]
    test = [len(scores.by_task) for group in groups for scores in group.scores("test", "after").values()]
    seeds = [len(group.done) for group in groups if group.done]
    counted = {"Train tasks": train, "test tasks": test, "seeds": seeds}
    return f"{'; '.join(f'{name}: {span(counts) if counts else NONE}' for name, counts in counted.items())}."


def compared_over(ours: Collection[int], theirs: Collection[int]) -> str:
    """Over which seeds two means are compared where they are not of the same ones, else ""."""
    if {*ours} == {*theirs}:
        return ""
    both = sorted({*ours} & {*theirs})
    if not both:
        return "over tasks alone, by other seeds"
    return f"over seed{'s'[: len(both) > 1]} {', '.join(map(str, both))} alone, which both have"


def same_draws(grid: Grid, groups: Iterable[Group]) -> str:
    """Where several seeds were trained on the same tasks, so that they are no draws of tasks: a sentence, else "".

    A batch's scores are of its last tasks alone and tell nothing of the draw, unless they are the same.
    """
    alike: dict[str, set[bool]] = {}
    for group in groups:
        draws = [frozenset(scores.by_task) for scores in group.scores("train", "after").values()]
        same = len({*draws}) == 1
        if len(draws) > 1 and (same or grid.batch_size(group.key.method) is None):
            alike.setdefault(grid.domain_label(group.key.domain), set()).add(same)
    if not any(True in found for found in alike.values()):
        return ""
    if all(found == {True} for found in alike.values()):
        return f"{_SAME_TASKS.capitalize()}."
    some = (
        domain if found == {True} else f"{domain} (some methods)" for domain, found in alike.items() if True in found
    )
    return f"{', '.join(some)}: {_SAME_TASKS}."
