"""What the reader of a page must know before trusting it; pure."""

from collections.abc import Iterator
from typing import Final

from toolwright.report.documents.event_fold import EventFold
from toolwright.report.documents.overview.values import State
from toolwright.report.figures import RunFigures
from toolwright.report.sections import count_of
from toolwright.report.summary import on_what

_WARNINGS: Final = 10
"""Warnings that are repeated here; how many more there are is said."""


def notices(figures: RunFigures, state: State, told: EventFold) -> Iterator[str]:
    """Each notice in a sentence or two, what matters most first.

    Args:
        figures: The run's.
        state: How it stands.
        told: What its events tell.
    """
    if figures.sandbox == "unconfined":
        yield "The learned functions ran UNCONFINED: they could do whatever the user can."
    yield from _standing(figures, state)
    yield from _test(figures, state, told)
    yield from on_what(figures.epochs)
    yield from _missing(figures, told)
    warned = list(told.warned)
    yield from warned[:_WARNINGS]
    if len(warned) > _WARNINGS:
        yield f"{count_of(len(warned) - _WARNINGS, 'more warning')}: they are in the run's events."


def _standing(figures: RunFigures, state: State) -> Iterator[str]:
    match state:
        case "running":
            yield "The training goes on; all figures are those so far."
        case "unfinished":
            yield "The training was interrupted; all figures are those so far. `toolwright resume` goes on with it."
        case "stopped":
            yield f"The training was stopped before its end: {figures.end_text}. `toolwright resume` goes on with it."
        case _ if figures.state == "unfinished" and figures.epochs and not figures.end:
            yield "The run ended, but its summary.json is missing: figures of the sealed test cannot be shown."
        case _:
            if figures.state == "finished" and figures.end in ("budget", "provider"):
                yield f"The training was stopped before its end: {figures.end_text}."


def _test(figures: RunFigures, state: State, told: EventFold) -> Iterator[str]:
    test = figures.told
    if test is not None and test.openings > 1:
        forced = f", {test.forced} of them FORCED" if test.forced else ""
        yield f"The sealed test was read {test.openings} times{forced}; since the first it is not unseen."
    given, read = told.started is not None and told.started.test > 0, any(s.split == "test" for s in figures.splits)
    if state == "finished" and told.started is not None and not read:
        why = "it could not be read to its end" if given else "there is none"
        yield f"No figures of a sealed test: {why}. How the functions do on other tasks is not known."


def _missing(figures: RunFigures, told: EventFold) -> Iterator[str]:
    if told.started is not None and not told.tasks:
        yield (
            "This run was made by an older version of Toolwright: its events hold neither what the tasks ask nor the "
            "source of what was proposed and refused; what is missing is left empty."
        )
    if told.evaluated:
        yield (
            f"{count_of(len(told.evaluated), 'evaluation')} apart from a training (`toolwright evaluate --run`): their "
            "rollouts are not shown among the tasks here."
        )
    unpriced = [role for role, used in figures.usage.items() if used.dollars is None]
    if unpriced:
        yield f"What requests of {' and '.join(unpriced)} cost is unknown: give the model a price in the config."
    if told.raced:
        raced = ", ".join(map(str, sorted(told.raced)))
        yield (
            f"In epoch {raced} the candidate's evaluation was stopped early, as it could not win any more (race): its "
            "mean is of the rollouts that were run, and is left out of the curves."
        )
