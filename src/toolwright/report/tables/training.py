"""The tables of a training's course: its epochs, its conversations with the optimizer, and its events."""

from collections.abc import Iterator
from typing import Final

from toolwright.errors import RunError
from toolwright.messages import Usage
from toolwright.report.documents import EpochFigures
from toolwright.report.documents.optimizer.building import Steps
from toolwright.report.documents.overview.building import overview_of
from toolwright.report.documents.shortening import encodable
from toolwright.report.tables.table import USAGE, Row, Table, as_text, usage_values
from toolwright.runs.folder import RunFolder
from toolwright.training.intervals import Interval


def _epochs(folder: RunFolder) -> Iterator[Row]:
    overview = overview_of(folder)
    if not overview.known:
        raise RunError(overview.headline)
    return map(_epoch, overview.epochs)


def _epoch(one: EpochFigures) -> Row:
    return (
        one.epoch,
        one.decision,
        encodable(one.reason),
        *_interval(one.train),
        *_interval(one.validation),
        one.best,
        one.actions,
        one.refused,
        *usage_values(sum(one.spent.values(), Usage())),
        one.minutes,
    )


def _interval(found: Interval | None) -> Row:
    return (None, None, None) if found is None else (found.mean, found.low, found.high)


def _steps(folder: RunFolder) -> Iterator[Row]:
    for step in Steps.read(folder).document().steps:
        yield (
            step.epoch,
            step.proposal,
            step.replies,
            step.actions,
            step.refused,
            encodable(step.end),
            encodable(step.came_to),
            encodable(step.left_out),
            *usage_values(step.usage),
        )


def _events(folder: RunFolder) -> Iterator[Row]:
    for ordinal, time, event, session in folder.store.events():
        body = event.model_dump(exclude={"kind"})
        yield (ordinal, time, session, event.kind, body.get("epoch"), body.get("split"), as_text(body))


EPOCHS: Final = Table(
    columns={
        "epoch": "int64",
        "decision": "string",
        "reason": "string",
        "train": "float64",
        "train_low": "float64",
        "train_high": "float64",
        "validation": "float64",
        "validation_low": "float64",
        "validation_high": "float64",
        "best": "float64",
        "actions": "int64",
        "refused": "int64",
        **USAGE,
        "minutes": "float64",
    },
    rows=_epochs,
)

STEPS: Final = Table(
    columns={
        "epoch": "int64",
        "proposal": "int64",
        "replies": "int64",
        "actions": "int64",
        "refused": "int64",
        "end": "string",
        "came_to": "string",
        "left_out": "string",
        **USAGE,
    },
    rows=_steps,
)

EVENTS: Final = Table(
    columns={
        "ordinal": "int64",
        "time": "datetime64[us, UTC]",
        "session": "string",
        "kind": "string",
        "epoch": "Int64",
        "split": "string",
        "event": "string",
    },
    rows=_events,
)
