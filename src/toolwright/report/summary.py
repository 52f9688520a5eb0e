"""The ending report of a run as sections of text; pure."""

from collections.abc import Iterator
from typing import Final

from toolwright.optimizer.credit import Credit
from toolwright.optimizer.step import ProposedAction
from toolwright.report.accuracy import accuracy_section, cost_section
from toolwright.report.choosing import gate_section, savings_section
from toolwright.report.confinement import sandbox_line
from toolwright.report.figures import RunFigures
from toolwright.report.sections import Section, bar, time_of, usage_section
from toolwright.report.told import Told
from toolwright.training.result import EpochRecord

_DECISIONS: Final = {
    "start": "start",
    "accept": "accepted",
    "reject": "rolled back",
    "undecided": "rolled back (undecided)",
    "none": "nothing proposed",
}
_DONE: Final = {"add_function": "added", "revise_function": "revised", "remove_function": "removed"}
_TRIED: Final = {"add_function": "add", "revise_function": "revise", "remove_function": "remove"}
_REASON: Final = 300
_WIDTH: Final = {False: 20, True: 10}
"""Characters of a loss bar, without and with a column for validation."""


def summarise(figures: RunFigures) -> tuple[Section, ...]:
    """The sections: loss by epoch, changes, accuracy and cost, how far to trust them, usage, where everything lies."""
    return (
        *_warning(figures.sandbox),
        _losses(figures.epochs),
        _changes(figures.epochs),
        accuracy_section(figures),
        *cost_section(figures.splits),
        *gate_section(figures.gate),
        *savings_section(figures.race, figures.proposals),
        *_credits(figures.credit),
        usage_section(figures.usage),
        _ending(figures),
    )


def _warning(sandbox: str) -> tuple[Section, ...]:
    """Ahead of everything where there were no walls."""
    if sandbox != "unconfined":
        return ()
    return (Section(title="Learned functions ran UNCONFINED", lines=("They could do whatever the user can.",)),)


def _losses(epochs: tuple[EpochRecord, ...]) -> Section:
    validated = any(epoch.validation is not None for epoch in epochs)
    columns = ("epoch", "train loss", "", *(("validation",) if validated else ()), "decision", "why")
    return Section(
        title="Loss by epoch",
        columns=columns,
        rows=tuple(_loss_row(epoch, validated=validated) for epoch in epochs),
        lines=on_what(epochs) if epochs else ("No epoch has ended yet.",),
    )


def on_what(epochs: tuple[EpochRecord, ...]) -> tuple[str, ...]:
    """Says why a loss may differ from the one in the gate's reason, where the gate bought more repeats."""
    if all(len(epoch.looks) < 2 for epoch in epochs):
        return ()
    return ("Losses are of the repeats every epoch was evaluated with; the gate's reasons of all that it bought.",)


def _loss_row(epoch: EpochRecord, *, validated: bool) -> tuple[str, ...]:
    drawn = "" if epoch.train is None else bar(1 - epoch.train, _WIDTH[validated])
    extra = (_loss(epoch.validation, epoch),) if validated else ()
    decision = _DECISIONS[epoch.decision]
    return (str(epoch.epoch), _loss(epoch.train, epoch), drawn, *extra, decision, _short(epoch.reason))


def _loss(mean: float | None, epoch: EpochRecord) -> str:
    """A loss; in parentheses where a race left rollouts out, as the reason says."""
    loss = "-" if mean is None else f"{1 - mean:.3f}"
    return f"({loss})" if epoch.saved and mean is not None else loss


def _changes(epochs: tuple[EpochRecord, ...]) -> Section:
    rows = tuple(row for epoch in epochs for row in _change_rows(epoch))
    counts = {what: sum(row[3] == what for row in rows) for what in ("accepted", "rolled back", "refused")}
    counted = ", ".join(f"{count} {what}" for what, count in counts.items())
    return Section(
        title="Changes",
        columns=("epoch", "change", "function", "came to", "why") if rows else (),
        rows=rows,
        lines=(counted if rows else "No change was proposed.",),
    )


def _change_rows(epoch: EpochRecord) -> Iterator[tuple[str, ...]]:
    outcome = "accepted" if epoch.decision == "accept" else "rolled back"
    for action in epoch.actions:
        yield _change(epoch, action, _DONE.get(action.action, action.action), outcome)
    for action in epoch.refused:
        yield _change(epoch, action, _TRIED.get(action.action, action.action), "refused")


def _change(epoch: EpochRecord, action: ProposedAction, change: str, outcome: str) -> tuple[str, ...]:
    return (str(epoch.epoch), change, action.function or "-", outcome, _short(action.reason))


def _short(text: str) -> str:
    return text if len(text) <= _REASON else f"{text[: _REASON - 1]}…"


def _credits(credits_: tuple[Credit, ...]) -> tuple[Section, ...]:
    """Each function's part; none where there is no function."""
    if not credits_:
        return ()
    columns = ("function", "calls", "failed", "tasks with it", "their score", "without", "their score")
    return (
        Section(
            title="Use of the functions on the training tasks (observational)",
            columns=columns,
            rows=tuple(map(_credit, credits_)),
        ),
    )


def _credit(one: Credit) -> tuple[str, ...]:
    scores = ["-" if score is None else f"{score:.2f}" for score in (one.used_score, one.unused_score)]
    return (one.name, str(one.calls), str(one.errors), str(one.used), scores[0], str(one.unused), scores[1])


def _ending(figures: RunFigures) -> Section:
    names = ", ".join(figures.functions) or "none"
    lines = [
        f"Ended: {figures.end_text}" if figures.end else f"Not ended: {figures.end_text}",
        f"Time: {time_of(figures.minutes)}",
        *_faults(figures.told),
        f"Functions: {names}",
        *((sandbox_line(figures.sandbox, figures.confinement),) if figures.sandbox else ()),
    ]
    if figures.folder:
        lines += [f"Run folder: {figures.folder}", f"Learned functions: {figures.functions_folder}"]
    return Section(title="The run", lines=tuple(lines))


def _faults(told: Told | None) -> Iterator[str]:
    """What went wrong with the providers, whether it passed or ended the run."""
    if told is not None and (told.retries or told.outages):
        out = f"; a provider was out {told.outages} x, {time_of(told.out_seconds / 60)} in all" if told.outages else ""
        yield f"Requests sent again: {told.retries:,}{out}"
