"""Groups before and after, compared and corrected together: what the main table and that of models are made of.

Example:
    tested = tested_groups(grid.groups, by_model=False)
    said_counts(tested)  # ("Of 14 comparisons, test improved in 11, …",)
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pydantic import JsonValue

from toolwright.experiments.paper_figures import PaperFigure
from toolwright.experiments.statistics import ALPHA, Difference, Mean, compared, holm, mean_of
from toolwright.experiments.tables.cells import SIDES, Grid, Group, Side
from toolwright.experiments.tables.shown import (
    INTERVAL_AND_P,
    NONE,
    OVER_SEEDS,
    difference_data,
    difference_text,
    interval_text,
    intervals_note,
    marks_of,
    mean_data,
    p_value,
    published,
    seeds_text,
    test_text,
    unique,
)
from toolwright.experiments.tables.stated import paper_notes, same_draws
from toolwright.report.sections import count_of

_PAIRED: Final = (
    "Differences are paired over tasks, in points, with a bootstrap's interval; p is two-sided, by random signs. They "
    "cover another draw of test tasks, not of trainings: "
)
_ONE_SEED: Final = "with one seed nothing here does."
_SEVERAL_SEEDS: Final = f"that is covered over seeds, by {OVER_SEEDS}."


class Tested(NamedTuple):
    """One group, its test scores and what they show.

    Attributes:
        group: Which.
        before, after: The test scores.
        difference: After to before.
        adjusted: Its p-value over tasks, by Holm's correction over the table.
        adjusted_seeds: The one over seeds, likewise.
        model: The model of the paper's Table 7 that it stands beside; "" for the paper's own.
    """

    group: Group
    before: Mean | None
    after: Mean | None
    difference: Difference | str
    adjusted: float | None = None
    adjusted_seeds: float | None = None
    model: str = ""

    @property
    def refused(self) -> str:
        """Why a group with both sides could not be compared, else ""."""
        return self.difference if isinstance(self.difference, str) and self.before and self.after else ""


def tested_groups(groups: Sequence[Group], *, by_model: bool) -> list[Tested]:
    """The groups with their test scores before and after, compared and corrected together.

    Args:
        groups: Which.
        by_model: Whether each stands beside the paper's figures of its model, of Table 7.
    """
    found: list[Tested] = []
    for group in groups:
        before, after = group.scores("test", "before"), group.scores("test", "after")
        model = group.key.model if by_model else ""
        found.append(Tested(group, mean_of(before), mean_of(after), compared(before, after), model=model))
    differences = [None if isinstance(one.difference, str) else one.difference for one in found]
    tasks = holm([one and one.p_tasks for one in differences])
    seeds = holm([one and one.p_seeds for one in differences])
    return [one._replace(adjusted=p, adjusted_seeds=q) for one, p, q in zip(found, tasks, seeds, strict=True)]


def said_counts(tested: Sequence[Tested]) -> str:
    """How many rows improved, did not change and fell, in a sentence; and how many of them beyond chance."""
    signs = [(one.difference.mean, one) for one in tested if not isinstance(one.difference, str)]
    up, down = ([one for mean, one in signs if mean * sign > 0] for sign in (1, -1))
    same, without = len(signs) - len(up) - len(down), len(tested) - len(signs)
    means = f"test improved in {len(up)}, did not change in {same} and fell in {len(down)}; {without} cannot be made"
    several = over_seeds(tested)
    chance = "Beyond chance over tasks" if several else "Beyond chance"
    improved, fell = (_clear(some, word, several=several) for some, word in ((up, "improved"), (down, "fell")))
    return (
        f"Of {count_of(len(tested), 'comparison')}, {means}. {chance}, by p (Holm) at most {ALPHA}: {improved}, {fell}."
    )


def _clear(tested: Sequence[Tested], word: str, *, several: bool) -> str:
    """How many of these are beyond chance over tasks, and of those how many over seeds."""
    clear = [one for one in tested if one.adjusted is not None and one.adjusted <= ALPHA]
    over_seeds = sum(one.adjusted_seeds is not None and one.adjusted_seeds <= ALPHA for one in clear)
    of_these = f" (of these {over_seeds} over seeds, too)" if several and clear else ""
    return f"{len(clear)} {word}{of_these}"


def over_seeds(tested: Sequence[Tested]) -> bool:
    """Whether any of these is compared over several seeds, so that there is more than one uncertainty to tell."""
    return any(not isinstance(one.difference, str) and one.difference.over_seeds > 1 for one in tested)


def test_columns(*, seeds: bool) -> tuple[str, ...]:
    """The columns of `figure_cells`, with or without what seeds say."""
    more = ("difference over seeds",) if seeds else ()
    return ("test before", "test after", "difference", "p", "p (Holm)", *more, "paper")


def figure_cells(grid: Grid, one: Tested, *, seeds: bool) -> tuple[str, ...]:
    """A row's cells: test before and after, difference, both p-values, what seeds say of it, the paper's figures."""
    paper = " → ".join(_paper_text(published_on(grid, one.group, side, one.model)) for side in SIDES)
    paper = NONE if paper == f"{NONE} → {NONE}" else paper
    if not one.group.done:
        return (one.group.status, one.group.status, *[NONE] * (4 if seeds else 3), paper)
    before, after = (NONE if mean is None else interval_text(mean) for mean in (one.before, one.after))
    found = one.difference
    shown = (NONE, NONE) if isinstance(found, str) else (difference_text(found), test_text(found))
    said = NONE if isinstance(found, str) else seeds_text(found, one.adjusted_seeds) or NONE
    more = (said,) if seeds else ()
    return (before, f"{after}{one.group.partly}", *shown, p_value(one.adjusted), *more, paper)


def figure_notes(grid: Grid, tested: Sequence[Tested]) -> Iterator[str]:
    """How the figures of these rows are made, what they come to, and what is missing."""
    yield from intervals_note([mean for one in tested for mean in (one.before, one.after)])
    yield f"{_PAIRED}{_SEVERAL_SEEDS if over_seeds(tested) else _ONE_SEED}"
    yield INTERVAL_AND_P
    if over_seeds(tested):
        yield from unique([same_draws(grid, [one.group for one in tested])])
    tests = sum(one.adjusted is not None for one in tested)
    yield f"p (Holm) is corrected for {count_of(tests, 'test')} of this table."
    yield from marks_of(one.difference for one in tested)
    yield said_counts(tested)
    yield from paper_notes(figures_beside(grid, tested))
    yield from unique(f"{one.group.key.id}: {one.refused}." for one in tested if one.refused)


def figures_beside(grid: Grid, tested: Sequence[Tested]) -> list[PaperFigure | None]:
    """The paper's figures that stand in these rows."""
    return [published_on(grid, one.group, side, one.model) for one in tested for side in SIDES]


