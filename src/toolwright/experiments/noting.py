"""What a user should know before the first cell is run, though nothing of it keeps the experiment from being run.

Example:
    for line in notes_on(plan):
        teller.warn(line)
"""

from collections.abc import Iterator

from toolwright.experiments.cell_folder import CELLS, CellFolder, folders_beside
from toolwright.experiments.drawing import seeds_alike
from toolwright.experiments.planning import Plan


def notes_on(plan: Plan) -> Iterator[str]:
    """Cells that left the matrix, that --again does not begin anew, or were not compared; seeds that draw alike."""
    yield from _left(plan)
    yield from _going_on(plan)
    yield from _not_compared(plan)
    yield from _seeds_alike(plan)


def _left(plan: Plan) -> Iterator[str]:
    out = plan.setup.out
    if not (left := folders_beside(out, [cell.key for cell in plan.cells])):
        return
    first = left[0].relative_to(out / CELLS)
    yield (
        f"{_cells(len(left))} in {out} ({str(first)!r} say) no longer in the matrix: they stay on disk and count "
        "against the budget, and stand in no results and no table; to keep both, put what they are of back into the "
        "matrix (their seeds beside the new ones, say), or give another --out"
    )


def _going_on(plan: Plan) -> Iterator[str]:
    on = [one for one in plan.planned if one.going_on]
    if on:
        yield (
            f"--again: {_cells(len(on))} begun anew by a command that has not come to its end ({on[0].cell.key.id!r} "
            "say): they go on, and nothing of them is thrown away; once all are done, --again begins them anew"
        )


def _not_compared(plan: Plan) -> Iterator[str]:
    """Another domain's files are not read for what is not run now."""
    out = plan.setup.out
    others = (cell.key for cell in plan.cells if cell.key.domain not in plan.domains_read)
    if kept := [key for key in others if CellFolder(out, key).record is not None]:
        domains = ", ".join(dict.fromkeys(key.domain for key in kept))
        yield (
            f"{_cells(len(kept))} of {domains} in the results as they came out: whether the task files and your own "
            "code are still those they were run with is seen only where cells of the domain are run"
        )


def _seeds_alike(plan: Plan) -> Iterator[str]:
    training = (one for one in plan.planned if one.cell.method.kind != "none")
    if alike := seeds_alike((one.cell, one.work.splits) for one in training):
        yield (
            f"seeds train on the same tasks in {', '.join(alike)}: the draw takes all there are, so that they show the "
            "noise of training alone; draw fewer, or give more tasks"
        )


def _cells(count: int) -> str:
    return f"{count:,} cell is" if count == 1 else f"{count:,} cells are"
