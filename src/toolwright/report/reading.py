"""A run's figures from its folder: those it ended with, or those so far.

Example:
    with RunFolder.read(path) as folder:
        figures_in(folder).state
"""

from collections.abc import Callable, Sequence

from toolwright.evaluations import Evaluation
from toolwright.report.figures import RunFigures, figures_of
from toolwright.report.told import told_of
from toolwright.report.unfinished import figures_so_far
from toolwright.resuming import kept_result
from toolwright.runs.folder import RunFolder

Evaluations = Sequence[tuple[int, Evaluation]]
"""Evaluations with their epochs."""


def figures_in(folder: RunFolder, evaluations: Callable[[], Evaluations] | None = None) -> RunFigures:
    """The figures a run ended with; so far, where it goes on, was interrupted, or only evaluated.

    Args:
        folder: The run's.
        evaluations: Gives its evaluations where somebody else has read them; asked where they are needed.

    Raises:
        RunError: The run or its summary is damaged.
    """
    result = kept_result(folder)
    if result is None:
        return figures_so_far(folder, evaluations() if evaluations else None)
    return figures_of(result, told_of(folder.store))
