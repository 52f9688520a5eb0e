"""What the page of a run shows, as documents: frozen values, each a JSON document with a name of its own.

A page fetches them by name: from itself where it is a file, from the server where it is live. The large ones (what was
said about a task, what the optimizer was asked) are documents of their own, so that they are read when they are opened.

    overview                  Overview
    functions                 FunctionsDocument
    tasks                     TasksDocument
    optimizer                 OptimizerDocument
    trajectories/EVENT/PART   TrajectoriesDocument, a part of one evaluation's rollouts
    steps/EPOCH-PROPOSAL      StepDocument
    comparison                ComparisonDocument, in the place of all others where several runs are shown

A package each for what they hold (`values`) and for how it is read from a run (`building`).
"""

from toolwright.report.documents.comparison.values import (
    ComparedRun,
    ComparisonDocument,
    TransferCell,
)
from toolwright.report.documents.functions.values import (
    FunctionHistory,
    FunctionsDocument,
    Happened,
    Use,
    Version,
)
from toolwright.report.documents.optimizer.values import (
    OptimizerDocument,
    Said,
    StepDocument,
    StepSummary,
)
from toolwright.report.documents.overview.values import (
    Chart,
    EpochFigures,
    Overview,
    Progress,
    State,
)
from toolwright.report.documents.tasks.values import (
    Cell,
    Column,
    RolloutView,
    TaskRow,
    TasksDocument,
    TrajectoriesDocument,
)
from toolwright.report.proposals import CameTo

__all__ = [
    "CameTo",
    "Cell",
    "Chart",
    "Column",
    "ComparedRun",
    "ComparisonDocument",
    "EpochFigures",
    "FunctionHistory",
    "FunctionsDocument",
    "Happened",
    "OptimizerDocument",
    "Overview",
    "Progress",
    "RolloutView",
    "Said",
    "State",
    "StepDocument",
    "StepSummary",
    "TaskRow",
    "TasksDocument",
    "TrajectoriesDocument",
    "TransferCell",
    "Use",
    "Version",
]
