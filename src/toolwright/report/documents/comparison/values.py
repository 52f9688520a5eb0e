"""Several runs beside each other: the document `comparison`."""

from pydantic import Field

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.report.documents.overview.values import Chart, Overview
from toolwright.report.sections import Section
from toolwright.training.intervals import Interval


class ComparedRun(Frozen):
    """One of several runs: its overview without its charts and sections."""

    run: str
    overview: Overview


class TransferCell(Frozen):
    """One function set on one task set: the mean score with its interval, and over how many rollouts."""

    functions: str
    tasks: str
    score: Interval
    rollouts: int
    file: str


class ComparisonDocument(Frozen):
    """Several runs beside each other, and where there are evaluations, functions x tasks (domain transfer).

    Attributes:
        runs: In the order they were named.
        charts: Vega-Lite specifications: "accuracy", "cost", "transfer".
        sections: Final figures as tables.
        transfer: The cells of the transfer matrix.
        notices: As in an overview.
    """

    runs: tuple[ComparedRun, ...]
    charts: dict[str, Chart] = Field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    transfer: tuple[TransferCell, ...] = ()
    notices: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
