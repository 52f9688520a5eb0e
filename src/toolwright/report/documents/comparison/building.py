"""Several runs beside each other, with the transfer matrix of what they learned.

Example:
    comparison_of([Path("runs/first"), Path("runs/second")], [Path("loans.json")]).transfer
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from toolwright.errors import FunctionError, RunError
from toolwright.functions import FunctionSet
from toolwright.parameters import Parameters
from toolwright.report.documents.comparison.evaluation_files import read_evaluations
from toolwright.report.documents.comparison.sections import Compared, compared_sections, differences
from toolwright.report.documents.comparison.transfer import transfer_of
from toolwright.report.documents.comparison.values import ComparedRun, ComparisonDocument
from toolwright.report.documents.overview.building import overview_of
from toolwright.report.documents.overview.values import Overview
from toolwright.report.sections import count_of
from toolwright.runs.folder import RunFolder


def comparison_of(folders: Sequence[Path], files: Sequence[Path] = ()) -> ComparisonDocument:
    """Runs and evaluations beside each other, without their charts.

    Args:
        folders: The runs' folders; one that is damaged is left out and said, one that is named twice is shown once.
        files: What `toolwright evaluate … --json` wrote, for the transfer matrix; or folders of such files.

    Raises:
        RunError: None of the runs can be read.
        DataError: A transfer file is no result of `toolwright evaluate … --json`, or a folder holds none.
    """
    runs, notices = _opened(folders)
    transfer = transfer_of(read_evaluations(files), _names(runs))
    own = [f"{run.name}: {notice}" for run in runs for notice in run.overview.notices]
    return ComparisonDocument(
        runs=tuple(ComparedRun(run=run.name, overview=_slim(run.overview)) for run in runs),
        sections=compared_sections(runs),
        transfer=transfer.cells,
        notices=(*notices, *differences(runs), *own, *transfer.notices),
    )


def _names(runs: Sequence[Compared]) -> dict[str, str]:
    """What function sets are called, by digest: by a run whose last they are before one that went on from them."""
    named = [(digest, run.name, name) for run in runs for digest, name in run.sets.items()]
    last_first = sorted(named, key=lambda one: one[1] != one[2])
    return {digest: name for digest, _, name in reversed(last_first)}


def _opened(folders: Sequence[Path]) -> tuple[list[Compared], list[str]]:
    """The runs that can be read, and what is to be said of how they were named."""
    runs, notices, faults = list[Compared](), list[str](), list[RunError]()
    distinct = {folder.resolve(): folder for folder in folders}
    if len(distinct) < len(folders):
        again = count_of(len(folders) - len(distinct), "run")
        notices.append(f"{again} of those named is the same as another, and is shown once")
    for folder in distinct.values():
        try:
            runs.append(_read(folder, taken=[run.overview.run for run in runs]))
        except RunError as error:
            faults.append(error)
            notices.append(f"{folder.name} cannot be read and is left out: {error}")
        else:
            notices += _renamed(runs[-1], folder)
    if faults and not runs:
        raise faults[0]
    return runs, notices


def _read(path: Path, taken: Sequence[str]) -> Compared:
    with RunFolder.read(path) as folder:
        overview, origin = overview_of(folder), folder.store.identity.origin
        if not overview.known:
            raise RunError(overview.headline)
        same = taken.count(overview.run)
        name = f"{overview.run} ({same + 1})" if same else overview.run
        return Compared(
            name=name, overview=overview, digests=origin.digests if origin else {}, sets=_sets(folder, name)
        )


def _renamed(run: Compared, folder: Path) -> Iterator[str]:
    if run.name != run.overview.run:
        yield f"Another run has the id {run.overview.run}, too: the one in {folder} is shown as {run.name}"


def _sets(folder: RunFolder, name: str) -> dict[str, str]:
    """The names of a run's accepted function sets: the best one has the run's, the others their epoch's with it."""
    found: dict[str, str] = {}
    accepted = folder.accepted()
    for epoch, path in sorted(accepted.items(), reverse=True):
        functions = _loaded(path)
        if functions is not None:
            which = "" if epoch == max(accepted) else f", epoch {epoch}" if epoch else ", start"
            found.setdefault(Parameters(functions=functions).digest, f"{name}{which}")
    return found


def _loaded(path: Path) -> FunctionSet | None:
    """The functions of a folder, never run; None where somebody changed it so that it is none any more."""
    try:
        return FunctionSet.load(path)
    except FunctionError:
        return None


def _slim(overview: Overview) -> Overview:
    return overview.model_copy(update={"sections": ()})