def published_on(grid: Grid, group: Group, side: Side, model: str = "") -> PaperFigure | None:
    """The paper's figure of a group's side; its "without" is the before of its "with".

    Args:
        grid: The group's.
        group: Which.
        side: Before or after.
        model: A model of the paper's Table 7; "" for its own.
    """
    name = grid.method(group).paper
    if side == "before":
        return grid.paper(group, "without", model) if name == "with" else None
    return grid.paper(group, name, model)


def figure_data(grid: Grid, one: Tested) -> dict[str, JsonValue]:
    """A group's raw figures; the paper's are in percent, with the standard error its number of tasks gives."""
    paper: dict[str, JsonValue] = {}
    for side in SIDES:
        figure = published_on(grid, one.group, side, one.model)
        paper[side] = None if figure is None else {**figure.model_dump(mode="json"), "error": figure.error}
    train = {f"train_{side}": mean_data(mean_of(one.group.scores("train", side))) for side in SIDES}
    return {
        **one.group.key.model_dump(mode="json", exclude={"seed"}),
        "seeds": [*one.group.done],
        "missing": [*one.group.missing],
        **train,
        "test_before": mean_data(one.before),
        "test_after": mean_data(one.after),
        "difference": difference_data(one.difference, one.adjusted, one.adjusted_seeds),
        "paper": paper,
    }


def _paper_text(figure: PaperFigure | None) -> str:
    return NONE if figure is None else published(figure.test)
