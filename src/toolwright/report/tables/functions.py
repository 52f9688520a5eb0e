"""The tables of learned functions: one row a thing that happened to one; and one a function and evaluation."""

from collections.abc import Iterator
from typing import Final

from toolwright.report.documents import Version
from toolwright.report.documents.functions.building import functions_document
from toolwright.report.documents.outlines import Outlines
from toolwright.report.documents.shortening import encodable
from toolwright.report.tables.table import Row, Table
from toolwright.runs.folder import RunFolder


def _versions(folder: RunFolder) -> Iterator[Row]:
    for history in functions_document(folder, ()).functions:
        for version in history.versions:
            yield (encodable(history.name), history.state, *_version(version))


def _version(one: Version) -> Row:
    source = "\n".join("".join(text for _, text in line) for line in one.source)
    return (
        one.epoch,
        one.proposal,
        one.happened,
        one.came_to,
        encodable(one.reason),
        encodable(one.refusal),
        encodable(one.description),
        ", ".join(one.packages),
        encodable(source),
        one.lines,
        one.complexity,
        len(one.tried),
    )


def _uses(folder: RunFolder) -> Iterator[Row]:
    for history in functions_document(folder, Outlines(folder.store).evaluations()).functions:
        for use in history.use:
            yield (
                encodable(history.name),
                use.epoch,
                encodable(use.split),
                use.calls,
                use.errors,
                use.used,
                use.offered,
                use.used_score,
                use.unused_score,
                use.seconds,
                use.again,
            )


FUNCTIONS: Final = Table(
    columns={
        "function": "string",
        "state": "string",
        "epoch": "int64",
        "proposal": "int64",
        "happened": "string",
        "came_to": "string",
        "reason": "string",
        "refusal": "string",
        "description": "string",
        "packages": "string",
        "source": "string",
        "lines": "int64",
        "complexity": "Int64",
        "tried": "int64",
    },
    rows=_versions,
)

USES: Final = Table(
    columns={
        "function": "string",
        "epoch": "int64",
        "split": "string",
        "calls": "int64",
        "errors": "int64",
        "used": "int64",
        "offered": "int64",
        "used_score": "float64",
        "unused_score": "float64",
        "seconds": "float64",
        "again": "bool",
    },
    rows=_uses,
)
