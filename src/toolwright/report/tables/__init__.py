"""What a run holds as tables, for whoever reckons with it: rows of plain values under named columns.

Example:
    with RunFolder.read("runs/first") as folder:
        scores = [row[5] for row in TABLES["tasks"].rows(folder)]
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from toolwright.report.tables.functions import FUNCTIONS, USES
from toolwright.report.tables.rollouts import CALLS, TASKS
from toolwright.report.tables.table import Table
from toolwright.report.tables.training import EPOCHS, EVENTS, STEPS

TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        "epochs": EPOCHS,
        "tasks": TASKS,
        "functions": FUNCTIONS,
        "uses": USES,
        "calls": CALLS,
        "steps": STEPS,
        "events": EVENTS,
    }
)
"""Every table by name; docs/notebooks.md says what is in each column."""

__all__ = ["TABLES", "Table"]
