"""Domain transfer: evaluations as a matrix, function sets by task sets; pure.

Example:
    files = read_evaluations([Path("loans.json"), Path("dates.json")])
    transfer_of(files, {"7c77b32857a989142c9165661657a5c5": "demo"}).cells  # one a function set and task set
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from toolwright.base import Frozen
from toolwright.report.documents.comparison.evaluation_files import EvaluationFile
from toolwright.report.documents.comparison.values import TransferCell
from toolwright.report.documents.shortening import shortened

_SHOWN: Final = 8
"""Digits of a digest that tell two sets apart for a reader."""

_LONG: Final = 120
"""Characters of a setting that are shown."""

_NAMED: Final = {"agent.kind", "scorer.kind"}
"""Settings that stand in a file by other names, too."""


class Transfer(Frozen):
    """The cells of a matrix, in the order of their files, and what its reader must know."""

    cells: tuple[TransferCell, ...] = ()
    notices: tuple[str, ...] = ()


def transfer_of(files: Sequence[EvaluationFile], names: Mapping[str, str]) -> Transfer:
    """The matrix of some evaluations.

    Args:
        files: The evaluations; of two of the same functions and tasks the first counts.
        names: What function sets are called, by the digest of their parameters.
    """
    rows = _labels({each.parameters: _functions_name(each, names) for each in files})
    columns = _labels({each.tasks: each.name or "tasks" for each in files})
    cells: dict[tuple[str, str], TransferCell] = {}
    notices: list[str] = []
    shown: list[EvaluationFile] = []
    for each in files:
        row, column = rows[each.parameters], columns[each.tasks]
        taken = cells.get((row, column))
        notices += _said_of(each, taken, f"{row} on {column}")
        if each.score is not None and taken is None:
            shown.append(each)
            cells[row, column] = TransferCell(
                functions=row, tasks=column, score=each.score, rollouts=each.scored, file=each.file
            )
    return Transfer(cells=tuple(cells.values()), notices=(*notices, *_differences(shown)))


def _differences(files: Sequence[EvaluationFile]) -> Iterator[str]:
    """What else than functions and tasks makes the figures of one matrix differ, or may."""
    for what, field in (("agents", "agent"), ("models", "model"), ("scorers", "scorer")):
        said = [(each.file, getattr(each, field)) for each in files if getattr(each, field)]
        yield from _against(f"are of different {what}", said)
        yield from _unsaid(what, files, said)
    settings = [(each.file, each.settings) for each in files if each.settings is not None]
    for name in sorted({name for _, given in settings for name in given} - _NAMED):
        values = [(file, given.get(name, "not")) for file, given in settings]
        yield from _against(f"have {name} set differently", values)
    yield from _unsaid("settings", files, settings)


def _against(how: str, said: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Says which files have which value of something, where there are several."""
    groups: dict[str, list[str]] = {}
    for file, value in said:
        groups.setdefault(value, []).append(file)
    if len(groups) > 1:
        against = " against ".join(f"{shortened(name, _LONG)} ({', '.join(named)})" for name, named in groups.items())
        yield f"The evaluations of the transfer matrix {how}, and differ by that, too: {against}"


def _unsaid(what: str, files: Sequence[EvaluationFile], said: Sequence[tuple[str, object]]) -> Iterator[str]:
    """Says which files do not say something that others do."""
    saying = {file for file, _ in said}
    silent = [each.file for each in files if each.file not in saying]
    if said and silent:
        unsaid = f"not known of {', '.join(silent)}: not said in the file"
        yield f"Whether the {what} of the transfer matrix are the same is {unsaid}"


def _said_of(each: EvaluationFile, taken: TransferCell | None, what: str) -> Iterator[str]:
    """What a reader must know of a file: nothing, where it is complete and the only one of its kind."""
    if each.score is None:
        yield f"{each.file}: no rollout of {what} has a score, so it is not in the transfer matrix"
    elif taken is not None:
        yield f"{each.file}: {what} is there already, from {taken.file}, which is shown; this one is not"
    elif not each.complete:
        yield f"{each.file}: {what} is incomplete; its score is of the {each.scored} rollouts that have one"


def _functions_name(each: EvaluationFile, names: Mapping[str, str]) -> str:
    if not each.functions:
        return "no functions"
    return names.get(each.parameters) or f"functions {each.parameters[:_SHOWN]}"


def _labels(names: Mapping[str, str]) -> dict[str, str]:
    """The names by digest, where two have the same one with the digest's beginning."""
    used = Counter(names.values())
    return {digest: f"{name} ({digest[:_SHOWN]})" if used[name] > 1 else name for digest, name in names.items()}
