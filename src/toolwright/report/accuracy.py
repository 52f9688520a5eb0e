"""The parts of the report about before and after: accuracy, what it shows, and what a task takes; pure.

Example:
    accuracy_section(figures).rows  # one a split: its name, tasks, before, after, change
"""

from collections.abc import Iterator
from typing import Final

from toolwright.report.chance import p_text
from toolwright.report.comparison import Comparison, PerTask
from toolwright.report.figures import RunFigures, SplitFigures
from toolwright.report.sections import Section, count_of, points, price
from toolwright.report.told import Told
from toolwright.training.bound import Generalisation

SURE: Final = 0.05
"""A p-value above this is said to show nothing."""

_SPLITS: Final = {"test": "test (sealed)"}


def accuracy_section(figures: RunFigures) -> Section:
    """Mean scores before and after, and how far to trust them."""
    splits = figures.splits
    return Section(
        title="Accuracy, with 95 % confidence intervals",
        columns=("tasks", "count", "before", "after", "change") if splits else (),
        rows=tuple((_SPLITS.get(split.split, split.split), str(split.tasks), *_scores(split)) for split in splits),
        lines=_trust(figures) if splits else ("Nothing was evaluated yet.",),
    )


def _scores(split: SplitFigures) -> tuple[str, str, str]:
    """Before, after and the change; where not everything was scored, how much was, and no interval."""
    if split.before is None or split.after is None:
        scored = f"{split.scored} of {split.rollouts} scored: {split.so_far:.1%}" if split.so_far is not None else ""
        return (scored or "not evaluated", "-", "-")
    return (str(split.before), str(split.after), f"{100 * (split.after.mean - split.before.mean):+.1f} points")


def cost_section(splits: tuple[SplitFigures, ...]) -> tuple[Section, ...]:
    """What a task took before and takes after; what nothing is known of is left out, and splits never evaluated."""
    columns = ("tokens", "requests", "seconds", "price")
    sides = [(split.split, split.took, split.takes) for split in splits]
    known_sides = [(name, took, takes) for name, took, takes in sides if took is not None and takes is not None]
    rows = [[_before_after(took, takes, column) for column in columns] for _, took, takes in known_sides]
    known = [number for number in range(len(columns)) if any(row[number] for row in rows)]
    if not known:
        return ()
    return (
        Section(
            title="A task takes, before → after",
            columns=("tasks", *(columns[number] for number in known)),
            rows=tuple(
                (_SPLITS.get(name, name), *(row[number] or "unknown" for number in known))
                for (name, _, _), row in zip(known_sides, rows, strict=True)
            ),
        ),
    )


def _before_after(took: PerTask, takes: PerTask, column: str) -> str:
    before, after = (_taken(side, column) for side in (took, takes))
    return f"{before} → {after}" if before and after else ""


def _taken(side: PerTask, column: str) -> str:
    """One figure of what a task took; "" where it is not known."""
    match column:
        case "tokens":
            return f"{side.tokens:,.0f}"
        case "requests":
            return f"{side.requests:.1f}"
        case "seconds":
            return "" if side.seconds is None else f"{side.seconds:.2g}" if side.seconds < 10 else f"{side.seconds:.0f}"
        case _:
            return "" if side.dollars is None else price(side.dollars)


def _trust(figures: RunFigures) -> tuple[str, ...]:
    """What the sealed test shows, how often it was read, and what the paper's bound says beside it."""
    test = next((split for split in figures.splits if split.split == "test"), None)
    learned = any(epoch.decision == "accept" for epoch in figures.epochs)
    if test is None:
        missing = learned and figures.state == "finished"
        unseen = ("No test set: nothing here says how the learned functions do on other tasks.",)
        return (*_seal(figures.told), *(unseen if missing else ()))
    return (
        *_seal(figures.told),
        *(_compared(test.compared) if test.compared else ()),
        *(_bound(figures.generalisation) if figures.generalisation and learned else ()),
    )


def _seal(told: Told | None) -> Iterator[str]:
    if told is not None and told.openings > 1:
        forced = f", {told.forced} of them FORCED" if told.forced else ""
        yield f"The sealed test was read {told.openings} times{forced}; since the first it is not unseen."


def _compared(found: Comparison) -> Iterator[str]:
    way = "better" if found.difference > 0 else "worse" if found.difference < 0 else "as good"
    by = f" by {points(abs(found.difference))}" if found.difference else ""
    interval = f"[{100 * found.low:+.1f}, {100 * found.high:+.1f}]"
    shown = found.p_value <= SURE
    said = "shown" if shown else "not shown"
    yield f"Sealed test: {way}{by} {interval}, {said}: paired test, two-sided {p_text(found.p_value)}."
    if shown and found.low <= 0 <= found.high:
        yield "Its interval still reaches 0: that there is a difference is shown, not how large it is on other tasks."


def _bound(found: Generalisation) -> Iterator[str]:
    nothing = ", which says nothing" if found.bound >= 1 else ""
    tasks = count_of(found.train_tasks, "training task")
    yield f"The paper's bound for {tasks}: a loss at most {found.bound:.2f} above the best{nothing}."
    yield "It assumes functions fixed before the tasks are seen; the interval does not."
